/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * "2024-05-01T12:00:00+02:00", "2024-05-01 12:00", "2024/05/01" to ISO 8601 in UTC. A time
 * without a zone says less than it seems to: only its date is kept.
 */
#include "meta.h"

#include <stdio.h>

typedef struct {
    okb_str rest;
} reader;

/* A number of `digits` digits, or -1. */
static int read_number(reader *r, size_t digits)
{
    int n = 0;
    if (r->rest.len < digits)
        return -1;
    for (size_t i = 0; i < digits; i++) {
        char c = r->rest.data[i];
        if (c < '0' || c > '9')
            return -1;
        n = n * 10 + (c - '0');
    }
    r->rest.data += digits;
    r->rest.len -= digits;
    return n;
}

static bool read_any(reader *r, const char *set)
{
    if (r->rest.len == 0 || !strchr(set, r->rest.data[0]))
        return false;
    r->rest.data++;
    r->rest.len--;
    return true;
}

/* Days since 1970-01-01 of the Gregorian calendar, and back. */
static long days_of(long y, long m, long d)
{
    y -= m <= 2;
    long era = (y >= 0 ? y : y - 399) / 400, year = y - era * 400;
    long day = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    return era * 146097 + year * 365 + year / 4 - year / 100 + day - 719468;
}

static void date_of(long days, long *y, long *m, long *d)
{
    days += 719468;
    long era = (days >= 0 ? days : days - 146096) / 146097, day = days - era * 146097;
    long year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    long of_year = day - (365 * year + year / 4 - year / 100), month = (5 * of_year + 2) / 153;
    *d = of_year - (153 * month + 2) / 5 + 1;
    *m = month + (month < 10 ? 3 : -9);
    *y = year + era * 400 + (*m <= 2);
}

/* "Z", "+02:00", "+0200": minutes east; false when there is no zone. */
static bool read_zone(reader *r, int *minutes)
{
    *minutes = 0;
    if (read_any(r, "Zz"))
        return true;
    bool west = r->rest.len && r->rest.data[0] == '-';
    if (!read_any(r, "+-"))
        return false;
    int hours = read_number(r, 2);
    read_any(r, ":");
    int rest = read_number(r, 2);
    if (hours < 0 || hours > 14)
        return false;
    *minutes = (hours * 60 + (rest > 0 ? rest : 0)) * (west ? -1 : 1);
    return true;
}

static okb_str print(arena *a, long y, long m, long d, long seconds)
{
    char text[64];
    int n = seconds < 0 ? snprintf(text, sizeof text, "%04ld-%02ld-%02ld", y, m, d)
                        : snprintf(text, sizeof text, "%04ld-%02ld-%02ldT%02ld:%02ld:%02ldZ", y,
                                   m, d, seconds / 3600, seconds / 60 % 60, seconds % 60);
    return arena_str(a, (okb_str){text, (size_t)n});
}

okb_str iso_date(arena *a, okb_str s)
{
    reader r = {str_trim(s)};
    long y = read_number(&r, 4), m = read_any(&r, "-/.") ? read_number(&r, 2) : -1;
    long d = read_any(&r, "-/.") ? read_number(&r, 2) : -1;
    if (y < 1000 || m < 1 || m > 12 || d < 1 || d > 31)
        return (okb_str){NULL, 0};
    int minutes, hour = read_any(&r, "Tt ") ? read_number(&r, 2) : -1;
    int minute = read_any(&r, ":") ? read_number(&r, 2) : -1;
    int second = read_any(&r, ":") ? read_number(&r, 2) : 0;
    if (read_any(&r, ".,"))
        while (read_any(&r, "0123456789"))
            ;
    read_any(&r, " ");
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59 ||
        !read_zone(&r, &minutes))
        return print(a, y, m, d, -1);
    long total =
        days_of(y, m, d) * 86400 + hour * 3600L + minute * 60L + second - minutes * 60L;
    long days = total >= 0 ? total / 86400 : -((86399 - total) / 86400);
    date_of(days, &y, &m, &d);
    return print(a, y, m, d, total - days * 86400);
}
