/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * cmark-bench REPEAT FILE...
 *
 * What the Markdown plugin is measured against: cmark-gfm parses each file with GitHub's
 * extensions and renders it to HTML, in one process. Prints MB/s.
 */
#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm-extension_api.h>
#include <cmark-gfm.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void render(const char *text, size_t len)
{
    static const char *const extensions[] = {"table", "strikethrough", "autolink", "tasklist"};
    cmark_parser *parser = cmark_parser_new(CMARK_OPT_DEFAULT);
    for (size_t i = 0; i < sizeof extensions / sizeof *extensions; i++)
        cmark_parser_attach_syntax_extension(parser,
                                             cmark_find_syntax_extension(extensions[i]));
    cmark_parser_feed(parser, text, len);
    cmark_node *root = cmark_parser_finish(parser);
    free(cmark_render_html(root, CMARK_OPT_UNSAFE, cmark_parser_get_syntax_extensions(parser)));
    cmark_node_free(root);
    cmark_parser_free(parser);
}

static char *read_file(const char *path, size_t *len)
{
    FILE *f = fopen(path, "rb");
    if (!f || fseek(f, 0, SEEK_END) != 0)
        return NULL;
    *len = (size_t)ftell(f);
    char *text = malloc(*len + 1);
    rewind(f);
    if (text && fread(text, 1, *len, f) != *len)
        *len = 0;
    fclose(f);
    return text;
}

int main(int argc, char **argv)
{
    double seconds = 0;
    size_t bytes = 0;
    cmark_gfm_core_extensions_ensure_registered();
    for (int i = 2; i < argc; i++) {
        size_t len = 0;
        char *text = read_file(argv[i], &len);
        double start = now();
        for (int n = atoi(argv[1]); text && n > 0; n--, bytes += len)
            render(text, len);
        seconds += now() - start;
        free(text);
    }
    printf("%.1f\n", seconds > 0 ? (double)bytes / 1e6 / seconds : 0);
    return 0;
}
