/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "ingest/render.h"

#include "ingest/excerpt.h"
#include "ingest/names.h"
#include "util/error.h"
#include "util/text.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { DESCRIPTION_MAX = 240, OUTLINE_MAX = 300, OUTLINE_DEPTH = 3 };

/* ---- Splicing ---------------------------------------------------------------------------- */

/* Appends body[from, to) with its placeholders replaced. False when one is not where it should
 * be. */
static bool splice(GString *out, const OkbBundle *bundle, guint64 from, guint64 to,
                   const char *prefix, const char *const *images)
{
    gsize size;
    const char *body = g_bytes_get_data(bundle->body, &size);
    for (guint i = 0; i < bundle->refs->len; i++) {
        const OkbAssetRef *ref = &g_array_index(bundle->refs, OkbAssetRef, i);
        if (ref->offset < from || ref->offset >= to)
            continue;
        if (ref->offset + OKB_PLACEHOLDER_LEN > to ||
            memcmp(body + ref->offset, "okb-asset:", 10))
            return false;
        g_string_append_len(out, body + from, (gssize)(ref->offset - from));
        if (images[ref->asset])
            g_string_append_printf(out, "%s%s", prefix, images[ref->asset]);
        from = ref->offset + OKB_PLACEHOLDER_LEN;
    }
    if (to > from)
        g_string_append_len(out, body + from, (gssize)(to - from));
    return true;
}

static void end_with_one_newline(GString *text)
{
    while (text->len && (text->str[text->len - 1] == '\n' || text->str[text->len - 1] == ' '))
        g_string_truncate(text, text->len - 1);
    if (text->len)
        g_string_append_c(text, '\n');
}

GString *okb_render_markdown(const OkbBundle *bundle, const char *prefix,
                             const char *const *images)
{
    g_autoptr(GString) out = g_string_sized_new(g_bytes_get_size(bundle->body) + 256);
    if (!splice(out, bundle, 0, g_bytes_get_size(bundle->body), prefix, images))
        return NULL;
    end_with_one_newline(out);
    return g_steal_pointer(&out);
}

/* ---- Pages ------------------------------------------------------------------------------- */

static guint64 page_start(const OkbBundle *bundle, guint i)
{
    return i < bundle->pages->len ? g_array_index(bundle->pages, OkbPage, i).offset
                                  : g_bytes_get_size(bundle->body);
}

/* Where the text of page i begins, behind its visible mark. */
static guint64 page_text(const OkbBundle *bundle, guint i)
{
    const char *body = g_bytes_get_data(bundle->body, NULL);
    g_autofree char *mark = g_strdup_printf("<!-- page %u -->", i + 1);
    guint64 start = page_start(bundle, i), end = page_start(bundle, i + 1);
    if (end - start >= strlen(mark) && memcmp(body + start, mark, strlen(mark)) == 0)
        start += strlen(mark);
    return start;
}

static json_t *page_images(const OkbRenderInput *input, guint64 from, guint64 to)
{
    json_t *images = json_array();
    const OkbBundle *bundle = input->bundle;
    for (guint i = 0; i < bundle->refs->len; i++) {
        const OkbAssetRef *ref = &g_array_index(bundle->refs, OkbAssetRef, i);
        if (ref->offset < from || ref->offset >= to || !input->images[ref->asset])
            continue;
        g_autofree char *path =
            g_strdup_printf("sources/images/%s/%s", input->name, input->images[ref->asset]);
        json_array_append_new(images, json_pack("{s:s}", "path", path));
    }
    return images;
}

/* One page as an object; NULL when it has neither text nor image. */
static json_t *page_object(const OkbRenderInput *input, guint i, bool *ret_bad)
{
    g_autofree char *prefix = g_strdup_printf("sources/images/%s/", input->name);
    g_autoptr(GString) text = g_string_new(NULL);
    guint64 from = page_text(input->bundle, i), to = page_start(input->bundle, i + 1);
    if (!splice(text, input->bundle, from, to, prefix, input->images)) {
        *ret_bad = true;
        return NULL;
    }
    g_strstrip(text->str);
    json_t *images = page_images(input, from, to);
    if (!*text->str && json_array_size(images) == 0) {
        json_decref(images);
        return NULL;
    }
    return json_pack("{s:i, s:s, s:o}", "page", (int)i + 1, "content", text->str, "images",
                     images);
}

static GString *render_pages(const OkbRenderInput *input, GError **error)
{
    json_t *pages = json_array();
    bool bad = false;
    for (guint i = 0; i < input->bundle->pages->len; i++) {
        json_t *page = page_object(input, i, &bad);
        if (page)
            json_array_append_new(pages, page);
    }
    char *text = bad ? NULL : json_dumps(pages, JSON_INDENT(2));
    json_decref(pages);
    if (!text) {
        okb_error_set(error, OKB_ERROR_BUNDLE, "a placeholder is not where the result says");
        return NULL;
    }
    GString *out = g_string_new(text);
    free(text);
    return out;
}

bool okb_render_is_long(const OkbBundle *bundle, guint threshold)
{
    if (threshold == 0 || bundle->pages->len < threshold)
        return false;
    const char *body = g_bytes_get_data(bundle->body, NULL);
    for (guint i = 0; i < bundle->pages->len; i++)
        for (guint64 at = page_text(bundle, i); at < page_start(bundle, i + 1); at++)
            if (!g_ascii_isspace(body[at]))
                return true;
    return false;
}

GString *okb_render_source(const OkbRenderInput *input, GError **error)
{
    if (input->is_long)
        return render_pages(input, error);
    g_autofree char *prefix = g_strdup_printf("images/%s/", input->name);
    GString *text = okb_render_markdown(input->bundle, prefix, input->images);
    if (!text)
        okb_error_set(error, OKB_ERROR_BUNDLE, "a placeholder is not where the result says");
    return text;
}

/* ---- Title, description, summary --------------------------------------------------------- */

const char *okb_render_title(const OkbBundle *bundle)
{
    const char *title = okb_bundle_meta(bundle, OKB_M_TITLE);
    if (title && *title)
        return title;
    if (bundle->headings->len > 0)
        return g_array_index(bundle->headings, OkbHeading, 0).title;
    return NULL;
}

/* "[[x]]" of a source is no link to a page of this wiki. */
static char *without_wikilinks(const char *text, const char *open, const char *close)
{
    GString *out = g_string_new(text);
    g_string_replace(out, "[[", open, 0);
    g_string_replace(out, "]]", close, 0);
    return g_string_free(out, FALSE);
}

char *okb_render_description(const OkbBundle *bundle)
{
    const char *own = okb_bundle_meta(bundle, OKB_M_DESCRIPTION);
    g_autofree char *paragraph = own && *own ? NULL : okb_excerpt_paragraph(bundle);
    g_autofree char *plain = paragraph ? okb_excerpt_plain(paragraph) : g_strdup(own);
    g_autofree char *unlinked = without_wikilinks(plain, "[", "]");
    return okb_text_one_line(unlinked, DESCRIPTION_MAX);
}

/* One entry of the outline as the summary shows it, whatever it came from. */
typedef struct {
    guint depth, first, last; /* pages; 0: none */
    const char *title;
} Node;

static GArray *outline_nodes(const OkbBundle *bundle)
{
    GArray *nodes = g_array_new(FALSE, FALSE, sizeof(Node));
    for (guint i = 0; i < bundle->outline->len; i++) {
        const OkbOutlineEntry *entry = &g_array_index(bundle->outline, OkbOutlineEntry, i);
        Node node = {entry->depth, entry->page, entry->page, entry->title};
        g_array_append_val(nodes, node);
    }
    for (guint i = 0; nodes->len == i && bundle->outline->len == 0 && i < bundle->headings->len;
         i++) {
        const OkbHeading *heading = &g_array_index(bundle->headings, OkbHeading, i);
        Node node = {heading->level, heading->page, heading->page, heading->title};
        g_array_append_val(nodes, node);
    }
    return nodes;
}

/* A section ends on the page before the next one that is not inside it, but not before it
 * begins. */
static void close_ranges(GArray *nodes, guint pages)
{
    for (guint i = 0; i < nodes->len; i++) {
        Node *node = &g_array_index(nodes, Node, i);
        guint last = pages;
        for (guint j = i + 1; j < nodes->len; j++) {
            const Node *next = &g_array_index(nodes, Node, j);
            if (next->depth <= node->depth && next->first) {
                last = next->first - 1;
                break;
            }
        }
        node->last = MAX(node->first, last);
    }
}

static void append_escaped(GString *out, const char *title)
{
    g_autofree char *line = okb_text_one_line(title, 300);
    for (const char *p = line; *p; p++) {
        if (strchr("\\`*_[]<>#|~!&", *p))
            g_string_append_c(out, '\\');
        g_string_append_c(out, *p);
    }
}

static void append_tree(GString *out, const GArray *nodes)
{
    for (guint i = 0; i < nodes->len; i++) {
        const Node *node = &g_array_index(nodes, Node, i);
        for (guint d = 0; d < CLAMP(node->depth, 1, 6); d++)
            g_string_append_c(out, '#');
        g_string_append_c(out, ' ');
        append_escaped(out, node->title);
        if (node->first)
            g_string_append_printf(out, " (pages %u–%u)", node->first, node->last);
        g_string_append(out, "\n\n");
    }
}

static void append_list(GString *out, const GArray *nodes)
{
    guint base = 6, shown = 0, indent_before = 0;
    for (guint i = 0; i < nodes->len; i++)
        base = MIN(base, g_array_index(nodes, Node, i).depth);
    for (guint i = 0; i < nodes->len && shown < OUTLINE_MAX; i++) {
        const Node *node = &g_array_index(nodes, Node, i);
        if (node->depth - base >= OUTLINE_DEPTH)
            continue;
        guint indent = shown ? MIN(node->depth - base, indent_before + 1) : 0;
        g_string_append_printf(out, "%*s- ", (int)indent * 2, "");
        append_escaped(out, node->title);
        if (node->first)
            g_string_append_printf(out, " (page %u)", node->first);
        g_string_append_c(out, '\n');
        indent_before = indent;
        shown++;
    }
    if (shown == OUTLINE_MAX)
        g_string_append(out, "- …\n");
    g_string_append_c(out, '\n');
}

static void append_json_string(GString *out, const char *value)
{
    json_t *string = json_string(value);
    char *text = json_dumps(string, JSON_ENCODE_ANY);
    g_string_append(out, text);
    free(text);
    json_decref(string);
}

static void append_front_matter(GString *out, const OkbRenderInput *input)
{
    g_autofree char *description = okb_render_description(input->bundle);
    g_autofree char *full =
        g_strdup_printf("sources/%s.%s", input->name, input->is_long ? "json" : "md");
    g_string_append(out, "---\ntype: \"Summary\"\n");
    if (*description) {
        g_string_append(out, "description: ");
        append_json_string(out, description);
        g_string_append_c(out, '\n');
    }
    g_string_append_printf(out,
                           "doc_type: %s\nfull_text: ", input->is_long ? "pageindex" : "short");
    append_json_string(out, full);
    g_string_append(out, "\n---\n\n");
}

GString *okb_render_summary(const OkbRenderInput *input)
{
    GString *out = g_string_new(NULL);
    g_autoptr(GArray) nodes = outline_nodes(input->bundle);
    const char *title = okb_render_title(input->bundle);
    close_ranges(nodes, input->bundle->pages->len);
    append_front_matter(out, input);
    g_string_append(out, "# ");
    append_escaped(out, title && *title ? title : input->fallback_title);
    g_string_append(out, "\n\n");
    if (nodes->len && input->is_long) {
        append_tree(out, nodes);
    } else if (nodes->len) {
        g_string_append(out, "## Outline\n\n");
        append_list(out, nodes);
    }
    g_autofree char *paragraph = okb_excerpt_paragraph(input->bundle);
    g_autofree char *unlinked = without_wikilinks(paragraph, "\\[\\[", "\\]\\]");
    if (*paragraph)
        g_string_append_printf(out, "## Beginning\n\n%s\n", unlinked);
    end_with_one_newline(out);
    return out;
}

/* ---- Images ------------------------------------------------------------------------------ */

static bool is_svg(const guint8 *head, gsize len)
{
    gsize i = len >= 3 && memcmp(head, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    while (i < len && g_ascii_isspace(head[i]))
        i++;
    const char *text = (const char *)head + i;
    if (len - i >= 4 && memcmp(text, "<svg", 4) == 0)
        return true;
    return len - i >= 5 && (memcmp(text, "<?xml", 5) == 0 || memcmp(text, "<!DOC", 5) == 0) &&
           g_strstr_len(text, (gssize)(len - i), "<svg") != NULL;
}

const char *okb_render_image_type(const guint8 *head, gsize len)
{
    static const struct {
        const char *extension, *magic;
        gsize offset, len;
    } types[] = {
        {"png", "\x89PNG\r\n\x1a\n", 0, 8},
        {"jpg", "\xff\xd8\xff", 0, 3},
        {"gif", "GIF8", 0, 4},
        {"webp", "WEBP", 8, 4},
        {"avif", "ftypavif", 4, 8},
        {"bmp", "BM", 0, 2},
        {"tiff", "II*\0", 0, 4},
        {"tiff", "MM\0*", 0, 4},
        {"jp2", "\0\0\0\x0cjP  ", 0, 8},
        {"ico", "\0\0\1\0", 0, 4},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(types); i++)
        if (len >= types[i].offset + types[i].len &&
            memcmp(head + types[i].offset, types[i].magic, types[i].len) == 0)
            return types[i].extension;
    return is_svg(head, len) ? "svg" : NULL;
}

char *okb_render_image_name(const char *hint, const char *extension, const char *hash,
                            GHashTable *taken)
{
    g_autofree char *base = g_path_get_basename(hint && *hint ? hint : "image");
    g_autofree char *stem = okb_names_stem(base);
    g_autofree char *clean = okb_names_sanitize(stem);
    if (strlen(clean) > 100)
        *g_utf8_find_prev_char(clean, clean + 101) = '\0';
    for (gsize digits = 0; digits <= 64; digits = digits ? digits * 2 : 8) {
        g_autofree char *name =
            digits ? g_strdup_printf("%s-%.*s.%s", clean, (int)digits, hash, extension)
                   : g_strdup_printf("%s.%s", clean, extension);
        if (g_hash_table_add(taken, okb_text_fold(name)))
            return g_steal_pointer(&name);
    }
    return NULL;
}
