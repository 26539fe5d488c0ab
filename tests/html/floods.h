/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Families of pages that could hang a converter or blow it up.
 */
#ifndef OPENKB_TESTS_HTML_FLOODS_H
#define OPENKB_TESTS_HTML_FLOODS_H

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* `head`, `n` times `unit`, `tail`. */
static inline char *repeat(const char *head, const char *unit, size_t n, const char *tail,
                           size_t *len)
{
    size_t h = strlen(head), u = strlen(unit), t = strlen(tail);
    char *s = malloc(h + n * u + t + 1);
    if (!s)
        abort();
    memcpy(s, head, h);
    for (size_t i = 0; i < n; i++)
        memcpy(s + h + i * u, unit, u);
    memcpy(s + h + n * u, tail, t + 1);
    *len = h + n * u + t;
    return s;
}

static const struct {
    const char *label, *head, *unit;
    size_t n;
    const char *tail;
    size_t most; /* bytes out per byte in */
} floods[] = {
    {"nested div", "", "<div>", 100000, "end", 2},
    {"nested b", "", "<b>", 100000, "end", 2},
    {"nested font", "", "<font size=1>", 100000, "end", 2},
    {"nested ul", "", "<ul><li>x", 100000, "end", 30},
    {"nested quotes", "", "<blockquote>x", 100000, "end", 40},
    {"quotes in lists", "", "<blockquote>x<ul><li>y<ol><li>z", 30000, "end", 50},
    {"nested tables", "", "<table><tr><td>", 50000, "end", 2},
    {"nested links", "", "<a href=x>y", 50000, "end", 3},
    {"nested dl", "", "<dl><dt>x<dd>y", 50000, "end", 30},
    {"bold left open in paragraphs", "", "<p><b>x", 50000, "end", 10},
    {"different fonts left open", "", "<p><font color=1><font color=2><font color=3>x", 20000,
     "end", 2},
    {"crossed formatting", "", "<b><i><p></b>x</i>", 20000, "end", 4},
    {"attributes", "<p ", "a=1 ", 500000, ">end", 2},
    {"attributes that matter", "<p ", "class=x id=y ", 100000, ">end", 2},
    {"less than", "", "<", 1000000, " end", 3},
    {"ampersands", "", "&", 1000000, "end", 3},
    {"open brackets", "", "[", 500000, "end", 3},
    {"stars", "", "*a ", 300000, "end", 3},
    {"emphasis ends", "", "<i>a</i>b", 100000, "end", 4},
    {"backticks", "", "<code>`</code>x", 100000, "end", 3},
    {"comments never closed", "", "<!--x", 200000, "end", 3},
    {"scripts never closed", "", "<script>x", 100000, "end", 2},
    {"quotes never closed", "", "<a href=\"x>", 100000, "end", 3},
    {"end tags", "<div><p>", "</b></section></ul>", 100000, "end", 2},
    {"empty cells", "<table><tr>", "<td>", 100000, "end</table>", 3},
    {"wide spans", "<table><tr><th>", "<td colspan=1000000 rowspan=65534>x", 20000,
     "end</table>", 3},
    {"ragged rows", "<table><tr>", "<td>x<tr>", 50000, "<td>end</table>", 5},
    {"forms of select", "", "<select><option>", 50000, "</select>end", 2},
    {"breaks in nested spans", "", "<b><br>", 50000, "end", 3},
    {"images", "", "<img src=a.png>", 50000, "end", 3},
    {"hidden nests", "", "<div hidden></div>", 50000, "end", 2},
    {"references to one note", "", "<p><sup id=r><a href=#n>1</a></sup>", 30000,
     "<ol><li id=n><a href=#r>^</a> end</ol>", 2},
    {"notes in notes", "<p><sup id=r><a href=#n>1</a></sup>", "<div id=n><a href=#r>^</a>",
     30000, "end", 2},
    {"notes without a mark", "<p><sup id=r><a href=#n>1</a></sup>",
     "<sup><a href=#n>1</a></sup><div id=m><span></span>", 30000, "end", 2},
    {"references that grow", "", "&nGt;", 200000, "end", 2},
    {"posts", "",
     "<div class=p><i class=user>a</i><i class=date>b</i><p>a longer line, c</div>", 20000,
     "end", 2},
    {"posts in posts", "", "<div class=p><i class=user>a</i><i class=date>b</i><p>c", 20000,
     "end", 3},
    {"entries at depth", "", "<ul><li class=e><h3><a href=x>a</a></h3></li><ul>", 20000, "end",
     30},
    {"text in pieces", "", "a<!-- -->b&lt;", 100000, "end", 2},
    {"attributes with references", "", "<a href='?a&nLt;b'>x</a>", 50000, "end", 3},
};

#endif
