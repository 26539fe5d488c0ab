/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "write-table.h"

#include "styles.h"

#include <string.h>

#define CELL(t, i) (&g_array_index((t)->cells, pdf_cell, i))

static bool has_spans(const pdf_table *t)
{
    for (guint i = 0; i < t->cells->len; i++)
        if (CELL(t, i)->rows > 1 || CELL(t, i)->columns > 1)
            return true;
    return false;
}

static void write_pipes(pdf_inline *w, const pdf_table *t)
{
    okb_md_table_begin(w->md, t->columns, NULL, true);
    for (guint i = 0; i < t->cells->len; i++) {
        const pdf_cell *c = CELL(t, i);
        if (c->column == 0)
            okb_md_row_begin(w->md);
        okb_md_cell_begin(w->md);
        w->plain_bold = c->row == 0;
        pdf_inline_write(w, &c->text);
        okb_md_cell_end(w->md);
        if (c->column + 1 == t->columns)
            okb_md_row_end(w->md);
    }
    okb_md_table_end(w->md);
}

static void append_escaped(GString *out, const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (s[i] == '<')
            g_string_append(out, "&lt;");
        else if (s[i] == '>')
            g_string_append(out, "&gt;");
        else if (s[i] == '&')
            g_string_append(out, "&amp;");
        else
            g_string_append_c(out, s[i]);
    }
}

static void append_cell(const pdf_inline *w, GString *out, const pdf_cell *c, bool header)
{
    const char *tag = header ? "th" : "td";
    g_string_append_printf(out, "<%s", tag);
    if (c->rows > 1)
        g_string_append_printf(out, " rowspan=\"%u\"", c->rows);
    if (c->columns > 1)
        g_string_append_printf(out, " colspan=\"%u\"", c->columns);
    g_string_append_c(out, '>');
    g_autofree char *plain = pdf_inline_plain(w, &c->text);
    append_escaped(out, plain, strlen(plain));
    g_string_append_printf(out, "</%s>", tag);
}

static void write_html(pdf_inline *w, const pdf_table *t)
{
    g_autoptr(GString) out = g_string_new("<table>\n");
    guint cell = 0;
    for (guint r = 0; r < t->rows; r++) {
        g_string_append(out, "<tr>");
        for (; cell < t->cells->len && CELL(t, cell)->row == r; cell++)
            append_cell(w, out, CELL(t, cell), r < t->header_rows);
        g_string_append(out, "</tr>\n");
    }
    g_string_append(out, "</table>");
    okb_md_html_block(w->md, (okb_str){out->str, out->len});
}

void pdf_write_table(pdf_inline *w, const pdf_table *t)
{
    if (has_spans(t))
        write_html(w, t);
    else
        write_pipes(w, t);
}
