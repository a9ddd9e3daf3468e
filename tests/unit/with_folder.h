/* with_folder: one empty folder for the tests of a file, cmocka_run_group_tests(tests, make_folder, remove_folder). It may contain files,
 * no folders; all are removed at the end. */
#pragma once
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char folder[] = "/tmp/gitomatic-unit-XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    DIR *all = opendir(folder);
    if (!all)
        return -1;
    for (const struct dirent *one; (one = readdir(all));)
        unlinkat(dirfd(all), one->d_name, 0); /* "." and ".." are refused */
    closedir(all);
    return rmdir(folder);
}

static void path_in_folder(char *path, size_t size, const char *name)
{
    snprintf(path, size, "%s/%s", folder, name);
}
