/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Object numbers: 1 catalog, 2 pages, 3 information, 4 outline, 5 to 10 fonts; then for page n
 * (from 0) 20 + 3n the page, its contents and its annotations; bookmarks from 5000.
 */
#include "paper.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_PAGES = 1500, MAX_MARKS = 64, FIRST_PAGE = 20, FIRST_MARK = 5000, OBJECTS = 5100 };

typedef struct {
    char *data;
    size_t len, size;
} buffer;

struct paper {
    buffer out, info, places, labels;
    buffer contents[MAX_PAGES], links[MAX_PAGES];
    int pages;
    bool slides;
    char marks[MAX_MARKS][80];
    int mark_pages[MAX_MARKS], n_marks;
    size_t offsets[OBJECTS];
};

static const char *const FONTS[] = {"Times-Roman", "Times-Bold", "Times-Italic",
                                    "Courier",     "Helvetica",  "Helvetica-Bold"};
static const char *const MATHS[] = {"CMMI10", "CMSY10", "CMEX10"};

static void put_bytes(buffer *b, const char *s, size_t n)
{
    if (b->len + n + 1 > b->size) {
        b->size = (b->len + n + 1) * 2;
        b->data = realloc(b->data, b->size);
        if (!b->data)
            abort();
    }
    memcpy(b->data + b->len, s, n);
    b->len += n;
    b->data[b->len] = '\0';
}

__attribute__((format(printf, 2, 3))) static void put(buffer *b, const char *format, ...)
{
    char text[4096];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (n < 0 || (size_t)n >= sizeof text)
        abort();
    put_bytes(b, text, (size_t)n);
}

static void put_string(buffer *b, const char *s)
{
    put(b, "(");
    for (; *s; s++)
        put(b, *s == '(' || *s == ')' || *s == '\\' ? "\\%c" : "%c", *s);
    put(b, ")");
}

paper *paper_new(void)
{
    paper *p = calloc(1, sizeof *p);
    if (!p)
        abort();
    p->pages = 1;
    return p;
}

void paper_free(paper *p)
{
    free(p->out.data);
    free(p->info.data);
    free(p->places.data);
    free(p->labels.data);
    for (int i = 0; i < p->pages; i++) {
        free(p->contents[i].data);
        free(p->links[i].data);
    }
    free(p);
}

void paper_page(paper *p)
{
    if (p->pages == MAX_PAGES)
        abort();
    p->pages++;
}

void paper_slides(paper *p)
{
    p->slides = true;
}

void paper_label(paper *p, const char *label)
{
    put(&p->labels, "%d<</P(%s)>>", p->pages - 1, label);
}

void paper_raw(paper *p, const char *operators)
{
    put_bytes(&p->contents[p->pages - 1], operators, strlen(operators));
}

void paper_text(paper *p, double x, double y, double size, paper_font font, const char *text)
{
    buffer *b = &p->contents[p->pages - 1];
    put(b, "BT /F%d %g Tf %g %g Td ", font, size, x, 800 - y);
    put_string(b, text);
    put(b, " Tj ET\n");
}

double paper_lines(paper *p, double x, double y, double size, double leading, paper_font font,
                   const char *text)
{
    while (*text) {
        char line[512];
        size_t n = strcspn(text, "\n");
        snprintf(line, sizeof line, "%.*s", (int)n, text);
        paper_text(p, x, y, size, font, line);
        y += leading;
        text += n + (text[n] == '\n');
    }
    return y;
}

void paper_rule(paper *p, double x0, double y0, double x1, double y1)
{
    put(&p->contents[p->pages - 1], "%g %g m %g %g l S\n", x0, 800 - y0, x1, 800 - y1);
}

void paper_fill(paper *p, double x, double y, double w, double h, double grey)
{
    put(&p->contents[p->pages - 1], "q %g g %g %g %g %g re f Q\n", grey, x, 800 - y - h, w, h);
}

static void begin_link(paper *p, double x0, double y0, double x1, double y1)
{
    put(&p->links[p->pages - 1], "<</Type/Annot/Subtype/Link/Rect[%g %g %g %g]", x0, 800 - y1,
        x1, 800 - y0);
}

void paper_link(paper *p, double x0, double y0, double x1, double y1, const char *uri)
{
    buffer *b = &p->links[p->pages - 1];
    begin_link(p, x0, y0, x1, y1);
    put(b, "/A<</S/URI/URI");
    put_string(b, uri);
    put(b, ">>>>\n");
}

void paper_goto(paper *p, double x0, double y0, double x1, double y1, int page, double y)
{
    begin_link(p, x0, y0, x1, y1);
    put(&p->links[p->pages - 1], "/Dest[%d 0 R/XYZ 0 %g 0]>>\n", FIRST_PAGE + 3 * (page - 1),
        800 - y);
}

void paper_goto_name(paper *p, double x0, double y0, double x1, double y1, const char *name)
{
    begin_link(p, x0, y0, x1, y1);
    put(&p->links[p->pages - 1], "/A<</S/GoTo/D");
    put_string(&p->links[p->pages - 1], name);
    put(&p->links[p->pages - 1], ">>>>\n");
}

void paper_place(paper *p, const char *name, double y)
{
    put(&p->places, "/%s[%d 0 R/XYZ 0 %g 0]", name, FIRST_PAGE + 3 * (p->pages - 1), 800 - y);
}

void paper_bookmark(paper *p, const char *title)
{
    if (p->n_marks == MAX_MARKS)
        abort();
    snprintf(p->marks[p->n_marks], sizeof p->marks[0], "%s", title);
    p->mark_pages[p->n_marks++] = p->pages - 1;
}

void paper_info(paper *p, const char *key, const char *value)
{
    put(&p->info, "/%s", key);
    put_string(&p->info, value);
}

/* ---- The file ---------------------------------------------------------------------------- */

static void object(paper *p, int number)
{
    p->offsets[number] = p->out.len;
    put(&p->out, "%d 0 obj\n", number);
}

static void write_fonts(paper *p)
{
    for (int i = 0; i < 6; i++) {
        object(p, 5 + i);
        put(&p->out,
            "<</Type/Font/Subtype/Type1/BaseFont/%s/Encoding<</BaseEncoding/WinAnsiEncoding"
            "/Differences[1/acutecomb]>>>>\nendobj\n",
            FONTS[i]);
    }
    for (int i = 0; i < 3; i++) {
        object(p, 11 + i);
        put(&p->out,
            "<</Type/Font/Subtype/Type1/BaseFont/ABCDEF+%s/FirstChar 0/LastChar 127"
            "/Encoding/WinAnsiEncoding/Widths[",
            MATHS[i]);
        for (int k = 0; k < 128; k++)
            put(&p->out, "500 ");
        put(&p->out, "]>>\nendobj\n");
    }
}

static void write_page(paper *p, int i)
{
    int number = FIRST_PAGE + 3 * i;
    object(p, number);
    put(&p->out,
        "<</Type/Page/Parent 2 0 R/Contents %d 0 R/Annots %d 0 R/MediaBox[0 %d 600 800]"
        "/Resources<</Font<</F0 5 0 R/F1 6 0 R/F2 7 0 R/F3 8 0 R/F4 9 0 R/F5 10 0 R/F6 11 0 R"
        "/F7 12 0 R/F8 13 0 R>>>>>>\nendobj\n",
        number + 1, number + 2, p->slides ? 400 : 0);
    object(p, number + 1);
    put(&p->out, "<</Length %zu>>\nstream\n", p->contents[i].len);
    if (p->contents[i].len)
        put_bytes(&p->out, p->contents[i].data, p->contents[i].len);
    put(&p->out, "\nendstream\nendobj\n");
    object(p, number + 2);
    put(&p->out, "[");
    if (p->links[i].len)
        put_bytes(&p->out, p->links[i].data, p->links[i].len);
    put(&p->out, "]\nendobj\n");
}

static void write_marks(paper *p)
{
    object(p, 4);
    if (!p->n_marks)
        put(&p->out, "<</Type/Outlines>>\nendobj\n");
    else
        put(&p->out, "<</Type/Outlines/First %d 0 R/Last %d 0 R/Count %d>>\nendobj\n",
            FIRST_MARK, FIRST_MARK + p->n_marks - 1, p->n_marks);
    for (int i = 0; i < p->n_marks; i++) {
        object(p, FIRST_MARK + i);
        put(&p->out, "<</Parent 4 0 R/Dest[%d 0 R/XYZ 0 800 0]/Title",
            FIRST_PAGE + 3 * p->mark_pages[i]);
        put_string(&p->out, p->marks[i]);
        if (i + 1 < p->n_marks)
            put(&p->out, "/Next %d 0 R", FIRST_MARK + i + 1);
        put(&p->out, ">>\nendobj\n");
    }
}

static void write_table(paper *p)
{
    size_t start = p->out.len;
    put(&p->out, "xref\n0 %d\n0000000000 65535 f \n", OBJECTS);
    for (int i = 1; i < OBJECTS; i++)
        if (p->offsets[i])
            put(&p->out, "%010zu 00000 n \n", p->offsets[i]);
        else
            put(&p->out, "0000000000 65535 f \n");
    put(&p->out, "trailer\n<</Size %d/Root 1 0 R/Info 3 0 R>>\nstartxref\n%zu\n%%%%EOF\n",
        OBJECTS, start);
}

const char *paper_bytes(paper *p, size_t *len)
{
    if (!p->out.len) {
        put(&p->out, "%%PDF-1.4\n");
        object(p, 1);
        put(&p->out,
            "<</Type/Catalog/Pages 2 0 R/Outlines 4 0 R/Dests<<%s>>/PageLabels<</Nums[%s]>>>>\n"
            "endobj\n",
            p->places.len ? p->places.data : "", p->labels.len ? p->labels.data : "");
        object(p, 2);
        put(&p->out, "<</Type/Pages/Count %d/Kids[", p->pages);
        for (int i = 0; i < p->pages; i++)
            put(&p->out, "%d 0 R ", FIRST_PAGE + 3 * i);
        put(&p->out, "]>>\nendobj\n");
        object(p, 3);
        put(&p->out, "<<%s>>\nendobj\n", p->info.len ? p->info.data : "");
        write_fonts(p);
        for (int i = 0; i < p->pages; i++)
            write_page(p, i);
        write_marks(p);
        write_table(p);
    }
    *len = p->out.len;
    return p->out.data;
}
