/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Questions to counted strings. "No case" is ASCII's case.
 */
#include "html.h"

bool str_starts(okb_str s, const char *text)
{
    size_t n = strlen(text);
    return s.len >= n && memcmp(s.data, text, n) == 0;
}

bool str_starts_nocase(okb_str s, const char *text)
{
    size_t i = 0;
    for (; text[i] && i < s.len; i++)
        if (lower(s.data[i]) != text[i])
            return false;
    return !text[i];
}

bool str_has(okb_str s, const char *text)
{
    return s.len && memmem(s.data, s.len, text, strlen(text));
}

bool str_has_nocase(okb_str s, const char *text)
{
    size_t n = strlen(text);
    for (; s.len >= n; s.data++, s.len--)
        if (lower(s.data[0]) == text[0] && str_starts_nocase(s, text))
            return true;
    return false;
}

okb_str str_trim(okb_str s)
{
    while (s.len && is_space(s.data[0]))
        s.data++, s.len--;
    while (s.len && is_space(s.data[s.len - 1]))
        s.len--;
    return s;
}

okb_str str_next_word(okb_str *list)
{
    while (list->len && is_space(list->data[0]))
        list->data++, list->len--;
    okb_str word = {list->data, 0};
    while (word.len < list->len && !is_space(list->data[word.len]))
        word.len++;
    list->data += word.len;
    list->len -= word.len;
    return word;
}

bool str_has_word(okb_str list, const char *word)
{
    size_t n = strlen(word);
    if (list.len < n)
        return false;
    for (okb_str w = str_next_word(&list); w.len; w = str_next_word(&list))
        if (w.len == n && str_starts_nocase(w, word))
            return true;
    return false;
}

bool str_has_any(okb_str list, const char *const *words, size_t n_words)
{
    for (okb_str w = str_next_word(&list); w.len; w = str_next_word(&list))
        for (size_t i = 0; i < n_words; i++)
            if (lower(w.data[0]) == words[i][0] && str_is_nocase(w, words[i]))
                return true;
    return false;
}

size_t utf8_put(char *to, uint32_t c)
{
    if (c < 0x80) {
        to[0] = (char)c;
        return 1;
    }
    size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i > 0; i--, c >>= 6)
        to[i] = (char)(0x80 | (c & 0x3f));
    to[0] = (char)((0xf00 >> n) | c);
    return n;
}

long str_number(okb_str s, long otherwise)
{
    s = str_trim(s);
    bool minus = s.len && s.data[0] == '-';
    size_t i = minus || (s.len && s.data[0] == '+');
    size_t begin = i;
    long n = 0;
    for (; i < s.len && s.data[i] >= '0' && s.data[i] <= '9'; i++)
        n = n < 100000000 ? n * 10 + (s.data[i] - '0') : 999999999;
    return i == begin ? otherwise : minus ? -n : n;
}
