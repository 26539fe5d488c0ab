/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The text matrix follows ISO 32000-1, 9.4.2. Marked content nests: text has the number of the
 * innermost that has one.
 */
#include "shown.h"

#include <math.h>
#include <string.h>

enum { MOST_SHOWN = 50000 };

int pdf_shown_mcid(const pdf_draw *d)
{
    return d->n_marked ? d->marked[MIN(d->n_marked, MAX_MARKED) - 1] : -1;
}

static void show(pdf_draw *d)
{
    pdf_shown s = {.mcid = pdf_shown_mcid(d)};
    pdf_matrix m = pdf_matrix_multiply(d->text, d->now.ctm);
    s.x = (float)m.e, s.y = (float)m.f;
    if (isfinite(s.x) && isfinite(s.y) && d->page->shown->len < MOST_SHOWN)
        g_array_append_val(d->page->shown, s);
}

static void move(pdf_draw *d, double x, double y)
{
    d->line = pdf_matrix_multiply((pdf_matrix){1, 0, 0, 1, x, y}, d->line);
    d->text = d->line;
}

static void begin_marked(pdf_draw *d, int mcid)
{
    if (d->n_marked < MAX_MARKED)
        d->marked[d->n_marked] = mcid >= 0 || !d->n_marked ? mcid : d->marked[d->n_marked - 1];
    d->n_marked++;
}

static void end_marked(pdf_draw *d)
{
    d->n_marked -= d->n_marked > 0;
}

static bool is(const char *name, size_t len, const char *other)
{
    return strlen(other) == len && memcmp(name, other, len) == 0;
}

static void place_text(pdf_draw *d, const char *name, size_t len, const double *o, int n)
{
    if (is(name, len, "Tm") && n >= 6)
        d->text = d->line = (pdf_matrix){o[0], o[1], o[2], o[3], o[4], o[5]};
    else if (is(name, len, "TD") && n >= 2)
        d->leading = -o[1], move(d, o[0], o[1]);
    else if (is(name, len, "Td") && n >= 2)
        move(d, o[0], o[1]);
    else if (is(name, len, "TL") && n >= 1)
        d->leading = o[0];
    else if (is(name, len, "T*"))
        move(d, 0, -d->leading);
    else if (is(name, len, "Tj") || is(name, len, "TJ"))
        show(d);
}

void pdf_shown_operator(pdf_draw *d, const char *name, size_t len, const double *o, int n,
                        int mcid)
{
    if (*name == 'T') {
        place_text(d, name, len, o, n);
    } else if (is(name, len, "BT")) {
        d->text = d->line = (pdf_matrix){1, 0, 0, 1, 0, 0};
    } else if (is(name, len, "'") || is(name, len, "\"")) {
        move(d, 0, -d->leading);
        show(d);
    } else if (is(name, len, "BDC") || is(name, len, "BMC")) {
        begin_marked(d, mcid);
    } else if (is(name, len, "EMC")) {
        end_marked(d);
    }
}
