/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "bands.h"

#include <stdlib.h>

static float core_top(pdf_rect r)
{
    return r.y0 + 0.22F * pdf_height(r);
}

static float core_bottom(pdf_rect r)
{
    return r.y1 - 0.22F * pdf_height(r);
}

static int by_top(const void *a, const void *b, void *ctx)
{
    const pdf_page *page = ctx;
    uint32_t i = *(const uint32_t *)a, k = *(const uint32_t *)b;
    float p = core_top(WORD(page, i)->box), q = core_top(WORD(page, k)->box);
    return p != q ? (p < q ? -1 : 1) : i < k ? -1 : i > k;
}

static int by_left(const void *a, const void *b, void *ctx)
{
    const pdf_page *page = ctx;
    uint32_t i = *(const uint32_t *)a, k = *(const uint32_t *)b;
    float p = WORD(page, i)->box.x0, q = WORD(page, k)->box.x0;
    return p != q ? (p < q ? -1 : 1) : i < k ? -1 : i > k;
}

GArray *pdf_bands_of(const pdf_page *page, uint32_t *words, guint n)
{
    GArray *bands = g_array_new(FALSE, FALSE, sizeof(pdf_band));
    qsort_r(words, n, sizeof *words, by_top, (void *)page);
    for (guint i = 0; i < n;) {
        pdf_rect box = WORD(page, words[i])->box;
        pdf_band b = {i, 0, core_top(box), core_bottom(box), box.y0, box.y1};
        for (; i < n && core_top(box = WORD(page, words[i])->box) <= b.y1; i++) {
            b.y1 = MAX(b.y1, core_bottom(box));
            b.top = MIN(b.top, box.y0);
            b.bottom = MAX(b.bottom, box.y1);
        }
        b.count = i - b.first;
        qsort_r(words + b.first, b.count, sizeof *words, by_left, (void *)page);
        g_array_append_val(bands, b);
    }
    return bands;
}
