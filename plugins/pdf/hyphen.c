/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The vocabulary is a set of 64-bit hashes of lower-case words, hyphens included, as they stand
 * inside lines; a collision costs one hyphen.
 */
#include "hyphen.h"

#include "unicode.h"

#include <string.h>

struct pdf_vocabulary {
    uint64_t *slots; /* 0 is free */
    size_t size, used;
};

#define FNV_BASE  UINT64_C(14695981039346656037)
#define FNV_PRIME UINT64_C(1099511628211)

static uint64_t hash_more(uint64_t h, const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        h = (h ^ (guchar)g_ascii_tolower(s[i])) * FNV_PRIME;
    return h;
}

static size_t slot_of(const pdf_vocabulary *v, uint64_t h)
{
    size_t i = (size_t)(h >> 7) & (v->size - 1);
    while (v->slots[i] && v->slots[i] != h)
        i = (i + 1) & (v->size - 1);
    return i;
}

static void insert(pdf_vocabulary *v, uint64_t h)
{
    h = h ? h : 1;
    size_t i = slot_of(v, h);
    if (v->slots[i])
        return;
    v->slots[i] = h;
    if (++v->used * 2 < v->size)
        return;
    pdf_vocabulary bigger = {.slots = g_new0(uint64_t, v->size * 2), .size = v->size * 2};
    for (size_t k = 0; k < v->size; k++)
        if (v->slots[k])
            bigger.slots[slot_of(&bigger, v->slots[k])] = v->slots[k];
    g_free(v->slots);
    v->slots = bigger.slots;
    v->size = bigger.size;
}

static bool contains(const pdf_vocabulary *v, uint64_t h)
{
    return v->slots[slot_of(v, h ? h : 1)] != 0;
}

static bool is_word_byte(char c)
{
    return g_ascii_isalpha(c) || (guchar)c >= 0x80;
}

static void add_text(pdf_vocabulary *v, const pdf_text *t)
{
    for (uint32_t i = 0; i < t->len;) {
        uint32_t start = i;
        while (i < t->len &&
               (is_word_byte(t->bytes[i]) || (t->bytes[i] == '-' && i > start &&
                                              i + 1 < t->len && is_word_byte(t->bytes[i + 1]))))
            i++;
        bool cut = i < t->len && t->bytes[i] == '-';
        if (i - start > 2 && !cut)
            insert(v, hash_more(FNV_BASE, t->bytes + start, i - start));
        if (i == start || cut)
            i++;
    }
}

pdf_vocabulary *pdf_vocabulary_new(const GArray *blocks)
{
    pdf_vocabulary *v = g_new0(pdf_vocabulary, 1);
    v->size = 4096;
    v->slots = g_new0(uint64_t, v->size);
    for (guint i = 0; i < blocks->len; i++)
        if (BLOCK(blocks, i)->kind != BLOCK_CODE)
            add_text(v, &BLOCK(blocks, i)->text);
    return v;
}

void pdf_vocabulary_free(pdf_vocabulary *v)
{
    if (!v)
        return;
    g_free(v->slots);
    g_free(v);
}

bool pdf_hyphen_goes(const pdf_vocabulary *v, const char *before, size_t n_before,
                     const char *after, size_t n_after)
{
    bool soft;
    size_t stem_end = n_before - pdf_unicode_hyphen(before, n_before, &soft);
    size_t start = stem_end, end = 0;
    if (soft)
        return true;
    while (start > 0 && is_word_byte(before[start - 1]))
        start--;
    while (end < n_after && is_word_byte(after[end]))
        end++;
    bool compound = start > 0 && before[start - 1] == '-';
    if (start == stem_end || end == 0 || !g_unichar_islower(g_utf8_get_char(after)))
        return false;
    uint64_t h = hash_more(FNV_BASE, before + start, stem_end - start);
    uint64_t joined = hash_more(h, after, end);
    uint64_t kept = hash_more(hash_more(h, "-", 1), after, end);
    if (contains(v, joined))
        return true;
    if (contains(v, kept))
        return false;
    return !compound;
}
