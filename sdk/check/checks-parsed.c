/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * What a CommonMark parser makes of the text: the program cmark-gfm or cmark, where one is
 * installed, which writes its tree as XML with the line at which each block begins.
 */
#include "checks.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* ---- The parser -------------------------------------------------------------------------- */

static char *find_parser(void)
{
    char *program = g_find_program_in_path("cmark-gfm");
    return program ? program : g_find_program_in_path("cmark");
}

/* The tree of the text, or NULL. */
static char *parse(const char *program, const char *body, gsize len)
{
    int fd = memfd_create("text", 0);
    g_autofree char *path = g_strdup_printf("/proc/self/fd/%d", fd);
    const char *const words[] = {program, "--unsafe", "--sourcepos", "-t", "xml", path, NULL};
    char *tree = NULL;
    int status = -1;
    bool ran = fd >= 0 && write(fd, body, len) == (gssize)len &&
               g_spawn_sync(NULL, (char **)words, NULL,
                            G_SPAWN_LEAVE_DESCRIPTORS_OPEN | G_SPAWN_STDERR_TO_DEV_NULL, NULL,
                            NULL, &tree, NULL, &status, NULL);
    close(fd);
    if (!ran || status != 0)
        g_clear_pointer(&tree, g_free);
    return tree;
}

/* ---- The tree ---------------------------------------------------------------------------- */

typedef struct {
    GHashTable *headings; /* line -> level */
    GString *html;        /* of the element that is open, or NULL */
    guint line;           /* of the last block that began */
    char *wrong;          /* the first finding, or NULL */
} Tree;

static bool holds_active_html(const char *html)
{
    return g_regex_match_simple("<(script|iframe|object|embed|style)\\b|"
                                "<[a-z][^>]*[\\s\"'/]on[a-z]+\\s*=",
                                html, G_REGEX_CASELESS, 0);
}

static bool runs_code(const char *address)
{
    return g_regex_match_simple("^\\s*(javascript|vbscript):", address, G_REGEX_CASELESS, 0);
}

static void find(Tree *tree, const char *what, const char *text)
{
    if (!tree->wrong)
        tree->wrong = g_strdup_printf("line %u of the text: %s: %.80s", tree->line, what, text);
}

static void begin(GMarkupParseContext *context, const char *name, const char **keys,
                  const char **values, gpointer user, GError **error)
{
    Tree *tree = user;
    (void)context, (void)error;
    for (; *keys; keys++, values++) {
        if (g_str_equal(*keys, "sourcepos"))
            tree->line = (guint)g_ascii_strtoull(*values, NULL, 10);
        else if (g_str_equal(*keys, "level") && g_str_equal(name, "heading"))
            g_hash_table_insert(tree->headings, GUINT_TO_POINTER(tree->line),
                                GUINT_TO_POINTER((guint)g_ascii_strtoull(*values, NULL, 10)));
        else if (g_str_equal(*keys, "destination") && runs_code(*values))
            find(tree, "a link that runs code", *values);
    }
    if (g_str_has_prefix(name, "html_"))
        tree->html = g_string_new(NULL);
}

static void add_text(GMarkupParseContext *context, const char *text, gsize len, gpointer user,
                     GError **error)
{
    Tree *tree = user;
    (void)context, (void)error;
    if (tree->html)
        g_string_append_len(tree->html, text, (gssize)len);
}

static void end(GMarkupParseContext *context, const char *name, gpointer user, GError **error)
{
    Tree *tree = user;
    (void)context, (void)name, (void)error;
    if (tree->html && holds_active_html(tree->html->str))
        find(tree, "active HTML", tree->html->str);
    if (tree->html)
        g_string_free(tree->html, TRUE);
    tree->html = NULL;
}

static bool read_tree(const char *text, Tree *tree, GError **error)
{
    static const GMarkupParser parser = {
        .start_element = begin, .end_element = end, .text = add_text};
    GMarkupParseContext *context = g_markup_parse_context_new(&parser, 0, tree, NULL);
    bool read = g_markup_parse_context_parse(context, text, -1, error) &&
                g_markup_parse_context_end_parse(context, error);
    g_markup_parse_context_free(context);
    return read;
}

/* ---- The check --------------------------------------------------------------------------- */

static void judge_tree(const Sample *sample, const harness_result *r, const Tree *tree,
                       Verdict *verdict)
{
    if (tree->wrong)
        check_fail(verdict, "%s: %s", sample->name, tree->wrong);
    for (gsize i = 0; i < r->n_headings; i++) {
        const harness_mark *h = &r->headings[i];
        guint line = check_line(r->body, h->offset);
        guint level =
            GPOINTER_TO_UINT(g_hash_table_lookup(tree->headings, GUINT_TO_POINTER(line)));
        if (level == 0)
            check_fail(verdict, "%s: heading \"%s\" is none to a parser, at line %u",
                       sample->name, h->title, line);
        else if (level != h->level)
            check_fail(verdict, "%s: heading \"%s\" was told as level %u, a parser says %u",
                       sample->name, h->title, h->level, level);
    }
}

static void judge_parsed(const Sample *sample, const harness_result *r, Verdict *verdict)
{
    g_autofree char *program = find_parser();
    g_autofree char *text = parse(program, r->body, r->body_len);
    g_autoptr(GError) error = NULL;
    Tree tree = {.headings = g_hash_table_new(NULL, NULL)};
    if (!text)
        check_fail(verdict, "%s: %s does not parse the text", sample->name, program);
    else if (!read_tree(text, &tree, &error))
        check_fail(verdict, "%s: %s: %s", sample->name, program, error->message);
    else
        judge_tree(sample, r, &tree, verdict);
    if (tree.html)
        g_string_free(tree.html, TRUE);
    g_free(tree.wrong);
    g_hash_table_unref(tree.headings);
}

CHECK_FUNCTION(parsed)
{
    g_autofree char *program = find_parser();
    if (program)
        check_each_result(subject, verdict, judge_parsed);
    else
        check_skip(verdict, "neither cmark-gfm nor cmark is installed");
}
