/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Which encoding: a byte order mark, else what the caller declares, else UTF-16 when NUL bytes
 * stand where ASCII in UTF-16 has them, else UTF-8 when most of the non-ASCII is well-formed,
 * else what the detector finds and iconv converts without an error, else windows-1252.
 */
#include "decode.h"

#include "binary.h"

#include <uchardet.h>

#include <iconv.h>
#include <stdint.h>
#include <string.h>

static const char replacement[] = "\xef\xbf\xbd";

typedef struct {
    const unsigned char *bytes;
    size_t len;
} input;

typedef struct {
    char *bytes;
    size_t len, capacity;
    bool after_cr;
} output;

/* ---- UTF-8 ------------------------------------------------------------------------------- */

size_t md_utf8_length(const unsigned char *p, size_t left)
{
    if (p[0] < 0x80)
        return 1;
    size_t n = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    if (p[0] < 0xc2 || p[0] > 0xf4 || n > left)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
        (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
        return 0;
    return n;
}

static size_t skip_ascii(const unsigned char *p, size_t i, size_t len)
{
    for (uint64_t word; i + 8 <= len; i += 8) {
        memcpy(&word, p + i, 8);
        if (word & UINT64_C(0x8080808080808080))
            break;
    }
    while (i < len && p[i] < 0x80)
        i++;
    return i;
}

/* Well-formed multi-byte sequences, and bytes that belong to none. */
static void count_utf8(input in, size_t *good, size_t *bad)
{
    *good = *bad = 0;
    for (size_t i = 0, n; (i = skip_ascii(in.bytes, i, in.len)) < in.len; i += n ? n : 1) {
        n = md_utf8_length(in.bytes + i, in.len - i);
        ++*(n ? good : bad);
    }
}

/* ---- Output ------------------------------------------------------------------------------ */

static void put(output *out, const char *bytes, size_t len)
{
    memcpy(out->bytes + out->len, bytes, len);
    out->len += len;
}

/* One ASCII character: line ends become LF; NUL is the caller's business. */
static void put_ascii(output *out, char c)
{
    if (c == '\n' && out->after_cr) {
        out->after_cr = false;
        return;
    }
    out->after_cr = c == '\r';
    out->bytes[out->len++] = out->after_cr ? '\n' : c;
}

static void put_code_point(output *out, uint32_t c)
{
    char b[4];
    if (c < 0x80) {
        put_ascii(out, (char)c);
        return;
    }
    out->after_cr = false;
    if (c < 0x800) {
        b[0] = (char)(0xc0 | c >> 6), b[1] = (char)(0x80 | (c & 63));
        put(out, b, 2);
    } else if (c < 0x10000) {
        b[0] = (char)(0xe0 | c >> 12), b[1] = (char)(0x80 | (c >> 6 & 63));
        b[2] = (char)(0x80 | (c & 63));
        put(out, b, 3);
    } else {
        b[0] = (char)(0xf0 | c >> 18), b[1] = (char)(0x80 | (c >> 12 & 63));
        b[2] = (char)(0x80 | (c >> 6 & 63)), b[3] = (char)(0x80 | (c & 63));
        put(out, b, 4);
    }
}

static output output_for(md_arena *arena, size_t units, size_t per_unit)
{
    size_t capacity = units > SIZE_MAX / 8 ? SIZE_MAX : units * per_unit + 8;
    return (output){.bytes = md_grow(arena, NULL, capacity), .capacity = capacity};
}

static md_text finish(output out, const char *charset, size_t replaced, bool guessed)
{
    return (md_text){out.bytes, out.len, charset, replaced, guessed};
}

/* ---- Decoders ---------------------------------------------------------------------------- */

/* Repairs line ends, NUL and ill-formed bytes of text that is UTF-8 in the main. */
static md_text mend_utf8(md_arena *arena, input in, const char *charset, bool guessed)
{
    output out = output_for(arena, in.len, 3);
    size_t replaced = 0;
    for (size_t i = 0, n; i < in.len; i += n) {
        n = md_utf8_length(in.bytes + i, in.len - i);
        if (n == 1 && in.bytes[i] != '\0') {
            put_ascii(&out, (char)in.bytes[i]);
            continue;
        }
        out.after_cr = false;
        put(&out, n > 1 ? (const char *)in.bytes + i : replacement, n > 1 ? n : 3);
        replaced += n <= 1;
        n += n == 0;
    }
    return finish(out, charset, replaced, guessed);
}

static md_text decode_utf8(md_arena *arena, input in, size_t bad)
{
    if (!bad && !memchr(in.bytes, '\r', in.len) && !memchr(in.bytes, '\0', in.len))
        return (md_text){(const char *)in.bytes, in.len, "UTF-8", 0, false};
    return mend_utf8(arena, in, "UTF-8", false);
}

static uint32_t unit16(input in, size_t i, bool big)
{
    return big ? (uint32_t)in.bytes[i] << 8 | in.bytes[i + 1]
               : (uint32_t)in.bytes[i + 1] << 8 | in.bytes[i];
}

static md_text decode_utf16(md_arena *arena, input in, bool big, bool guessed)
{
    output out = output_for(arena, in.len / 2 + 1, 3);
    size_t replaced = in.len & 1;
    for (size_t i = 0; i + 1 < in.len; i += 2) {
        uint32_t c = unit16(in, i, big), low = 0;
        if (c >= 0xd800 && c < 0xdc00 && i + 3 < in.len)
            low = unit16(in, i + 2, big);
        if (low >= 0xdc00 && low < 0xe000) {
            c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
            i += 2;
        } else if (c == 0 || (c >= 0xd800 && c < 0xe000)) {
            c = 0xfffd;
            replaced++;
        }
        put_code_point(&out, c);
    }
    if (in.len & 1)
        put_code_point(&out, 0xfffd);
    return finish(out, big ? "UTF-16BE" : "UTF-16LE", replaced, guessed);
}

static md_text decode_utf32(md_arena *arena, input in, bool big)
{
    output out = output_for(arena, in.len / 4 + 1, 4);
    size_t replaced = 0;
    for (size_t i = 0; i + 3 < in.len; i += 4) {
        const unsigned char *p = in.bytes + i;
        uint32_t c = big ? (uint32_t)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3]
                         : (uint32_t)p[3] << 24 | p[2] << 16 | p[1] << 8 | p[0];
        bool bad = c == 0 || c > 0x10ffff || (c >= 0xd800 && c < 0xe000);
        replaced += bad;
        put_code_point(&out, bad ? 0xfffd : c);
    }
    return finish(out, big ? "UTF-32BE" : "UTF-32LE", replaced, false);
}

static md_text decode_windows_1252(md_arena *arena, input in, bool guessed)
{
    static const uint16_t c1[32] = {
        0x20ac, 0xfffd, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
        0x2039, 0x0152, 0xfffd, 0x017d, 0xfffd, 0xfffd, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
        0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0xfffd, 0x017e, 0x0178,
    };
    output out = output_for(arena, in.len, 3);
    size_t replaced = 0;
    for (size_t i = 0; i < in.len; i++) {
        uint32_t c = in.bytes[i];
        c = c >= 0x80 && c < 0xa0 ? c1[c - 0x80] : c == 0 ? 0xfffd : c;
        replaced += c == 0xfffd;
        put_code_point(&out, c);
    }
    return finish(out, "windows-1252", replaced, guessed);
}

/* Through iconv; false when it does not know the encoding or meets a byte it cannot convert. */
static bool decode_iconv(md_arena *arena, input in, const char *charset, output *out)
{
    iconv_t cd = iconv_open("UTF-8", charset);
    if (cd == (iconv_t)-1)
        return false;
    *out = output_for(arena, in.len, 4);
    char *from = (char *)(uintptr_t)in.bytes, *to = out->bytes;
    size_t from_left = in.len, to_left = out->capacity;
    bool ok = iconv(cd, &from, &from_left, &to, &to_left) != (size_t)-1 && from_left == 0 &&
              iconv(cd, NULL, NULL, &to, &to_left) != (size_t)-1;
    iconv_close(cd);
    out->len = (size_t)(to - out->bytes);
    return ok;
}

/* ---- Choice ------------------------------------------------------------------------------ */

/* What iconv gave is UTF-8 with line ends still to mend. */
static bool try_charset(md_arena *arena, input in, const char *charset, bool guessed,
                        md_text *text)
{
    output out;
    if (!charset || !*charset || !decode_iconv(arena, in, charset, &out))
        return false;
    input mended = {(const unsigned char *)out.bytes, out.len};
    *text = mend_utf8(arena, mended, md_copy(arena, charset, strlen(charset)), guessed);
    return true;
}

static md_text decode_legacy(md_arena *arena, input in)
{
    md_text text;
    size_t sample = in.len < 65536 ? in.len : 65536;
    uchardet_t detector = uchardet_new();
    if (detector && uchardet_handle_data(detector, (const char *)in.bytes, sample) == 0)
        uchardet_data_end(detector);
    const char *charset = detector ? md_copy(arena, uchardet_get_charset(detector),
                                             strlen(uchardet_get_charset(detector)))
                                   : "";
    if (detector)
        uchardet_delete(detector);
    if (strcmp(charset, "UTF-8") != 0 && try_charset(arena, in, charset, true, &text))
        return text;
    return decode_windows_1252(arena, in, true);
}

/* ASCII characters of a text read as UTF-16; the right reading has many, the wrong one none. */
static size_t ascii_units(input in, bool big)
{
    size_t count = 0;
    for (size_t i = 0; i + 1 < in.len && i < 8192; i += 2) {
        uint32_t c = unit16(in, i, big);
        count += (c >= 0x20 && c < 0x7f) || c == '\n' || c == '\r' || c == '\t';
    }
    return count;
}

static bool is_printable(unsigned char c)
{
    return (c >= 0x20 && c < 0x7f) || c == '\n' || c == '\r' || c == '\t';
}

/* Text of one byte a character into which some NULs have strayed. */
static bool is_mostly_ascii(input in, size_t sample)
{
    size_t pairs = 0;
    for (size_t i = 0; i + 1 < sample; i += 2)
        pairs += is_printable(in.bytes[i]) && is_printable(in.bytes[i + 1]);
    return pairs > sample / 2 / 4 * 3;
}

static bool looks_utf16(input in, bool *big)
{
    size_t sample = in.len < 8192 ? in.len : 8192;
    if (sample < 4 || !memchr(in.bytes, '\0', sample) || is_mostly_ascii(in, sample))
        return false;
    size_t le = ascii_units(in, false), be = ascii_units(in, true);
    *big = be > le;
    size_t most = *big ? be : le, least = *big ? le : be;
    return most >= sample / 2 / 16 && most > least * 4 && most > 1;
}

static bool begins(input in, const char *mark, size_t len)
{
    return in.len >= len && memcmp(in.bytes, mark, len) == 0;
}

static input after(input in, size_t len)
{
    return (input){in.bytes + len, in.len - len};
}

md_text md_decode(md_arena *arena, const void *bytes, size_t len, const char *declared)
{
    input in = {bytes, len};
    md_text text;
    bool big;
    size_t good, bad;
    if (begins(in, "\xef\xbb\xbf", 3)) {
        in = after(in, 3);
        count_utf8(in, &good, &bad);
        return decode_utf8(arena, in, bad);
    }
    if (begins(in, "\xff\xfe\0\0", 4) || begins(in, "\0\0\xfe\xff", 4))
        return decode_utf32(arena, after(in, 4), in.bytes[0] == 0);
    if (begins(in, "\xff\xfe", 2) || begins(in, "\xfe\xff", 2))
        return decode_utf16(arena, after(in, 2), in.bytes[0] == 0xfe, false);
    if (try_charset(arena, in, declared, false, &text))
        return text;
    if (looks_utf16(in, &big))
        return decode_utf16(arena, in, big, true);
    count_utf8(in, &good, &bad);
    text = bad > good ? decode_legacy(arena, in) : decode_utf8(arena, in, bad);
    text.binary = md_is_binary(in.bytes, in.len);
    return text;
}
