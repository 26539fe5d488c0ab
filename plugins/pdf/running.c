/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * A running header or footer stands in the outermost lines of a page, at the same height on
 * several pages, and either says the same there (digits aside) or counts the pages.
 */
#include "structure.h"

#include <math.h>
#include <string.h>

enum { NEAREST = 3 }; /* blocks looked at from each edge of a page */

typedef struct {
    guint block;
    bool head; /* of a slide, perhaps: at its top, and as large as its text */
    uint32_t page;
    int y;         /* in steps of 3 points, negative from the bottom */
    guint key;     /* hash of the text with digits as '#' */
    int counts[2]; /* number at its beginning and end less the page's, or NO_NUMBER */
    bool only_number;
} candidate;

/* ---- What a block says ------------------------------------------------------------------- */

/* "2.2.0": several numbers and no word say something of their own. */
static bool is_figures(const pdf_text *t)
{
    guint numbers = 0;
    for (uint32_t i = 0; i < t->len; i++) {
        if (g_ascii_isalpha(t->bytes[i]) || (guchar)t->bytes[i] >= 0x80)
            return false;
        numbers += g_ascii_isdigit(t->bytes[i]) && !(i && g_ascii_isdigit(t->bytes[i - 1]));
    }
    return numbers > 1;
}

static guint text_key(const pdf_text *t)
{
    guint h = 5381;
    bool exact = is_figures(t);
    for (uint32_t i = 0; i < t->len; i++) {
        guchar c = (guchar)t->bytes[i];
        if (g_ascii_isdigit(c) && !exact) {
            if (i && g_ascii_isdigit(t->bytes[i - 1]))
                continue;
            c = '#';
        }
        h = h * 33 + c;
    }
    return h;
}

static int roman(const char *s, uint32_t n)
{
    static const char digits[] = "ivxlc";
    static const int values[] = {1, 5, 10, 50, 100};
    int total = 0, before = 0;
    for (uint32_t i = n; i-- > 0;) {
        const char *d = strchr(digits, g_ascii_tolower(s[i]));
        if (!d || !*d || n > 8)
            return 0;
        int v = values[d - digits];
        total += v < before ? -v : v;
        before = MAX(before, v);
    }
    return total;
}

#define NO_NUMBER G_MININT

/* The numbers that a text begins and ends with; `only`: it is nothing else. */
static void numbers_at_ends(const pdf_text *t, int numbers[2], bool *only)
{
    uint32_t i = 0, end = t->len;
    numbers[0] = numbers[1] = NO_NUMBER;
    while (i < t->len && g_ascii_isdigit(t->bytes[i]))
        i++;
    if (i > 0 && i <= 5)
        numbers[0] = atoi(t->bytes);
    while (end > 0 && g_ascii_isdigit(t->bytes[end - 1]))
        end--;
    if (end < t->len && t->len - end <= 5)
        numbers[1] = atoi(t->bytes + end);
    *only = i == t->len && i <= 5;
    int r = roman(t->bytes, t->len);
    if (r > 0) {
        numbers[0] = r;
        *only = true;
    }
}

/* ---- Candidates -------------------------------------------------------------------------- */

static void add_candidate(const pdf_document *d, GArray *list, guint i, bool top, float head)
{
    const pdf_block *b = BLOCK(d->blocks, i);
    float height = g_array_index(d->leaves, pdf_leaf, b->page - 1).height;
    float y = top ? b->box.y0 : height - b->box.y1;
    if (b->kind == BLOCK_PICTURE || b->lines > 2 || !b->text.len || b->tagged_heading ||
        y > 0.15F * height || b->kind == BLOCK_TABLE)
        return;
    candidate c = {.block = i, .page = b->page, .key = text_key(&b->text)};
    c.head = top && b->size >= head;
    if (c.head && pdf_page_said_on(d, b->page) != b->page)
        return; /* the steps of one slide do not count */
    c.y = (int)lroundf(y / 3) + 1;
    if (!top)
        c.y = -c.y;
    if (b->kind == BLOCK_ITEM)
        return;
    numbers_at_ends(&b->text, c.counts, &c.only_number);
    for (int k = 0; k < 2; k++)
        if (c.counts[k] != NO_NUMBER)
            c.counts[k] -= (int)b->page;
    g_array_append_val(list, c);
}

/* The highest and the lowest blocks of a page. */
static void add_page(const pdf_document *d, GArray *list, guint first, guint end, float head)
{
    guint top[NEAREST], bottom[NEAREST], n = 0, m = 0;
    for (guint i = first; i < end; i++) {
        guint k = n < NEAREST ? n++ : NEAREST;
        for (; k > 0 && (k == NEAREST || true) &&
               BLOCK(d->blocks, i)->box.y0 < BLOCK(d->blocks, top[k - 1])->box.y0;
             k--)
            if (k < NEAREST)
                top[k] = top[k - 1];
        if (k < NEAREST)
            top[k] = i;
        k = m < NEAREST ? m++ : NEAREST;
        for (; k > 0 && BLOCK(d->blocks, i)->box.y1 > BLOCK(d->blocks, bottom[k - 1])->box.y1;
             k--)
            if (k < NEAREST)
                bottom[k] = bottom[k - 1];
        if (k < NEAREST)
            bottom[k] = i;
    }
    for (guint k = 0; k < n; k++)
        add_candidate(d, list, top[k], true, head);
    for (guint k = 0; k < m; k++)
        add_candidate(d, list, bottom[k], false, head);
}

/* The size of text that may be the title of a slide: as large as the slide's largest. */
static float title_size(const pdf_document *d, guint first, guint end)
{
    float size = 0.95F * d->body_size;
    for (guint i = first; i < end; i++)
        size = MAX(size, BLOCK(d->blocks, i)->size - 0.3F);
    return size;
}

static GArray *find_candidates(const pdf_document *d)
{
    GArray *list = g_array_new(FALSE, FALSE, sizeof(candidate));
    bool slides = pdf_slides_are(d);
    for (guint i = 0, end; i < d->blocks->len; i = end) {
        for (end = i + 1;
             end < d->blocks->len && BLOCK(d->blocks, end)->page == BLOCK(d->blocks, i)->page;)
            end++;
        add_page(d, list, i, end, slides ? title_size(d, i, end) : INFINITY);
    }
    return list;
}

/* ---- Judging ----------------------------------------------------------------------------- */

static void count_up(GHashTable *table, gint64 key)
{
    gint64 *k = g_new(gint64, 1);
    *k = key;
    guint n = GPOINTER_TO_UINT(g_hash_table_lookup(table, k));
    g_hash_table_replace(table, k, GUINT_TO_POINTER(n + 1));
}

static guint count_of(GHashTable *table, gint64 key)
{
    return GPOINTER_TO_UINT(g_hash_table_lookup(table, &key));
}

static gint64 text_place(const candidate *c, int which, int dy)
{
    (void)which;
    return ((gint64)c->key << 20) ^ (c->y + dy + 5000);
}

static gint64 count_place(const candidate *c, int which, int dy)
{
    return ((gint64)c->counts[which] * (1 << 20)) ^ (c->y + dy + 5000);
}

static guint near(GHashTable *table, const candidate *c, int which,
                  gint64 (*place)(const candidate *, int, int))
{
    return count_of(table, place(c, which, -1)) + count_of(table, place(c, which, 0)) +
           count_of(table, place(c, which, 1));
}

static bool repeats(const pdf_document *d, const candidate *c, GHashTable *texts,
                    GHashTable *counts)
{
    guint pages = d->leaves->len, same = near(texts, c, 0, text_place);
    if (c->head && same * 2 < pages)
        return false;
    if (same >= 3 || (same == 2 && pages <= 4))
        return true;
    for (int k = 0; k < 2; k++) {
        guint counted = c->counts[k] == NO_NUMBER ? 0 : near(counts, c, k, count_place);
        if (counted >= 3 ||
            (counted && c->only_number && (counted >= 2 || pages <= 2) && c->y < 0))
            return true;
    }
    return false;
}

/* ---- Panels ------------------------------------------------------------------------------ */

typedef struct {
    guint pages; /* that say so */
    uint32_t first, last;
} saying;

static saying *saying_of(GHashTable *sayings, const pdf_block *b)
{
    g_autofree char *text =
        b->panel && b->text.len ? g_strndup(b->text.bytes, b->text.len) : NULL;
    saying *s = text ? g_hash_table_lookup(sayings, text) : NULL;
    if (!text || s)
        return s;
    s = g_new0(saying, 1);
    s->first = b->page;
    g_hash_table_insert(sayings, g_steal_pointer(&text), s);
    return s;
}

/* What the side bars of several pages say, at whatever height, is said once. */
static void drop_in_panels(pdf_document *d)
{
    g_autoptr(GHashTable) sayings =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    for (guint i = 0; i < d->blocks->len; i++) {
        const pdf_block *b = BLOCK(d->blocks, i);
        saying *s = saying_of(sayings, b);
        if (s && s->last != b->page)
            s->pages++, s->last = b->page;
    }
    for (guint i = 0; i < d->blocks->len; i++) {
        pdf_block *b = BLOCK(d->blocks, i);
        const saying *s = saying_of(sayings, b);
        if (s && s->pages >= 3 && b->page != s->first)
            b->kind = BLOCK_DROPPED;
    }
}

void pdf_running_drop(pdf_document *d)
{
    drop_in_panels(d);
    g_autoptr(GArray) list = find_candidates(d);
    g_autoptr(GHashTable) texts =
        g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    g_autoptr(GHashTable) counts =
        g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    for (guint i = 0; i < list->len; i++) {
        const candidate *c = &g_array_index(list, candidate, i);
        count_up(texts, text_place(c, 0, 0));
        for (int k = 0; k < 2; k++)
            if (c->counts[k] != NO_NUMBER && (!k || c->counts[0] != c->counts[1]))
                count_up(counts, count_place(c, k, 0));
    }
    for (guint i = 0; i < list->len; i++) {
        const candidate *c = &g_array_index(list, candidate, i);
        if (repeats(d, c, texts, counts))
            BLOCK(d->blocks, c->block)->kind = BLOCK_DROPPED;
    }
}
