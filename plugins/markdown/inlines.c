/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The inline grammar of GitHub's Markdown without emphasis, which binds less tightly than
 * everything here: escapes, code spans, autolinks, HTML, and brackets with an inline
 * destination.
 */
#include "targets.h"

#include <string.h>

/* A longer run of backticks opens no code span, as in cmark. */
#define MAX_BACKTICKS 80u
#define MAX_PARENS    32

typedef struct {
    size_t after; /* the '[': where the text in the brackets begins */
    bool image, inactive;
} bracket;

typedef struct {
    md_arena *arena;
    const char *s;
    size_t len, pos;
    md_targets *targets;
    struct {
        bracket *items;
        size_t count, capacity;
    } brackets;
    size_t images_open;
    size_t links_dead;                   /* brackets below this index can be no link any more */
    size_t backticks[MAX_BACKTICKS + 1]; /* where the last run of each length was seen */
    bool backticks_known;
    md_html_memo html;
} scan;

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_punctuation(char c)
{
    return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') ||
           (c >= '{' && c <= '~');
}

static bool is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char at(const scan *s, size_t pos)
{
    return pos < s->len ? s->s[pos] : '\0';
}

/* ---- Code spans -------------------------------------------------------------------------- */

static size_t run_length(const scan *s, size_t pos)
{
    size_t end = pos;
    while (at(s, end) == '`')
        end++;
    return end - pos;
}

/* After the code span whose opening run of `length` ends at `pos`, or `pos` when nothing closes
 * it. Where runs stand is remembered, so that many openers cost one pass. */
static size_t code_span_end(scan *s, size_t pos, size_t length)
{
    if (length > MAX_BACKTICKS || (s->backticks_known && s->backticks[length] <= pos))
        return pos;
    for (size_t i = pos; i < s->len;) {
        const char *tick = memchr(s->s + i, '`', s->len - i);
        if (!tick)
            break;
        i = (size_t)(tick - s->s);
        size_t run = run_length(s, i);
        if (run <= MAX_BACKTICKS)
            s->backticks[run] = i;
        i += run;
        if (run == length)
            return i;
    }
    s->backticks_known = true;
    return pos;
}

static void code_span(scan *s)
{
    size_t length = run_length(s, s->pos);
    s->pos = code_span_end(s, s->pos + length, length);
}

/* ---- Autolinks --------------------------------------------------------------------------- */

static size_t uri_autolink_end(const scan *s, size_t pos)
{
    size_t i = pos + 1;
    if (!is_alpha(at(s, i)))
        return 0;
    while (is_alpha(at(s, i)) || is_digit(at(s, i)) || (at(s, i) && strchr("+.-", at(s, i))))
        i++;
    size_t scheme = i - pos - 1;
    if (at(s, i) != ':' || scheme < 2 || scheme > 32)
        return 0;
    for (i++; i < s->len && (unsigned char)s->s[i] > ' ' && s->s[i] != '<' && s->s[i] != '>';)
        i++;
    return at(s, i) == '>' ? i + 1 : 0;
}

static size_t mail_autolink_end(const scan *s, size_t pos)
{
    size_t i = pos + 1, host;
    while (is_alpha(at(s, i)) || is_digit(at(s, i)) ||
           (at(s, i) && strchr(".!#$%&'*+/=?^_`{|}~-", at(s, i))))
        i++;
    if (i == pos + 1 || at(s, i) != '@')
        return 0;
    for (host = ++i;
         is_alpha(at(s, i)) || is_digit(at(s, i)) || at(s, i) == '-' || at(s, i) == '.';)
        i++;
    return i > host && at(s, i) == '>' ? i + 1 : 0;
}

/* Names with dots between: its end, or `pos` when there is none. */
static size_t host_end(const scan *s, size_t pos)
{
    size_t i = pos;
    while (is_alpha(at(s, i)) || is_digit(at(s, i)) || (unsigned char)at(s, i) >= 0x80 ||
           (i > pos && at(s, i) && strchr("-_.", at(s, i))))
        i++;
    return i;
}

static bool begins(const scan *s, size_t pos, const char *text)
{
    return s->len - pos >= strlen(text) && memcmp(s->s + pos, text, strlen(text)) == 0;
}

/* Whether an address without angle brackets begins at `pos`: not inside a bracket. */
static bool is_address(const scan *s, size_t pos)
{
    static const char *const schemes[] = {"http://", "https://", "ftp://"};
    if (s->images_open || s->brackets.count > s->links_dead)
        return false;
    if (begins(s, pos, "www."))
        return (pos == 0 || is_space(s->s[pos - 1]) || strchr("*_~(", s->s[pos - 1])) &&
               host_end(s, pos + 4) > pos + 4;
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
        if (begins(s, pos, schemes[i]))
            return host_end(s, pos + strlen(schemes[i])) > pos + strlen(schemes[i]);
    return false;
}

/* Such an address ends at a blank or a '<'; what of it belongs to the sentence holds no
 * bracket. */
static void letter(scan *s)
{
    size_t start = s->pos;
    if (is_address(s, start))
        while (s->pos < s->len && !is_space(s->s[s->pos]) && s->s[s->pos] != '<')
            s->pos++;
    while (s->pos == start || (is_alpha(at(s, s->pos)) && is_alpha(s->s[s->pos - 1])))
        s->pos++;
}

static void angle(scan *s)
{
    size_t start = s->pos, end = uri_autolink_end(s, start);
    if (!end)
        end = mail_autolink_end(s, start);
    if (!end && (end = md_html_inline_end(s->s, s->len, start, &s->html)))
        md_html_image(s->arena, s->s, start, end, s->targets);
    s->pos = end ? end : start + 1;
}

/* ---- Destinations ------------------------------------------------------------------------ */

static size_t angle_destination_end(const char *p, size_t len, size_t pos)
{
    for (size_t i = pos + 1; i < len; i++) {
        if (p[i] == '>')
            return i + 1;
        if (p[i] == '\n' || p[i] == '<')
            return 0;
        if (p[i] == '\\')
            i++;
    }
    return 0;
}

size_t md_destination_end(const char *p, size_t len, size_t pos, size_t *start, size_t *end)
{
    if (pos < len && p[pos] == '<') {
        size_t stop = angle_destination_end(p, len, pos);
        *start = pos + 1;
        *end = stop ? stop - 1 : 0;
        return stop;
    }
    size_t i = pos;
    for (int depth = 0; i < len && !is_space(p[i]); i++) {
        if (p[i] == '\\' && i + 1 < len && is_punctuation(p[i + 1]))
            i++;
        else if (p[i] == '(' && ++depth > MAX_PARENS)
            return 0;
        else if (p[i] == ')' && --depth < 0)
            break;
    }
    *start = pos;
    *end = i;
    return i;
}

static size_t skip_spaces(const scan *s, size_t pos)
{
    while (pos < s->len && is_space(s->s[pos]))
        pos++;
    return pos;
}

/* After the title at `pos`, or `pos` when there is none. */
static size_t title_end(const scan *s, size_t pos)
{
    char open = at(s, pos), close = open == '(' ? ')' : open;
    if (open != '"' && open != '\'' && open != '(')
        return pos;
    for (size_t i = pos + 1; i < s->len; i++) {
        if (s->s[i] == '\\' && is_punctuation(at(s, i + 1)))
            i++;
        else if (s->s[i] == close)
            return i + 1;
        else if (open == '(' && s->s[i] == '(')
            return pos;
    }
    return pos;
}

/* "(destination "title")" at `pos`: its end, or 0. */
static size_t inline_link_end(const scan *s, size_t pos, size_t *start, size_t *end)
{
    if (at(s, pos) != '(')
        return 0;
    size_t url = skip_spaces(s, pos + 1);
    size_t url_end = md_destination_end(s->s, s->len, url, start, end);
    if (!url_end)
        return 0;
    size_t title = skip_spaces(s, url_end);
    if (title > url_end)
        title = title_end(s, title);
    title = skip_spaces(s, title);
    return at(s, title) == ')' ? title + 1 : 0;
}

/* ---- Brackets ---------------------------------------------------------------------------- */

static void open_bracket(scan *s, bool image)
{
    s->pos += image ? 2 : 1;
    s->images_open += image;
    *MD_PUSH(s->arena, &s->brackets) = (bracket){.after = s->pos, .image = image};
}

static void close_bracket(scan *s)
{
    size_t close = s->pos++, start, end;
    if (!s->brackets.count)
        return;
    bracket open = s->brackets.items[--s->brackets.count];
    s->images_open -= open.image;
    bool dead = !open.image && s->brackets.count < s->links_dead;
    if (s->links_dead > s->brackets.count)
        s->links_dead = s->brackets.count;
    size_t stop = dead ? 0 : inline_link_end(s, s->pos, &start, &end);
    if (!stop)
        return;
    *MD_PUSH(s->arena, s->targets) = (md_target){
        .kind = open.image ? MD_IMAGE : MD_LINK,
        .start = start,
        .end = end,
        .alt = s->s + open.after,
        .alt_len = close - open.after,
    };
    s->pos = stop;
    if (!open.image) /* no link in a link */
        s->links_dead = s->brackets.count;
}

/* "![[name|text]]" on one line. */
static bool wiki_embed(scan *s)
{
    size_t start = s->pos + 3, end = start, stop;
    if (at(s, s->pos + 1) != '[' || at(s, s->pos + 2) != '[')
        return false;
    while (end < s->len && !strchr("|\n[]\\", s->s[end]))
        end++;
    for (stop = end; stop < s->len && !strchr("\n[]", s->s[stop]);)
        stop++;
    if (end == start || at(s, stop) != ']' || at(s, stop + 1) != ']')
        return false;
    *MD_PUSH(s->arena, s->targets) = (md_target){.kind = MD_WIKI,
                                                 .start = start,
                                                 .end = end,
                                                 .alt = s->s + start,
                                                 .alt_len = end - start};
    s->pos = stop + 2;
    return true;
}

static void bang(scan *s)
{
    if (wiki_embed(s))
        return;
    if (at(s, s->pos + 1) == '[')
        open_bracket(s, true);
    else
        s->pos++;
}

/* ---- The scan ---------------------------------------------------------------------------- */

static void special(scan *s)
{
    switch (s->s[s->pos]) {
    case '\\':
        s->pos += is_punctuation(at(s, s->pos + 1)) ? 2 : 1;
        break;
    case '`':
        code_span(s);
        break;
    case '<':
        angle(s);
        break;
    case '!':
        bang(s);
        break;
    case '[':
        open_bracket(s, false);
        break;
    case ']':
        close_bracket(s);
        break;
    default:
        letter(s);
    }
}

void md_scan_inlines(md_arena *arena, const char *content, size_t len, md_targets *targets)
{
    static const bool is_special[256] = {
        ['\\'] = true, ['`'] = true, ['<'] = true, ['!'] = true, ['['] = true,
        [']'] = true,  ['h'] = true, ['f'] = true, ['w'] = true};
    scan s = {.arena = arena, .s = content, .len = len, .targets = targets};
    while (s.pos < s.len)
        if (is_special[(unsigned char)s.s[s.pos]])
            special(&s);
        else
            s.pos++;
}
