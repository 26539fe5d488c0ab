/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Bytes to UTF-8, before libxml2 sees them: left to itself it reads a page in the wrong
 * encoding as soon as anything is unusual. The first answer counts: byte order mark, what the
 * caller says, what the page says in its first bytes, UTF-8 if the bytes are that, a
 * statistical guess, and windows-1252, which can read anything.
 *
 * A bad byte becomes U+FFFD, each by itself. NUL and other controls become blanks or nothing.
 */
#include "html.h"

#include "library.h"
#include "scan.h"

#include <errno.h>
#include <iconv.h>
#include <uchardet.h>

#define PRESCAN     8192
#define GUESS_BYTES ((size_t)256 << 10)
#define REPLACEMENT "\xef\xbf\xbd"

/* ---- UTF-8 ------------------------------------------------------------------------------- */

/* Length of the well-formed character at `s`; 0 when there is none. */
static size_t character_length(const unsigned char *s, size_t len)
{
    size_t n = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    if (s[0] < 0xc2 || s[0] > 0xf4 || n > len)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
        (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
        return 0;
    return n;
}

static bool is_bad_control(unsigned char c)
{
    return (c < ' ' && !is_space((char)c)) || c == 0x7f;
}

#define BLOCK 32

/* ASCII without controls; a loop that compilers turn into a few instructions. */
static bool is_plain_block(const unsigned char *s)
{
    unsigned char bad = 0;
    for (size_t i = 0; i < BLOCK; i++)
        bad |= (unsigned char)((s[i] < ' ' && s[i] != '\n' && s[i] != '\t' && s[i] != '\r') |
                               (s[i] >= 0x7f));
    return !bad;
}

/* From `i` up to or just beyond `stop`; less than `stop` when something bad is there. */
static size_t clean_until(const unsigned char *s, size_t len, size_t i, size_t stop)
{
    while (i < stop) {
        size_t n = s[i] < 0x80 ? !is_bad_control(s[i]) : character_length(s + i, len - i);
        if (n == 0)
            return i;
        i += n;
    }
    return i;
}

/* How far `s` is UTF-8 without controls. */
static size_t clean_length(const unsigned char *s, size_t len)
{
    for (size_t i = 0; i < len;) {
        size_t stop = i + BLOCK < len ? i + BLOCK : len;
        if (stop == i + BLOCK && is_plain_block(s + i)) {
            i = stop;
            continue;
        }
        i = clean_until(s, len, i, stop);
        if (i < stop)
            return i;
    }
    return len;
}

bool bytes_are_utf8(const unsigned char *s, size_t len)
{
    for (size_t i = 0; i < len;) {
        i += clean_length(s + i, len - i);
        if (i < len && s[i] >= 0x80)
            return false;
        i += i < len;
    }
    return true;
}

static void decode_utf8(const unsigned char *s, size_t len, buffer *out, decode_report *report)
{
    for (size_t i = 0; i < len && !out->failed;) {
        size_t clean = clean_length(s + i, len - i);
        buffer_add(out, (const char *)s + i, clean);
        i += clean;
        if (i == len)
            return;
        if (s[i] >= 0x80) {
            buffer_add(out, REPLACEMENT, 3);
            report->replaced++;
        } else if (s[i] != 0) {
            buffer_byte(out, ' ');
        }
        i++;
    }
}

/* ---- Everything else --------------------------------------------------------------------- */

static size_t iconv_step(iconv_t cd, const char **from, size_t *left, buffer *out)
{
    char *to = buffer_room(out, *left + 64);
    if (!to)
        return 0;
    size_t room = out->cap - out->len, before = room;
    size_t done = iconv(cd, (char **)from, left, &to, &room);
    out->len += before - room;
    return done;
}

static void decode_iconv(iconv_t cd, const char *s, size_t len, buffer *out,
                         decode_report *report)
{
    buffer raw = {0};
    while (len && !raw.failed) {
        if (iconv_step(cd, &s, &len, &raw) != (size_t)-1 || errno == E2BIG)
            continue;
        buffer_add(&raw, REPLACEMENT, 3);
        report->replaced++;
        s++;
        len--;
    }
    iconv(cd, NULL, NULL, NULL, NULL);
    size_t replaced = report->replaced;
    decode_utf8((const unsigned char *)raw.data, raw.len, out, report);
    report->replaced = replaced;
    out->failed |= raw.failed;
    buffer_free(&raw);
}

static bool decode_with(const char *encoding, const char *s, size_t len, buffer *out,
                        decode_report *report)
{
    report->charset = encoding;
    if (strcmp(encoding, "UTF-8") == 0) {
        decode_utf8((const unsigned char *)s, len, out, report);
        return true;
    }
    iconv_t cd = iconv_open("UTF-8", encoding);
    if (cd == (iconv_t)-1)
        return false;
    decode_iconv(cd, s, len, out, report);
    iconv_close(cd);
    return true;
}

/* ---- Which encoding ---------------------------------------------------------------------- */

static const char *from_bom(const unsigned char *s, size_t len, size_t *skip)
{
    *skip = 2;
    if (len >= 2 && s[0] == 0xfe && s[1] == 0xff)
        return "UTF-16BE";
    if (len >= 2 && s[0] == 0xff && s[1] == 0xfe)
        return "UTF-16LE";
    *skip = 3;
    if (len >= 3 && s[0] == 0xef && s[1] == 0xbb && s[2] == 0xbf)
        return "UTF-8";
    *skip = 0;
    return NULL;
}

/* "text/html; charset=x": the x. */
static okb_str charset_of_content(okb_str content)
{
    for (; content.len >= 7; content.data++, content.len--) {
        if (!str_starts_nocase(content, "charset"))
            continue;
        okb_str rest = str_trim((okb_str){content.data + 7, content.len - 7});
        if (rest.len == 0 || rest.data[0] != '=')
            continue;
        rest = str_trim((okb_str){rest.data + 1, rest.len - 1});
        char quote =
            rest.len && (rest.data[0] == '"' || rest.data[0] == '\'') ? rest.data[0] : 0;
        rest.data += quote != 0;
        rest.len -= quote != 0;
        size_t n = 0;
        while (n < rest.len && rest.data[n] != quote && rest.data[n] != ';' &&
               !is_space(rest.data[n]))
            n++;
        return (okb_str){rest.data, n};
    }
    return (okb_str){NULL, 0};
}

static okb_str charset_of_meta(okb_str tag)
{
    okb_str charset = {NULL, 0}, content = {NULL, 0};
    bool declares = false;
    scan_attr a;
    for (size_t at = 0; scan_next_attr(tag, &at, &a, NULL);) {
        if (a.id == ATTR_CHARSET && !charset.data)
            charset = a.value;
        else if (a.id == ATTR_CONTENT && !content.data)
            content = a.value;
        else if (a.id == ATTR_HTTP_EQUIV)
            declares = str_is_nocase(str_trim(a.value), "content-type");
    }
    return charset.data ? charset : declares ? charset_of_content(content) : charset;
}

/* Inside a page UTF-16 cannot be meant: the declaration could not have been read. */
static const char *encoding_of_page_label(okb_str label)
{
    const char *encoding = label_encoding(label);
    return encoding && strncmp(encoding, "UTF-16", 6) == 0 ? "UTF-8" : encoding;
}

static const char *from_xml_declaration(okb_str head)
{
    if (!str_starts(head, "<?xml"))
        return NULL;
    const char *end = memchr(head.data, '>', head.len);
    okb_str declaration = {head.data + 5, end ? (size_t)(end - head.data) - 5 : 0};
    scan_attr a;
    for (size_t at = 0; scan_next_attr(declaration, &at, &a, NULL);)
        if (a.id == ATTR_ENCODING)
            return encoding_of_page_label(a.value);
    return NULL;
}

static const char *from_meta(okb_str head)
{
    const char *found = from_xml_declaration(head);
    for (size_t at = 0; !found && at < head.len; at++) {
        const char *open = memchr(head.data + at, '<', head.len - at);
        if (!open)
            break;
        at = (size_t)(open - head.data);
        okb_str rest = {open, head.len - at};
        if (str_starts(rest, "<!--")) {
            const char *end = memmem(open, rest.len, "-->", 3);
            at = end ? (size_t)(end - head.data) : head.len;
        } else if (str_starts_nocase(rest, "<meta") && rest.len > 5 &&
                   (is_space(rest.data[5]) || rest.data[5] == '/')) {
            okb_str label = charset_of_meta((okb_str){open + 5, rest.len - 5});
            found = encoding_of_page_label(label);
        }
    }
    return found;
}

/* UTF-16 without a mark shows in the first tag. */
static const char *from_zeros(const unsigned char *s, size_t len)
{
    if (len >= 4 && s[0] == '<' && s[1] == 0 && s[2] && s[3] == 0)
        return "UTF-16LE";
    return len >= 4 && s[0] == 0 && s[1] == '<' && s[2] == 0 && s[3] ? "UTF-16BE" : NULL;
}

static struct {
    __typeof__(uchardet_new) *begin;
    __typeof__(uchardet_handle_data) *data;
    __typeof__(uchardet_data_end) *end;
    __typeof__(uchardet_get_charset) *charset;
    __typeof__(uchardet_delete) *free;
} detect;

static bool load_uchardet(void)
{
    const library_symbol symbols[] = {{"uchardet_new", &detect.begin},
                                      {"uchardet_handle_data", &detect.data},
                                      {"uchardet_data_end", &detect.end},
                                      {"uchardet_get_charset", &detect.charset},
                                      {"uchardet_delete", &detect.free}};
    return library_open(OKB_LIBUCHARDET, symbols, sizeof symbols / sizeof *symbols);
}

static const char *from_statistics(const char *s, size_t len, decode_report *report)
{
    report->unguessed = !load_uchardet();
    uchardet_t detector = report->unguessed ? NULL : detect.begin();
    if (!detector)
        return NULL;
    detect.data(detector, s, len < GUESS_BYTES ? len : GUESS_BYTES);
    detect.end(detector);
    const char *name = detect.charset(detector);
    const char *encoding = label_encoding((okb_str){name, strlen(name)});
    detect.free(detector);
    return encoding && strncmp(encoding, "UTF-16", 6) != 0 ? encoding : NULL;
}

static const char *choose(const char *s, size_t len, okb_str charset, decode_report *report)
{
    const char *encoding = label_encoding(charset);
    if (!encoding)
        encoding = from_zeros((const unsigned char *)s, len);
    if (!encoding)
        encoding = from_meta((okb_str){s, len < PRESCAN ? len : PRESCAN});
    if (encoding)
        return encoding;
    if (bytes_are_utf8((const unsigned char *)s, len))
        return "UTF-8";
    report->guessed = true;
    encoding = from_statistics(s, len, report);
    return encoding ? encoding : "CP1252";
}

/* The bytes themselves when they are UTF-8 and clean, as most are. */
static bool is_ready(const char *encoding, const char *s, size_t len)
{
    return strcmp(encoding, "UTF-8") == 0 && clean_length((const unsigned char *)s, len) == len;
}

bool decode_bytes(const void *bytes, size_t len, okb_str charset, buffer *out, okb_str *text,
                  decode_report *report)
{
    size_t skip;
    const char *s = bytes, *encoding = from_bom(bytes, len, &skip);
    if (!encoding)
        encoding = choose(s, len, charset, report);
    if (is_ready(encoding, s + skip, len - skip)) {
        report->charset = encoding;
        *text = (okb_str){s + skip, len - skip};
        return true;
    }
    report->binary = strncmp(encoding, "UTF-16", 6) != 0 &&
                     strncmp(encoding, "UTF-32", 6) != 0 &&
                     bytes_are_binary(s + skip, len - skip);
    if (report->binary)
        return true;
    if (!decode_with(encoding, s + skip, len - skip, out, report)) {
        report->guessed = true;
        decode_with("UTF-8", s + skip, len - skip, out, report);
    }
    *text = buffer_str(out);
    return !out->failed;
}
