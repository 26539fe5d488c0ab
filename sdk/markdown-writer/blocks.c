/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Paragraphs, headings, code, rules, raw HTML and pages. A leaf is rendered whole into `block`
 * when it ends; here it becomes lines.
 */
#include "writer.h"

#include <stdlib.h>
#include <string.h>

okb_str okb_md_short(okb_str s)
{
    enum { MOST = 64 * 1024 }; /* openkb/plugin.h: what is longer is a misuse */
    size_t len = s.len < MOST ? s.len : MOST;
    while (len < s.len && len > 0 && (s.data[len] & 0xc0) == 0x80)
        len--;
    return (okb_str){s.data, len};
}

void okb_md_put_block(okb_md *md, size_t from, size_t end)
{
    if (from == end && md->n_refs == 0)
        return;
    for (size_t i = 0; i < md->n_refs && okb_md_ok(md); i++) {
        const asset_ref *ref = &md->refs[i];
        if (ref->at < from || ref->at >= end)
            continue;
        okb_md_put(md, md->block.data + from, ref->at - from);
        okb_md_flush(md);
        okb_str alt = {ref->alt_len ? md->alts.data + ref->alt : "", ref->alt_len};
        if (okb_md_ok(md))
            okb_md_latch(md, md->sink.asset(md->sink.ctx, ref->asset, okb_md_short(alt)));
        from = ref->at;
    }
    okb_md_put(md, md->block.data + from, end - from);
}

void okb_md_put_task(okb_md *md, box *item)
{
    const char *mark = item->task == OKB_MD_DONE ? "[x]" : "[ ]";
    item->task = OKB_MD_NO_TASK;
    okb_md_start_line(md);
    okb_md_put(md, mark, 3);
}

/* ---- Leaves ------------------------------------------------------------------------------ */

static void put_paragraph_line(okb_md *md, size_t from, size_t end, bool first, bool in_item)
{
    const char *line = md->block.data + from;
    size_t hazard = okb_md_line_hazard(line, end - from, first, in_item);
    if (hazard < end - from) {
        okb_md_put_block(md, from, from + hazard);
        okb_md_put(md, "\\", 1);
        from += hazard;
    }
    okb_md_put_block(md, from, end);
    okb_md_put(md, "\n", 1);
}

static void write_paragraph(okb_md *md)
{
    box *b = okb_md_inner_box(md);
    bool task = b->kind == BOX_ITEM && b->task != OKB_MD_NO_TASK;
    bool in_item = b->kind == BOX_ITEM && b->empty;
    okb_md_open_block(md, BLOCK_PARAGRAPH);
    if (task) {
        okb_md_put_task(md, okb_md_inner_box(md));
        okb_md_put(md, " ", 1);
    }
    size_t from = 0, len = md->block.len;
    for (bool first = true; from < len; first = false) {
        const char *newline = memchr(md->block.data + from, '\n', len - from);
        size_t end = newline ? (size_t)(newline - md->block.data) : len;
        if (!task || !first)
            okb_md_start_line(md);
        put_paragraph_line(md, from, end, first, in_item);
        from = end + 1;
    }
}

/* A run of # at the end would be taken for the closing sequence. */
static size_t closing_hashes(const bytes *b)
{
    size_t at = b->len;
    while (at > 0 && b->data[at - 1] == '#')
        at--;
    bool closing = at < b->len && (at == 0 || b->data[at - 1] == ' ');
    return closing ? b->len - 1 : b->len;
}

static void report_heading(okb_md *md, uint32_t level)
{
    if (!md->sink.heading || !okb_md_ok(md))
        return;
    bytes title = {0};
    okb_md_plain(md, &title);
    okb_md_flush(md);
    if (okb_md_ok(md))
        okb_md_latch(md, md->sink.heading(
                             md->sink.ctx, level,
                             okb_md_short((okb_str){title.len ? title.data : "", title.len}),
                             md->page));
    free(title.data);
}

static void write_heading(okb_md *md)
{
    okb_md_open_block(md, BLOCK_HEADING);
    okb_md_start_line(md);
    report_heading(md, md->level);
    okb_md_put(md, "######", md->level);
    size_t hashes = closing_hashes(&md->block);
    if (md->block.len)
        okb_md_put(md, " ", 1);
    okb_md_put_block(md, 0, hashes);
    if (hashes < md->block.len)
        okb_md_put(md, "\\#", 2);
    okb_md_put(md, "\n", 1);
}

static void write_pages(okb_md *md)
{
    for (uint32_t i = 0; i < md->pages_due; i++) {
        bool fresh = md->boxes[0].last == BLOCK_NONE;
        okb_md_forget_items(md);
        if (md->sink.page && !fresh)
            okb_md_put(md, "\n", 1);
        okb_md_flush(md);
        md->page = md->pages[i].index;
        okb_str label = {md->pages[i].label, md->pages[i].label_len};
        if (md->sink.page && okb_md_ok(md))
            okb_md_latch(md, md->sink.page(md->sink.ctx, md->page, label));
        free(md->pages[i].label);
    }
    md->pages_due = 0;
}

void okb_md_close_leaf(okb_md *md)
{
    leaf_kind leaf = md->leaf;
    if (leaf == LEAF_NONE || leaf == LEAF_CELL || !okb_md_ok(md))
        return;
    okb_md_close_spans(md);
    md->leaf = LEAF_NONE;
    md->block.len = md->alts.len = md->n_refs = 0;
    okb_md_render(md, leaf);
    if (okb_md_ok(md) && leaf == LEAF_HEADING)
        write_heading(md);
    else if (okb_md_ok(md) && md->block.len)
        write_paragraph(md);
    okb_md_reset_inline(md);
    if (md->pages_due)
        write_pages(md);
}

static void open_leaf(okb_md *md, leaf_kind leaf)
{
    if (!okb_md_ok(md))
        return;
    okb_md_table_end(md);
    okb_md_close_leaf(md);
    okb_md_reset_inline(md);
    md->leaf = leaf;
}

static void end_leaf(okb_md *md, leaf_kind leaf)
{
    if (okb_md_ok(md) && md->leaf == leaf)
        okb_md_close_leaf(md);
}

void okb_md_paragraph_begin(okb_md *md)
{
    open_leaf(md, LEAF_PARAGRAPH);
}

void okb_md_paragraph_end(okb_md *md)
{
    end_leaf(md, LEAF_PARAGRAPH);
}

void okb_md_heading_begin(okb_md *md, uint32_t level)
{
    open_leaf(md, LEAF_HEADING);
    if (okb_md_ok(md))
        md->level = level < 1 ? 1 : level > 6 ? 6 : level;
}

void okb_md_heading_end(okb_md *md)
{
    end_leaf(md, LEAF_HEADING);
}

/* ---- Lines as they are ------------------------------------------------------------------- */

/* The line that begins at `s`: its length, and in *step how far the next one is. LF, CRLF, CR.
 */
static size_t line_length(const char *s, size_t len, size_t *step)
{
    const char *newline = memchr(s, '\n', len);
    size_t n = newline ? (size_t)(newline - s) : len;
    const char *cr = memchr(s, '\r', n);
    if (cr)
        n = (size_t)(cr - s);
    size_t end = n;
    end += end < len && s[end] == '\r';
    end += end < len && s[end] == '\n' && (end == n || s[end - 1] == '\r');
    *step = end;
    return n;
}

static void put_raw_line(okb_md *md, const char *line, size_t len)
{
    if (len) {
        okb_md_start_line(md);
        okb_md_put(md, line, len);
    } else {
        size_t n = md->rest.len;
        while (n && md->rest.data[n - 1] == ' ')
            n--;
        okb_md_put(md, md->rest.data, n);
    }
    okb_md_put(md, "\n", 1);
}

static void put_raw_lines(okb_md *md, okb_str text)
{
    for (size_t at = 0, step; at < text.len && okb_md_ok(md); at += step) {
        size_t n = line_length(text.data + at, text.len - at, &step);
        put_raw_line(md, text.data + at, n);
    }
}

static size_t longest_run(okb_str s, char c)
{
    size_t longest = 0, run = 0;
    for (size_t i = 0; i < s.len; i++) {
        run = s.data[i] == c ? run + 1 : 0;
        if (run > longest)
            longest = run;
    }
    return longest;
}

static void put_fence(okb_md *md, size_t n)
{
    for (; n >= 3; n -= 3)
        okb_md_put(md, "```", 3);
    okb_md_put(md, "```", n);
}

/* An info string: no blanks, backticks or controls; what would be an escape is escaped. */
static void put_language(okb_md *md, okb_str language)
{
    for (size_t i = 0; i < language.len; i++) {
        char c = language.data[i];
        if ((unsigned char)c <= ' ' || c == '`' || c == 0x7f)
            continue;
        if (c == '\\')
            okb_md_put(md, "\\", 1);
        okb_md_put(md, c == '&' ? "&amp;" : &c, c == '&' ? 5 : 1);
    }
}

void okb_md_code_block(okb_md *md, okb_str language, okb_str code)
{
    if (!okb_md_ok(md))
        return;
    okb_md_open_block(md, BLOCK_CODE);
    size_t fence = longest_run(code, '`') + 1;
    if (fence < 3)
        fence = 3;
    okb_md_start_line(md);
    put_fence(md, fence);
    put_language(md, language);
    okb_md_put(md, "\n", 1);
    put_raw_lines(md, code);
    okb_md_start_line(md);
    put_fence(md, fence);
    okb_md_put(md, "\n", 1);
}

void okb_md_rule(okb_md *md)
{
    if (!okb_md_ok(md))
        return;
    okb_md_open_block(md, BLOCK_RULE);
    const box *b = okb_md_inner_box(md);
    bool after_star = b->kind == BOX_ITEM && b->empty && b[-1].marker == '*';
    okb_md_start_line(md);
    okb_md_put(md, after_star ? "---\n" : "***\n", 4);
}

void okb_md_html_block(okb_md *md, okb_str html)
{
    if (!okb_md_ok(md) || html.len == 0)
        return;
    okb_md_open_block(md, BLOCK_HTML);
    put_raw_lines(md, html);
}

void okb_md_page(okb_md *md, uint32_t index, okb_str label)
{
    if (!okb_md_ok(md))
        return;
    size_t n = md->pages_due;
    char *copy = malloc(label.len + 1);
    if (!copy || !array_reserve(&md->pages, n, &md->cap_pages, sizeof *md->pages)) {
        free(copy);
        okb_md_latch(md, OKB_E_NOMEM);
        return;
    }
    if (label.len)
        memcpy(copy, label.data, label.len);
    md->pages[n].index = index;
    md->pages[n].label = copy;
    md->pages[n].label_len = label.len;
    md->pages_due++;
    okb_md_table_end(md);
    if (md->leaf == LEAF_NONE)
        write_pages(md);
}
