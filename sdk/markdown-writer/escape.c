/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Plain text, URLs, titles and code, so that Markdown reads them as what they are. A character
 * is escaped only where its neighbours make it markup. What matters at the beginning of a line
 * is found on the finished line, by okb_md_line_hazard().
 *
 * Why a lone `[` needs nothing: no reference is ever defined, so brackets become a link only
 * when
 * `](` follows, and there the `]` is escaped.
 */
#include "writer.h"

#include <string.h>
#include <strings.h>

#define ENTITY_MAX 34 /* the longest name of an entity, and then some */

static bool is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* ---- Text -------------------------------------------------------------------------------- */

typedef struct {
    const char *s;
    size_t len;
    escape_context context;
} text_view;

static char after(const text_view *t, size_t i)
{
    return i + 1 < t->len ? t->s[i + 1] : t->context.after;
}

static char_class class_before_run(const text_view *t, size_t i)
{
    return i ? okb_md_class_before(t->s, i) : okb_md_class_after(&t->context.before, 1);
}

static char_class class_after_run(const text_view *t, size_t end)
{
    return end < t->len ? okb_md_class_after(t->s + end, t->len - end)
                        : okb_md_class_after(&t->context.after, 1);
}

/* "&name;" or "&#1;" begins at i, or may begin there and go on in what follows. */
static bool is_entity(const text_view *t, size_t i)
{
    size_t at = i + 1, most = at + ENTITY_MAX;
    if (at < t->len && t->s[at] == '#')
        at++;
    size_t begin = at;
    while (at < t->len && at < most && (is_alpha(t->s[at]) || is_digit(t->s[at])))
        at++;
    char next = at < t->len ? t->s[at] : t->context.after;
    return next == ';' ? at > begin
                       : at >= t->len && (is_alpha(next) || is_digit(next) || next == '#');
}

static bool tag_may_follow(char c)
{
    return is_alpha(c) || c == '/' || c == '!' || c == '?';
}

static bool bracket_is_markup(const text_view *t, size_t i)
{
    char next = after(t, i);
    return t->context.in_link || next == '^' || next == '[';
}

/* Whether a run of `*`, `_` or `~` could open or close anything. */
static bool run_is_markup(const text_view *t, size_t begin, size_t end)
{
    char_class left = class_before_run(t, begin), right = class_after_run(t, end);
    if (t->s[begin] == '~') /* what can close; what opens, only where something closes */
        return left != CHAR_SPACE || end == t->len ||
               (t->context.strike && right != CHAR_SPACE);
    if (left == CHAR_SPACE && right == CHAR_SPACE)
        return false;
    return t->s[begin] == '*' || left != CHAR_OTHER || right != CHAR_OTHER;
}

/* GitHub's Markdown makes links of bare addresses; where none is meant, this stops it. */
static bool begins_address(const text_view *t, size_t i)
{
    static const char *const schemes[] = {"http", "https", "ftp"};
    if (t->context.in_link || i + 3 >= t->len || memcmp(t->s + i, "://", 3) != 0 ||
        okb_md_class_after(t->s + i + 3, t->len - i - 3) != CHAR_OTHER)
        return false;
    size_t begin = i;
    while (begin > 0 && is_alpha(t->s[begin - 1]) && i - begin < 6)
        begin--;
    for (size_t k = 0; k < 3; k++) {
        size_t n = strlen(schemes[k]);
        if (i - begin >= n && strncasecmp(t->s + i - n, schemes[k], n) == 0)
            return true;
    }
    return false;
}

static bool begins_www(const text_view *t, size_t i)
{
    if (t->context.in_link || i < 3 || strncasecmp(t->s + i - 3, "www", 3) != 0)
        return false;
    char_class left = class_before_run(t, i - 3);
    return left != CHAR_OTHER && class_after_run(t, i + 1) == CHAR_OTHER;
}

static bool is_markup(const text_view *t, size_t i)
{
    switch (t->s[i]) {
    case ':':
        return begins_address(t, i);
    case '.':
        return begins_www(t, i);
    case '\\':
        return okb_md_is_punctuation((unsigned char)after(t, i));
    case '`':
        return true;
    case '[':
        return bracket_is_markup(t, i);
    case ']':
        return t->context.in_link || after(t, i) == '(';
    case '<':
        return tag_may_follow(after(t, i));
    case '&':
        return is_entity(t, i);
    case '!':
        return i + 1 == t->len && t->context.after == '[';
    default:
        return false;
    }
}

static bool is_special(char c)
{
    static const bool table[128] = {
        ['\\'] = true, ['`'] = true, ['*'] = true, ['_'] = true, ['['] = true, [']'] = true,
        ['<'] = true,  ['&'] = true, ['!'] = true, ['~'] = true, [':'] = true, ['.'] = true,
    };
    return (unsigned char)c < 128 && table[(unsigned char)c];
}

static bool append_run(bytes *to, const char *s, size_t n, bool escape)
{
    for (size_t i = 0; i < n; i++)
        if ((escape && !bytes_append(to, "\\", 1)) || !bytes_append(to, s + i, 1))
            return false;
    return true;
}

bool okb_md_escape_text(bytes *to, const char *s, size_t len, escape_context context)
{
    text_view t = {s, len, context};
    for (size_t i = 0; i < len;) {
        size_t plain = i;
        while (i < len && !is_special(s[i]))
            i++;
        if (!bytes_append(to, s + plain, i - plain))
            return false;
        if (i == len)
            break;
        size_t end = i + 1;
        bool is_run = s[i] == '*' || s[i] == '_' || s[i] == '~';
        while (is_run && end < len && s[end] == s[i])
            end++;
        bool escape = is_run ? run_is_markup(&t, i, end) : is_markup(&t, i);
        if (!append_run(to, s + i, end - i, escape))
            return false;
        i = end;
    }
    return true;
}

/* ---- URLs and titles --------------------------------------------------------------------- */

static bool needs_angles(const char *s, size_t len)
{
    long depth = 0;
    bool bad = len > 0 && s[0] == '<';
    for (size_t i = 0; i < len && !bad; i++) {
        depth += (s[i] == '(') - (s[i] == ')');
        bad = s[i] == ' ' || depth < 0 || depth > 30;
    }
    return bad || depth != 0;
}

static bool is_special_in_url(char c)
{
    static const bool table[128] = {
        ['&'] = true, ['\\'] = true, ['<'] = true, ['>'] = true, [0x7f] = true};
    unsigned char u = (unsigned char)c;
    return u < ' ' || (u < 128 && table[u]);
}

static bool append_url_byte(bytes *to, const text_view *t, size_t i, bool angles)
{
    static const char hex[] = "0123456789ABCDEF";
    unsigned char c = (unsigned char)t->s[i];
    if (c < ' ' || c == 0x7f) {
        char escaped[3] = {'%', hex[c >> 4], hex[c & 15]};
        return bytes_append(to, escaped, 3);
    }
    if (c == '&' && is_entity(t, i))
        return bytes_append(to, "&amp;", 5);
    bool escape = (c == '\\' && okb_md_is_punctuation((unsigned char)after(t, i))) ||
                  (angles && (c == '<' || c == '>'));
    return (!escape || bytes_append(to, "\\", 1)) && bytes_append(to, t->s + i, 1);
}

bool okb_md_escape_url(bytes *to, const char *s, size_t len)
{
    bool angles = needs_angles(s, len);
    text_view t = {s, len, {' ', angles ? '>' : ')', true, false}};
    if (angles && !bytes_append(to, "<", 1))
        return false;
    for (size_t i = 0; i < len; i++) {
        size_t plain = i;
        while (i < len && !is_special_in_url(s[i]))
            i++;
        if (!bytes_append(to, s + plain, i - plain) ||
            (i < len && !append_url_byte(to, &t, i, angles)))
            return false;
    }
    return !angles || bytes_append(to, ">", 1);
}

static bool append_title_byte(bytes *to, const text_view *t, size_t i)
{
    unsigned char c = (unsigned char)t->s[i];
    bool escape = c == '"' || (c == '\\' && okb_md_is_punctuation((unsigned char)after(t, i)));
    if (escape && !bytes_append(to, "\\", 1))
        return false;
    const char *spelled = c == '&' && is_entity(t, i) ? "&amp;"
                          : c == '\n'                 ? "&#10;"
                          : c < ' '                   ? " "
                                                      : NULL;
    return spelled ? bytes_append(to, spelled, strlen(spelled)) : bytes_append(to, t->s + i, 1);
}

bool okb_md_escape_title(bytes *to, const char *s, size_t len)
{
    text_view t = {s, len, {'"', '"', false, false}};
    for (size_t i = 0; i < len; i++) {
        size_t plain = i;
        while (i < len && (unsigned char)s[i] >= ' ' && s[i] != '"' && s[i] != '\\' &&
               s[i] != '&')
            i++;
        if (!bytes_append(to, s + plain, i - plain) ||
            (i < len && !append_title_byte(to, &t, i)))
            return false;
    }
    return true;
}

bool okb_md_escape_html(bytes *to, const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)s[i];
        bool fine = c >= 0x80 || is_alpha((char)c) || is_digit((char)c) || c == ' ';
        char reference[8] = {
            '&', '#', (char)('0' + c / 100), (char)('0' + c / 10 % 10), (char)('0' + c % 10),
            ';'};
        if (!(fine ? bytes_append(to, s + i, 1) : bytes_append(to, reference, 6)))
            return false;
    }
    return true;
}

/* ---- Code spans -------------------------------------------------------------------------- */

typedef struct {
    size_t fence;
    bool pad;
    bool blank;       /* nothing but blanks */
    bool pipe_escape; /* holds `\|`, which no cell can hold as code */
} code_shape;

static char code_byte(char c)
{
    return (unsigned char)c < ' ' ? ' ' : c;
}

static code_shape study_code(const char *s, size_t len)
{
    code_shape shape = {.fence = 1, .blank = true};
    size_t run = 0;
    uint64_t runs = 0; /* which lengths below 64 occur */
    for (size_t i = 0; i <= len; i++) {
        char c = i < len ? code_byte(s[i]) : ' ';
        run = c == '`' ? run + 1 : 0;
        if (run && (i + 1 == len || s[i + 1] != '`'))
            runs |= UINT64_C(1) << (run < 63 ? run : 63);
        shape.blank &= c == ' ';
        shape.pipe_escape |= c == '|' && i > 0 && s[i - 1] == '\\';
        if (run >= 63 && run >= shape.fence)
            shape.fence = run + 1;
    }
    if (shape.fence == 1)
        while (runs >> shape.fence & 1)
            shape.fence++;
    char first = code_byte(s[0]), last = code_byte(s[len - 1]);
    shape.pad = first == '`' || last == '`' || (first == ' ' && last == ' ' && !shape.blank);
    return shape;
}

static bool append_fence(bytes *to, size_t n)
{
    if (!bytes_reserve(to, n))
        return false;
    memset(to->data + to->len, '`', n);
    to->len += n;
    return true;
}

static bool code_as_html(bytes *to, const char *s, size_t len)
{
    return bytes_append(to, "<code>", 6) && okb_md_escape_html(to, s, len) &&
           bytes_append(to, "</code>", 7);
}

bool okb_md_code_span(bytes *to, const char *s, size_t len, bool in_cell)
{
    code_shape shape = study_code(s, len);
    if (in_cell && shape.pipe_escape)
        return code_as_html(to, s, len);
    if (!append_fence(to, shape.fence) || (shape.pad && !bytes_append(to, " ", 1)))
        return false;
    size_t at = to->len;
    if (!bytes_append(to, s, len))
        return false;
    for (size_t i = at; i < to->len; i++)
        to->data[i] = code_byte(to->data[i]);
    return (!shape.pad || bytes_append(to, " ", 1)) && append_fence(to, shape.fence);
}

/* ---- Beginnings of lines ----------------------------------------------------------------- */

static bool blank_at(const char *line, size_t len, size_t i)
{
    return i >= len || line[i] == ' ';
}

static size_t run_at(const char *line, size_t len, char c)
{
    size_t n = 0;
    while (n < len && line[n] == c)
        n++;
    return n;
}

static bool made_of(const char *line, size_t len, const char *set)
{
    for (size_t i = 0; i < len; i++)
        if (!strchr(set, line[i]))
            return false;
    return true;
}

/* "12. " or "12) ": where its delimiter is, else len. */
static size_t number_hazard(const char *line, size_t len)
{
    size_t n = 0;
    while (n < len && n < 10 && is_digit(line[n]))
        n++;
    bool item = n >= 1 && n <= 9 && n < len && (line[n] == '.' || line[n] == ')') &&
                blank_at(line, len, n + 1);
    return item ? n : len;
}

/* "[label]:" defines; "[ ] " at the beginning of an item is a box to tick. */
static size_t bracket_hazard(const char *line, size_t len, bool in_item)
{
    bool tick = len >= 4 && strchr(" xX", line[1]) && line[2] == ']' && line[3] == ' ';
    if (in_item && tick)
        return 0;
    size_t i = 1;
    while (i < len && line[i] != '[' && line[i] != ']')
        i += line[i] == '\\' ? 2 : 1;
    bool defines = i + 1 < len && line[i] == ']' && line[i + 1] == ':';
    if (!defines)
        return len;
    return line[1] == '^' ? i + 1 : 0; /* a footnote's own bracket stays */
}

static bool begins_block(const char *line, size_t len, bool first)
{
    size_t hashes = run_at(line, len, '#');
    switch (line[0]) {
    case '>':
        return true;
    case '#':
        return hashes <= 6 && blank_at(line, len, hashes);
    case '+':
        return blank_at(line, len, 1);
    case '-':
        return blank_at(line, len, 1) || made_of(line, len, "- ") ||
               (!first && made_of(line, len, "-:| "));
    case '*':
        return blank_at(line, len, 1) || made_of(line, len, "* ");
    case '_':
        return made_of(line, len, "_ ");
    case '=':
        return !first && made_of(line, len, "= ");
    case '~':
        return run_at(line, len, '~') >= 3;
    case '|':
    case ':':
        return !first && made_of(line, len, "-:| ");
    default:
        return false;
    }
}

size_t okb_md_line_hazard(const char *line, size_t len, bool first, bool in_item)
{
    if (len == 0)
        return 0;
    if (is_digit(line[0]))
        return number_hazard(line, len);
    if (line[0] == '[')
        return first ? bracket_hazard(line, len, in_item) : len;
    return begins_block(line, len, first) ? 0 : len;
}
