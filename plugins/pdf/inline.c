/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "inline.h"

#include "latex.h"
#include "styles.h"
#include "unicode.h"

#include <string.h>

typedef struct {
    bool bold, italic, mono;
    bool note; /* link is the number of a footnote */
    bool formula;
    uint8_t script; /* of a run that is no formula */
    uint32_t link;
} look;

/* ---- Line ends --------------------------------------------------------------------------- */

typedef enum { JOIN_SPACE, JOIN_NOTHING, JOIN_WITHOUT_HYPHEN } junction;

static size_t word_start(const char *s, size_t end)
{
    while (end > 0 && s[end - 1] != ' ' && s[end - 1] != '\n')
        end--;
    return end;
}

static bool cjk_around(const pdf_text *t, uint32_t i)
{
    const char *before = g_utf8_find_prev_char(t->bytes, t->bytes + i);
    return before && i + 1 < t->len && pdf_unicode_is_cjk(g_utf8_get_char(before)) &&
           pdf_unicode_is_cjk(g_utf8_get_char(t->bytes + i + 1));
}

/* Fixed pitch breaks after what stands in the text: nothing was added. */
static junction join_mono(const pdf_text *t, uint32_t i)
{
    char c = i ? t->bytes[i - 1] : ' ';
    return c == '-' || c == '/' || c == '_' ? JOIN_NOTHING : JOIN_SPACE;
}

static bool looks_like_url(const char *s, size_t n)
{
    return (n > 8 && (memcmp(s, "http", 4) == 0 || memcmp(s, "www.", 4) == 0)) ||
           g_strstr_len(s, (gssize)n, "://") != NULL;
}

static junction join_at(const pdf_inline *w, const pdf_text *t, uint32_t i, bool mono)
{
    size_t start = word_start(t->bytes, i);
    bool soft;
    size_t hyphen = pdf_unicode_hyphen(t->bytes + start, i - start, &soft);
    if (cjk_around(t, i))
        return JOIN_NOTHING;
    if (looks_like_url(t->bytes + start, i - start) && strchr("/-_.?&=%", t->bytes[i - 1]))
        return JOIN_NOTHING;
    if (hyphen && soft && i - start > hyphen)
        return JOIN_WITHOUT_HYPHEN;
    if (mono)
        return join_mono(t, i);
    if (!hyphen || i - start <= hyphen)
        return JOIN_SPACE;
    if (pdf_hyphen_goes(w->words, t->bytes + start, i - start, t->bytes + i + 1,
                        t->len - i - 1))
        return JOIN_WITHOUT_HYPHEN;
    return g_ascii_isalnum(t->bytes[i - 2]) ? JOIN_NOTHING : JOIN_SPACE;
}

/* ---- Runs -------------------------------------------------------------------------------- */

static look look_of(const pdf_inline *w, const pdf_span *s)
{
    const pdf_style *style = STYLE(w->styles, s->style);
    if (s->script == SCRIPT_NOTE)
        return (look){.note = true, .link = s->link};
    if (s->script == SCRIPT_FORMULA)
        return (look){.formula = true,
                      .link = pdf_styles_uri(w->styles, s->link) ? s->link : 0};
    return (look){.bold = style->bold && !w->plain_bold && !w->plain,
                  .italic = style->italic && !w->plain,
                  .mono = style->mono && !w->plain,
                  .script = style->mono ? SCRIPT_NONE : s->script,
                  .link = pdf_styles_uri(w->styles, s->link) ? s->link : 0};
}

/* No letter and no digit in the span. */
static bool is_bare(const pdf_text *t, uint32_t i)
{
    uint32_t at = t->spans[i].start, end = i + 1 < t->n_spans ? t->spans[i + 1].start : t->len;
    const char *p = t->bytes + at;
    while (p < t->bytes + end && !g_unichar_isalnum(g_utf8_get_char(p)))
        p = g_utf8_next_char(p);
    return p >= t->bytes + end;
}

/* Commas and brackets in the fonts of formulas are emphasised only between what is. */
static look look_at(const pdf_inline *w, const pdf_text *t, uint32_t i)
{
    look l = look_of(w, &t->spans[i]);
    if (l.note || l.mono || l.formula || t->n_spans == 1 || !is_bare(t, i))
        return l;
    look before = i ? look_of(w, &t->spans[i - 1]) : (look){0};
    look after = i + 1 < t->n_spans ? look_of(w, &t->spans[i + 1]) : (look){0};
    l.bold = l.bold && before.bold && after.bold;
    l.italic = l.italic && before.italic && after.italic;
    return l;
}

static bool same_look(look a, look b)
{
    return a.bold == b.bold && a.italic == b.italic && a.mono == b.mono && a.link == b.link &&
           a.note == b.note && a.formula == b.formula && a.script == b.script;
}

/* "10" and a raised "-3": 10⁻³. What has no raised form stays as it is. */
static void raise_script(GString *out, gsize from, uint8_t script)
{
    g_autoptr(GString) raised = g_string_new(NULL);
    if (script != SCRIPT_SUPER && script != SCRIPT_SUB)
        return;
    for (const char *p = out->str + from; *p; p = g_utf8_next_char(p)) {
        gunichar c =
            *p == ' ' ? ' ' : pdf_latex_script(g_utf8_get_char(p), script == SCRIPT_SUPER);
        if (!c)
            return;
        g_string_append_unichar(raised, c);
    }
    g_string_truncate(out, from);
    g_string_append_len(out, raised->str, (gssize)raised->len);
}

/* Append the text of [start, end) with its line ends resolved. */
static void resolve(const pdf_inline *w, const pdf_text *t, uint32_t start, uint32_t end,
                    bool mono, GString *out)
{
    for (uint32_t i = start; i < end; i++) {
        if (t->bytes[i] != '\n') {
            g_string_append_c(out, t->bytes[i]);
            continue;
        }
        junction j = join_at(w, t, i, mono);
        if (j == JOIN_SPACE)
            g_string_append_c(out, ' ');
        bool soft;
        if (j == JOIN_WITHOUT_HYPHEN)
            g_string_truncate(out, out->len - pdf_unicode_hyphen(out->str, out->len, &soft));
    }
}

/* LaTeX is Markdown as it is; the blank or line end behind it is text. */
static void write_formula(const pdf_inline *w, const char *s, size_t n)
{
    size_t end = n;
    while (end > 0 && s[end - 1] == ' ')
        end--;
    if (end)
        okb_md_html(w->md, (okb_str){s, end});
    if (end < n)
        okb_md_text(w->md, OKB_STR(" "));
}

static void write_run(const pdf_inline *w, look l, const char *s, size_t n)
{
    const char *uri = l.link ? pdf_styles_uri(w->styles, l.link) : NULL;
    okb_str text = {s, n};
    if (l.formula) {
        write_formula(w, s, n);
        return;
    }
    if (!l.mono) {
        okb_md_text(w->md, text);
        return;
    }
    size_t lead = 0;
    while (lead < n && s[lead] == ' ')
        lead++;
    while (n > lead && s[n - 1] == ' ')
        n--;
    if (lead)
        okb_md_text(w->md, OKB_STR(" "));
    if (uri && strlen(uri) == n - lead && memcmp(uri, s + lead, n - lead) == 0)
        okb_md_text(w->md, (okb_str){s + lead, n - lead});
    else if (n > lead)
        okb_md_code(w->md, (okb_str){s + lead, n - lead});
    if (n < text.len)
        okb_md_text(w->md, OKB_STR(" "));
}

static void turn(const pdf_inline *w, look from, look to)
{
    bool relink = from.link != to.link;
    if (from.italic && (relink || !to.italic || from.bold != to.bold))
        okb_md_span_end(w->md, OKB_MD_EM);
    if (from.bold && (relink || !to.bold))
        okb_md_span_end(w->md, OKB_MD_STRONG);
    if (relink && from.link)
        okb_md_link_end(w->md);
    if (relink && to.link) {
        const char *uri = pdf_styles_uri(w->styles, to.link);
        okb_md_link_begin(w->md, (okb_str){uri, strlen(uri)}, (okb_str){NULL, 0});
    }
    if (to.bold && (relink || !from.bold))
        okb_md_span_begin(w->md, OKB_MD_STRONG);
    if (to.italic && (relink || !from.italic || from.bold != to.bold))
        okb_md_span_begin(w->md, OKB_MD_EM);
}

/* The blanks around a mark stay. */
static void write_note(const pdf_inline *w, look l, const GString *text)
{
    const char *label = g_ptr_array_index(w->notes, l.link);
    if (text->len && text->str[0] == ' ')
        okb_md_text(w->md, OKB_STR(" "));
    okb_md_footnote_ref(w->md, (okb_str){label, strlen(label)});
    if (text->len && text->str[text->len - 1] == ' ')
        okb_md_text(w->md, OKB_STR(" "));
}

/* How many bytes without a letter or digit `s` begins with. */
static size_t bare_start(const char *s, size_t n)
{
    const char *p = s;
    while (p < s + n && !g_unichar_isalnum(g_utf8_get_char(p)))
        p = g_utf8_next_char(p);
    return (size_t)(p - s);
}

/* Emphasis cannot open between a letter and a comma: it opens behind it. */
static void write_emphasised(const pdf_inline *w, look *now, look l, GString *text,
                             gunichar last)
{
    size_t bare = bare_start(text->str, text->len);
    look plain = l;
    plain.bold = plain.bold && now->bold;
    plain.italic = plain.italic && now->italic;
    if (!l.mono && !l.formula && bare > 0 && bare < text->len && !same_look(plain, l) &&
        g_unichar_isalnum(last)) {
        turn(w, *now, plain);
        write_run(w, plain, text->str, bare);
        *now = plain;
        g_string_erase(text, 0, (gssize)bare);
    }
    turn(w, *now, l);
    write_run(w, l, text->str, text->len);
    *now = l;
}

static gunichar char_before(const pdf_text *t, uint32_t at)
{
    const char *p = g_utf8_find_prev_char(t->bytes, t->bytes + at);
    return p ? g_utf8_get_char(p) : ' ';
}

static bool is_blank(const GString *text)
{
    return strspn(text->str, " ") == text->len;
}

void pdf_inline_write(const pdf_inline *w, const pdf_text *t)
{
    look now = {0};
    g_autoptr(GString) out = g_string_sized_new(256);
    for (uint32_t i = 0, next; i < t->n_spans; i = next) {
        look l = look_at(w, t, i);
        for (next = i + 1; next < t->n_spans && same_look(l, look_at(w, t, next));)
            next++;
        uint32_t end = next < t->n_spans ? t->spans[next].start : t->len;
        g_string_truncate(out, 0);
        resolve(w, t, t->spans[i].start, end, l.mono, out);
        raise_script(out, 0, l.script);
        if (l.note) {
            turn(w, now, (look){0});
            write_note(w, l, out);
            now = (look){0};
            continue;
        }
        if (is_blank(out))
            l.link = now.link; /* nothing to click on */
        if (out->len)
            write_emphasised(w, &now, l, out, char_before(t, t->spans[i].start));
    }
    turn(w, now, (look){0});
}

char *pdf_inline_plain(const pdf_inline *w, const pdf_text *t)
{
    GString *out = g_string_sized_new(t->len + 1);
    if (!t->n_spans)
        resolve(w, t, 0, t->len, false, out);
    for (uint32_t i = 0; i < t->n_spans; i++) {
        gsize from = out->len;
        resolve(w, t, t->spans[i].start, i + 1 < t->n_spans ? t->spans[i + 1].start : t->len,
                false, out);
        raise_script(out, MIN(from, out->len), t->spans[i].script);
    }
    return g_string_free(out, FALSE);
}
