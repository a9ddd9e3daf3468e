# Compiler options shared by every target: link `gitomatic_options`.
add_library(gitomatic_options INTERFACE)
target_compile_options(gitomatic_options INTERFACE
  -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla
  -fno-common -fstack-protector-strong)
target_compile_definitions(gitomatic_options INTERFACE _GNU_SOURCE GITOMATIC_VERSION="${PROJECT_VERSION}")
target_include_directories(gitomatic_options INTERFACE ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR})
if(GITOMATIC_WERROR)
  target_compile_options(gitomatic_options INTERFACE -Werror)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release" OR CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
  target_compile_options(gitomatic_options INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
  target_link_options(gitomatic_options INTERFACE -Wl,-z,relro,-z,now)
endif()
if(GITOMATIC_SANITIZE)
  target_compile_options(gitomatic_options INTERFACE
    -fsanitize=${GITOMATIC_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(gitomatic_options INTERFACE -fsanitize=${GITOMATIC_SANITIZE})
  if(GITOMATIC_SANITIZE MATCHES "address")
    # The arena gives each allocation its own malloc, so that overruns and use after reset show.
    target_compile_definitions(gitomatic_options INTERFACE ARENA_DEBUG=1)
  endif()
endif()

if(GITOMATIC_FUZZ) # the targets in tests/fuzz need every library's coverage
  target_compile_options(gitomatic_options INTERFACE -fsanitize=fuzzer-no-link)
  target_link_options(gitomatic_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

# gitomatic_library(NAME SOURCES... [LINK libs...]): one folder, one static library.
function(gitomatic_library name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PUBLIC gitomatic_options ${ARG_LINK})
endfunction()
