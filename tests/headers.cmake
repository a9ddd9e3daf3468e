# One source for each public header, made at configure time: a header that leans on another's includes does not compile.
file(GLOB_RECURSE public_headers RELATIVE ${PROJECT_SOURCE_DIR} CONFIGURE_DEPENDS
  ${PROJECT_SOURCE_DIR}/api/*.h ${PROJECT_SOURCE_DIR}/cli/*.h ${PROJECT_SOURCE_DIR}/core/*.h
  ${PROJECT_SOURCE_DIR}/crawler/*.h ${PROJECT_SOURCE_DIR}/github/*.h ${PROJECT_SOURCE_DIR}/http/*.h
  ${PROJECT_SOURCE_DIR}/mirror/*.h ${PROJECT_SOURCE_DIR}/pagecache/*.h
  ${PROJECT_SOURCE_DIR}/scheduler/*.h ${PROJECT_SOURCE_DIR}/schema/*.h ${PROJECT_SOURCE_DIR}/sim/*.h)
set(header_sources "")
foreach(header IN LISTS public_headers)
  string(MAKE_C_IDENTIFIER ${header} stem)
  set(source ${CMAKE_CURRENT_BINARY_DIR}/headers/${stem}.c)
  file(CONFIGURE OUTPUT ${source} CONTENT "#include \"${header}\"\n#include \"${header}\"\n")
  list(APPEND header_sources ${source})
endforeach()
add_library(test_headers_alone OBJECT ${header_sources})
target_link_libraries(test_headers_alone PRIVATE gitomatic_options PkgConfig::CURL PkgConfig::JANSSON PkgConfig::PQ
  PkgConfig::ULFIUS PkgConfig::MHD PkgConfig::URCU PkgConfig::SODIUM PkgConfig::ZLIB)
if(TARGET gitomatic_schema) # some of its headers may be generated
  add_dependencies(test_headers_alone gitomatic_schema)
endif()
