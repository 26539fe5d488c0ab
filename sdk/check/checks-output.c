/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * What a plugin writes for its samples. Each sample is converted in the check's own process, so
 * that what it said can be looked at part by part; whether it dies is for converts to tell.
 */
#include "checks.h"

#include "run-inside.h"

#include <string.h>

CHECK_FUNCTION(converts)
{
    if (subject->samples->len == 0)
        check_skip(verdict, "no samples: name files, or a directory of them, after the plugin");
    for (guint i = 0; i < subject->samples->len; i++) {
        const Sample *sample = subject->samples->pdata[i];
        if (check_ended_well(verdict, &sample->base, sample->name) &&
            sample->base.facts.status != OKB_OK)
            check_fail(verdict, "%s: %s: %s", sample->name,
                       check_status_name(sample->base.facts.status),
                       sample->base.facts.message);
    }
}

/* ---- Each sample ------------------------------------------------------------------------- */

void check_each_result(const Subject *subject, Verdict *verdict, CheckJudge *judge)
{
    const okb_plugin *plugin = check_load(subject, verdict);
    for (guint i = 0; plugin && i < subject->converted->len; i++) {
        const Sample *sample = subject->converted->pdata[i];
        RunFacts facts = {0};
        Job job = check_job(subject, sample);
        check_doing(verdict, "converting %s", sample->name);
        harness_result *result = run_inside(plugin, &job, &facts, -1);
        if (result->status == OKB_OK)
            judge(sample, result, verdict);
        harness_result_free(result);
    }
}

guint check_line(const char *body, gsize at)
{
    guint n = 1;
    for (gsize i = 0; i < at; i++)
        n += body[i] == '\n';
    return n;
}

/* ---- The dialect ------------------------------------------------------------------------- */

static bool begins_fence(const char *line, gsize len, char *mark, gsize *n)
{
    gsize at = 0;
    while (at < len && (line[at] == ' ' || line[at] == '>' || line[at] == '-'))
        at++;
    gsize begin = at;
    while (at < len && (line[at] == '`' || line[at] == '~') && line[at] == line[begin])
        at++;
    *mark = begin < len ? line[begin] : '\0';
    *n = at - begin;
    return *n >= 3;
}

static bool holds_active_html(const char *line, gsize len)
{
    static const char *const tags[] = {"<script", "<iframe", "<object", "<embed", "<style"};
    g_autofree char *folded = g_ascii_strdown(line, (gssize)len);
    for (guint i = 0; i < G_N_ELEMENTS(tags); i++) {
        const char *at = strstr(folded, tags[i]);
        if (at && (at == folded || (at[-1] != '\\' && !strchr(folded, '`'))) &&
            !g_str_has_prefix(folded, "    "))
            return true;
    }
    return false;
}

/* Two blanks are a hard break; a line of a fence is the source's. */
static const char *judge_line(const char *line, gsize len)
{
    if (memchr(line, '\r', len))
        return "a carriage return";
    if (len && (line[len - 1] == ' ' || line[len - 1] == '\t'))
        return "a blank at the end of a line";
    return holds_active_html(line, len) ? "active HTML" : NULL;
}

static void judge_lines(const Sample *sample, const char *body, gsize len, Verdict *verdict)
{
    char open = '\0', mark;
    gsize open_n = 0, n;
    for (const char *line = body, *end; line < body + len; line = end + 1) {
        end = memchr(line, '\n', (gsize)(body + len - line));
        end = end ? end : body + len;
        gsize width = (gsize)(end - line);
        bool fence = begins_fence(line, width, &mark, &n);
        const char *wrong = open ? NULL : judge_line(line, width);
        if (wrong)
            check_fail(verdict, "%s: line %u of the text: %s", sample->name,
                       check_line(body, (gsize)(line - body)), wrong);
        if (fence && !open) {
            open = mark;
            open_n = n;
        } else if (fence && mark == open && n >= open_n) {
            open = '\0';
        }
    }
}

/* The host makes U+FFFD of them, and warns. */
static void judge_controls(const Sample *sample, const char *body, gsize len, Verdict *verdict)
{
    for (gsize i = 0; i < len; i++)
        if ((guchar)body[i] < ' ' && memchr("\t\n\r", body[i], 3) == NULL)
            check_fail(verdict, "%s: line %u of the text: the control character 0x%02x",
                       sample->name, check_line(body, i), (guchar)body[i]);
}

static void judge_dialect(const Sample *sample, const harness_result *r, Verdict *verdict)
{
    if (!g_utf8_validate(r->body, (gssize)r->body_len, NULL))
        check_fail(verdict, "%s: the text is not UTF-8", sample->name);
    if (r->body_len == 0)
        return;
    if (r->body[r->body_len - 1] != '\n' ||
        (r->body_len > 1 && r->body[r->body_len - 2] == '\n'))
        check_fail(verdict, "%s: the text does not end in one newline", sample->name);
    if (r->body[0] == '\n')
        check_fail(verdict, "%s: the text begins with an empty line", sample->name);
    judge_controls(sample, r->body, r->body_len, verdict);
    judge_lines(sample, r->body, r->body_len, verdict);
}

CHECK_FUNCTION(dialect)
{
    check_each_result(subject, verdict, judge_dialect);
}

/* ---- Assets ------------------------------------------------------------------------------ */

static bool is_recorded(const harness_result *r, gsize offset)
{
    for (gsize i = 0; i < r->n_refs; i++)
        if (r->refs[i].offset == offset)
            return true;
    return false;
}

static void judge_refs(const Sample *sample, const harness_result *r, Verdict *verdict)
{
    static const char word[] = "okb-asset:0";
    bool in_source = g_strstr_len(sample->bytes, (gssize)sample->len, word) != NULL;
    for (const char *at = r->body; !in_source && (at = strstr(at, word)) != NULL; at++)
        if (!is_recorded(r, (gsize)(at - r->body)))
            check_fail(verdict,
                       "%s: line %u of the text: \"%s\" that no body_asset_ref() wrote",
                       sample->name, check_line(r->body, (gsize)(at - r->body)), word);
    for (gsize i = 0; i < r->n_assets; i++)
        if (r->assets[i].len == 0)
            check_fail(verdict, "%s: asset %zu (\"%s\") is empty", sample->name, i + 1,
                       r->assets[i].name_hint);
}

CHECK_FUNCTION(asset_refs)
{
    check_each_result(subject, verdict, judge_refs);
}

/* ---- Headings, pages, outline ------------------------------------------------------------ */

/* Whether a block may begin at this offset: at a line's begin, but for marks of containers. */
static bool at_block(const harness_result *r, gsize offset)
{
    while (offset > 0 && offset <= r->body_len &&
           strchr(" \t>-+*.0123456789", r->body[offset - 1]))
        offset--;
    return offset == 0 || (offset <= r->body_len && r->body[offset - 1] == '\n');
}

static void judge_structure(const Sample *sample, const harness_result *r, Verdict *verdict)
{
    for (gsize i = 0; i < r->n_headings; i++) {
        const harness_mark *h = &r->headings[i];
        if (h->offset >= r->body_len || !at_block(r, h->offset))
            check_fail(verdict, "%s: heading \"%s\" stands at line %u, where no heading begins",
                       sample->name, h->title, check_line(r->body, h->offset));
        if (r->n_pages && h->page == 0)
            check_fail(verdict, "%s: heading \"%s\" has no page, and there are pages",
                       sample->name, h->title);
    }
    for (gsize i = 0; i < r->n_outline; i++)
        if (r->outline[i].page > r->n_pages)
            check_fail(verdict, "%s: outline entry \"%s\" is on page %u of %zu", sample->name,
                       r->outline[i].title, r->outline[i].page, r->n_pages);
}

CHECK_FUNCTION(structure)
{
    check_each_result(subject, verdict, judge_structure);
}

/* ---- Metadata ---------------------------------------------------------------------------- */

static bool is_date(const char *text)
{
    return g_regex_match_simple("^\\d{4}(-\\d\\d(-\\d\\d(T\\d\\d:\\d\\d(:\\d\\d(\\.\\d+)?)?"
                                "(Z|[+-]\\d\\d:\\d\\d)?)?)?)?$",
                                text, 0, 0);
}

static const char *judge_value(const char *key, const char *value)
{
    gsize len = strlen(value);
    if (len == 0 || g_ascii_isspace(value[0]) || g_ascii_isspace(value[len - 1]))
        return "is not trimmed";
    if ((g_str_equal(key, OKB_M_CREATED) || g_str_equal(key, OKB_M_MODIFIED)) &&
        !is_date(value))
        return "is not a date by ISO 8601";
    if (g_str_equal(key, OKB_M_LANGUAGE) &&
        !g_regex_match_simple("^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$", value, 0, 0))
        return "is not a language tag by BCP 47";
    if (g_str_equal(key, OKB_M_URL) &&
        !g_regex_match_simple("^[A-Za-z][A-Za-z0-9+.-]*:", value, 0, 0))
        return "has no scheme";
    return NULL;
}

static void judge_metadata(const Sample *sample, const harness_result *r, Verdict *verdict)
{
    for (gsize i = 0; i < r->n_metas; i++) {
        const char *wrong = judge_value(r->metas[i].key, r->metas[i].value);
        if (wrong)
            check_fail(verdict, "%s: %s \"%s\" %s", sample->name, r->metas[i].key,
                       r->metas[i].value, wrong);
    }
}

CHECK_FUNCTION(metadata)
{
    check_each_result(subject, verdict, judge_metadata);
}

/* ---- Warnings ---------------------------------------------------------------------------- */

static bool is_warning_code(const char *code)
{
    static const char *const codes[] = {
        OKB_W_NEEDS_OCR, OKB_W_FONT_SUBSTITUTED, OKB_W_TRUNCATED,
        OKB_W_ENCODING,  OKB_W_MISSING_ASSET,    OKB_W_REFUSED_ASSET,
        OKB_W_STRUCTURE, OKB_W_PERMISSIONS,      NULL};
    return g_strv_contains(codes, code) || (g_str_has_prefix(code, "x-") && code[2]);
}

/* Letters of the text, without the marks of pages. */
static bool has_text(const harness_result *r)
{
    for (const char *p = r->body; *p;) {
        const char *end = g_str_has_prefix(p, "<!-- page ") ? strstr(p, "-->") : NULL;
        if (!end && g_ascii_isgraph(*p))
            return true;
        if (!end && (guchar)*p >= 0x80)
            return true;
        p = end ? end + 3 : p + 1;
    }
    return false;
}

static void judge_warnings(const Sample *sample, const harness_result *r, Verdict *verdict)
{
    for (gsize i = 0; i < r->n_warnings; i++)
        if (!is_warning_code(r->warnings[i].key))
            check_fail(verdict, "%s: warning code \"%s\"", sample->name, r->warnings[i].key);
    if (!has_text(r) && r->n_warnings == 0 && sample->len > 0)
        check_fail(verdict, "%s: %zu bytes became no text, and no warning says why",
                   sample->name, sample->len);
}

CHECK_FUNCTION(warnings)
{
    check_each_result(subject, verdict, judge_warnings);
}
