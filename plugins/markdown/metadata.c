/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "metadata.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define MAX_VALUE 8192u

typedef enum { TEXT, LIST, DATE, LANGUAGE, ADDRESS } form;

static const struct {
    const char *name;
    const char *key;
    form form;
} names[] = {
    {"title", OKB_M_TITLE, TEXT},
    {"author", OKB_M_AUTHOR, LIST},
    {"authors", OKB_M_AUTHOR, LIST},
    {"lang", OKB_M_LANGUAGE, LANGUAGE},
    {"language", OKB_M_LANGUAGE, LANGUAGE},
    {"date", OKB_M_CREATED, DATE},
    {"created", OKB_M_CREATED, DATE},
    {"published", OKB_M_CREATED, DATE},
    {"lastmod", OKB_M_MODIFIED, DATE},
    {"modified", OKB_M_MODIFIED, DATE},
    {"updated", OKB_M_MODIFIED, DATE},
    {"last_modified_at", OKB_M_MODIFIED, DATE},
    {"description", OKB_M_DESCRIPTION, TEXT},
    {"summary", OKB_M_DESCRIPTION, TEXT},
    {"excerpt", OKB_M_DESCRIPTION, TEXT},
    {"keyword", OKB_M_KEYWORD, LIST},
    {"keywords", OKB_M_KEYWORD, LIST},
    {"tags", OKB_M_KEYWORD, LIST},
    {"license", OKB_M_LICENSE, TEXT},
    {"url", OKB_M_URL, ADDRESS},
    {"canonical", OKB_M_URL, ADDRESS},
    {"canonical_url", OKB_M_URL, ADDRESS},
    {"generator", OKB_M_GENERATOR, TEXT},
};

/* ---- Forms ------------------------------------------------------------------------------- */

static bool two(const char *p, unsigned low, unsigned high, unsigned *value)
{
    if (p[0] < '0' || p[0] > '9' || p[1] < '0' || p[1] > '9')
        return false;
    *value = (unsigned)(p[0] - '0') * 10 + (unsigned)(p[1] - '0');
    return *value >= low && *value <= high;
}

/* "Z", or an offset that is zero: the only zones that say when without arithmetic. */
static bool is_utc(const char *p)
{
    while (*p == ' ')
        p++;
    static const char *const zones[] = {"Z", "z", "+00:00", "-00:00", "+0000", "UTC", "+00"};
    for (size_t i = 0; i < sizeof zones / sizeof *zones; i++)
        if (strcmp(p, zones[i]) == 0)
            return true;
    return false;
}

/* ISO 8601 from what people write: the date, and the time when it is in UTC. */
static const char *date(md_arena *arena, const char *value)
{
    unsigned century, year, month, day, hour, minute, second = 0;
    if (strlen(value) < 10 || !two(value, 0, 99, &century) || !two(value + 2, 0, 99, &year) ||
        !strchr("-/.", value[4]) || value[7] != value[4] || !two(value + 5, 1, 12, &month) ||
        !two(value + 8, 1, 31, &day) || (value[10] >= '0' && value[10] <= '9'))
        return NULL;
    char out[64];
    int n = snprintf(out, sizeof out, "%02u%02u-%02u-%02u", century, year, month, day);
    const char *time = value + 10;
    if (strlen(time) >= 6 && strchr("Tt ", time[0]) && two(time + 1, 0, 23, &hour) &&
        time[3] == ':' && two(time + 4, 0, 59, &minute)) {
        time += 6;
        if (time[0] == ':' && two(time + 1, 0, 60, &second))
            time += 3;
        if (*time == '.')
            time += 1 + strspn(time + 1, "0123456789");
        if (is_utc(time))
            n += snprintf(out + n, sizeof out - (size_t)n, "T%02u:%02u:%02uZ", hour, minute,
                          second);
    }
    return md_copy(arena, out, (size_t)n);
}

static bool is_subtag(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* A BCP 47 tag; "en_US" and "en_US.UTF-8" are mended. */
static const char *language(md_arena *arena, const char *value)
{
    size_t len = strcspn(value, ".@"), run = 0, first = strcspn(value, "-_");
    if (len < 2 || len > 35 || first < 2 || first > 8)
        return NULL;
    char *tag = md_copy(arena, value, len);
    for (size_t i = 0; i < len; i++) {
        tag[i] = tag[i] == '_' ? '-' : tag[i];
        run = tag[i] == '-' ? 0 : run + 1;
        if ((tag[i] != '-' && !is_subtag(tag[i])) || run > 8 || (tag[i] == '-' && i + 1 == len))
            return NULL;
    }
    return tag;
}

/* One line without control characters, of bounded length. */
static const char *plain(md_arena *arena, const char *value)
{
    size_t len = strlen(value), n = 0;
    while (len > MAX_VALUE && len--)
        if (len <= MAX_VALUE && ((unsigned char)value[len] & 0xc0) != 0x80)
            break;
    char *out = md_copy(arena, value, len);
    for (size_t i = 0; i < len; i++) {
        bool space = (unsigned char)value[i] <= ' ' || value[i] == 0x7f;
        if (!space || (n && out[n - 1] != ' '))
            out[n++] = space ? ' ' : value[i];
    }
    while (n && out[n - 1] == ' ')
        n--;
    out[n] = '\0';
    return out;
}

/* ---- Entries ----------------------------------------------------------------------------- */

static void set(md_metadata *m, const char *key, const char *value, bool repeats)
{
    static const char *const once[] = {OKB_M_TITLE,       OKB_M_LANGUAGE, OKB_M_CREATED,
                                       OKB_M_MODIFIED,    OKB_M_URL,      OKB_M_LICENSE,
                                       OKB_M_DESCRIPTION, OKB_M_GENERATOR};
    uint32_t bit = 0;
    for (size_t i = 0; !repeats && i < sizeof once / sizeof *once; i++)
        if (strcmp(once[i], key) == 0)
            bit = UINT32_C(1) << i;
    if (!*value || (m->seen & bit))
        return;
    m->seen |= bit;
    m->host->meta(m->job, (okb_str){key, strlen(key)}, (okb_str){value, strlen(value)});
}

/* "a, b, c" is three keywords; an author's name may hold a comma. */
static void set_list(md_metadata *m, const char *key, const char *value)
{
    if (strcmp(key, OKB_M_KEYWORD) != 0) {
        set(m, key, plain(m->arena, value), true);
        return;
    }
    for (const char *p = value; *p;) {
        size_t len = strcspn(p, ",");
        set(m, key, plain(m->arena, md_copy(m->arena, p, len)), true);
        p += len + (p[len] == ',');
    }
}

static void set_form(md_metadata *m, const char *key, form shape, const char *value)
{
    const char *shaped = NULL;
    switch (shape) {
    case TEXT:
        shaped = plain(m->arena, value);
        break;
    case LIST:
        set_list(m, key, value);
        return;
    case DATE:
        shaped = date(m->arena, plain(m->arena, value));
        break;
    case LANGUAGE:
        shaped = language(m->arena, plain(m->arena, value));
        break;
    case ADDRESS:
        if (strncasecmp(value, "http://", 7) == 0 || strncasecmp(value, "https://", 8) == 0)
            shaped = plain(m->arena, value);
        break;
    }
    if (shaped)
        set(m, key, shaped, false);
}

void md_metadata_entry(void *context, const char *key, const char *value)
{
    if (strcmp(value, "~") == 0 || strcmp(value, "null") == 0)
        return;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcasecmp(names[i].name, key) == 0) {
            set_form(context, names[i].key, names[i].form, value);
            return;
        }
}

void md_metadata_title(md_metadata *m, const char *title)
{
    set(m, OKB_M_TITLE, plain(m->arena, title), false);
}
