/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * check-files DIR...
 *
 * The properties of test-properties over every Markdown file beneath directories: the rendering
 * before and after is equal but for destinations, no byte of code changes, a second run changes
 * nothing. Each file is converted twice: the first time to learn which images it names, which
 * are then made, so that the second time all of them become assets. Exits 77 when there is too
 * little to judge.
 */
#include "harness/host.h"
#include "markdown/rendering.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ENOUGH 20u

static char sandbox[] = "/tmp/openkb-check-files-XXXXXX";
static size_t documents, skipped, assets, failures, bytes;

static void fault(const char *path, const char *what)
{
    printf("%s: %s\n", path, what);
    failures++;
}

/* ---- Images that a document names -------------------------------------------------------- */

static void make_image(const char *name)
{
    char path[8192];
    int n = snprintf(path, sizeof path, "%s/%s", sandbox, name);
    if (n < 0 || (size_t)n >= sizeof path || strstr(path, "/."))
        return;
    for (char *slash = path + strlen(sandbox) + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        mkdir(path, 0700);
        *slash = '/';
    }
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0 && write(fd, "\x89PNG\r\n\x1a\n", 8) != 8)
        abort();
    if (fd >= 0)
        close(fd);
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type;
    return ftw->level > 0 ? remove(path) : 0;
}

static void empty_sandbox(void)
{
    nftw(sandbox, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

/* ---- One document ------------------------------------------------------------------------ */

static harness_result *convert(const char *text, size_t len)
{
    harness_input input = {.name = "document.md", .sibling_dir = sandbox};
    return harness_run(openkb_plugin_v1(0), text, len, &input);
}

static void compare(const char *path, const char *text, size_t len, const harness_result *r)
{
    char *before = rendering_html(text, len), *after = rendering_html(r->body, r->body_len);
    if (!rendering_equal(before, after))
        fault(path, "rendered otherwise");
    free(before), free(after);
    before = rendering_code(text, len), after = rendering_code(r->body, r->body_len);
    if (strcmp(before, after) != 0)
        fault(path, "code changed");
    free(before), free(after);
    harness_result *again = convert(r->body, r->body_len);
    if (again->body_len != r->body_len || memcmp(again->body, r->body, r->body_len) != 0)
        fault(path, "a second run changed it");
    harness_result_free(again);
}

static void check(const char *path, char *text, size_t len)
{
    harness_result *first = convert(text, len);
    if (harness_warned(first, OKB_W_ENCODING)) { /* its text is not what cmark would read */
        harness_result_free(first);
        skipped++;
        return;
    }
    for (size_t i = 0; i < first->n_siblings; i++)
        make_image(first->siblings[i]);
    harness_result_free(first);
    harness_result *r = convert(text, len);
    size_t n = 0;
    for (size_t i = 0; i < len; i++)
        if (text[i] != '\r')
            text[n++] = text[i];
        else if (i + 1 == len || text[i + 1] != '\n')
            text[n++] = '\n';
    if (r->status != OKB_OK)
        fault(path, r->message ? r->message : "failed");
    else
        compare(path, text, n, r);
    for (size_t i = 0; i < r->n_warnings; i++)
        if (strstr(r->warnings[i].value, "may be no image"))
            printf("%s: %s\n", path, r->warnings[i].value);
    documents++, bytes += len, assets += r->n_refs;
    if (r->n_siblings)
        empty_sandbox();
    harness_result_free(r);
}

static void make_local(char *text)
{
    while ((text = strstr(text, "://")))
        *text = '/';
}

static int visit(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    const char *dot = strrchr(path + ftw->base, '.');
    if (type != FTW_F || !dot || !S_ISREG(st->st_mode) ||
        (strcmp(dot, ".md") != 0 && strcmp(dot, ".markdown") != 0))
        return 0;
    size_t len = (size_t)st->st_size;
    char *text = malloc(len + 1);
    FILE *f = fopen(path, "rb");
    if (f && text && fread(text, 1, len, f) == len) {
        text[len] = '\0';
        char *local = memcpy(malloc(len + 1), text, len + 1);
        make_local(local);
        check(path, text, len);
        check(path, local, len);
        free(local);
    }
    if (f)
        fclose(f);
    free(text);
    return 0;
}

int main(int argc, char **argv)
{
    if (!mkdtemp(sandbox))
        return 1;
    for (int i = 1; i < argc; i++)
        nftw(argv[i], visit, 64, FTW_PHYS);
    empty_sandbox();
    rmdir(sandbox);
    printf("%zu documents, %zu bytes, %zu assets, %zu failures; %zu in other encodings\n",
           documents, bytes, assets, failures, skipped);
    return failures ? 1 : documents < ENOUGH ? 77 : 0;
}
