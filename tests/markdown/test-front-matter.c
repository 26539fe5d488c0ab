/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * What front matter says becomes metadata; its text stays.
 */
#include "markdown/kit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* All metadata as "key=value;", in order. */
static const char *metadata(const harness_result *r)
{
    static char all[8192];
    size_t n = 0;
    all[0] = '\0';
    for (size_t i = 0; i < r->n_metas && n < sizeof all - 600; i++)
        n += (size_t)snprintf(all + n, sizeof all - n, "%s=%.500s;", r->metas[i].key,
                              r->metas[i].value);
    return all;
}

static const struct {
    const char *label, *input, *expected;
} examples[] = {
    {"yaml", "---\ntitle: A \"b\"\nlang: de\n---\nx\n", "title=A \"b\";language=de;"},
    {"closed with dots", "---\ntitle: x\n...\n", "title=x;"},
    {"quoted", "---\ntitle: 'a: b'\ndescription: \"c\\nd\"\n---\n",
     "title=a: b;description=c d;"},
    {"block scalar", "---\nsummary: >\n  a\n  b\n---\n", "description=a b;"},
    {"authors", "---\nauthors:\n  - A\n  - name: B\n    mail: c\n---\n", "author=A;author=B;"},
    {"author mapping", "---\nauthor:\n  mail: c\n  name: B\n---\n", "author=B;"},
    {"tags as a list", "---\ntags: [a, b c]\n---\n", "keyword=a;keyword=b c;"},
    {"tags as text", "---\nkeywords: a, b ,, c\n---\n", "keyword=a;keyword=b;keyword=c;"},
    {"date", "---\ndate: 2024-05-01\n---\n", "created=2024-05-01;"},
    {"date and time in utc", "---\ndate: 2024-05-01 10:20:30 +0000\n---\n",
     "created=2024-05-01T10:20:30Z;"},
    {"fraction", "---\ndate: 2024-05-01T10:20:30.123Z\n---\n", "created=2024-05-01T10:20:30Z;"},
    {"other zones leave the date", "---\ndate: 2024-05-01 10:20:30 +0200\n---\n",
     "created=2024-05-01;"},
    {"date with slashes", "---\nupdated: 2024/05/01\n---\n", "modified=2024-05-01;"},
    {"no date", "---\ndate: tomorrow\n---\n", ""},
    {"locale", "---\nlang: pt_BR.UTF-8\n---\n", "language=pt-BR;"},
    {"no language", "---\nlang: the usual\n---\n", ""},
    {"address", "---\nurl: https://e/x\ncanonical: /y\n---\n", "url=https://e/x;"},
    {"a key once", "---\ntitle: a\ntitle: b\n---\n", "title=a;"},
    {"null", "---\ntitle: ~\nauthor: null\n---\n# H\n", "title=H;"},
    {"deep", "---\na:\n  b:\n    title: x\n    c: [1, {d: e}]\ntitle: y\n---\n", "title=y;"},
    {"alias", "---\nx: &a t\ny: *a\ntitle: z\n---\n", "title=z;"},
    {"comment first", "---\n# c\ntitle: x\n---\n", "title=x;"},
    {"heading without front matter", "# H *e* `c` [l](u) &amp; \\*\n", "title=H e c l & *;"},
    {"heading of level 1", "## a\n\n> # b\n\nC\n==\n\n# D\n", "title=C;"},
    {"front matter before heading", "---\ntitle: a\n---\n# b\n", "title=a;"},
    {"toml", "+++\ntitle = \"a \\\"b\\\" \\u00e9\"\ndate = 2024-05-01T00:00:00Z\n+++\n",
     "title=a \"b\" \xc3\xa9;created=2024-05-01T00:00:00Z;"},
    {"toml arrays", "+++\ntags = [\n  'a', # c\n  \"b\",\n]\nauthors = ['X']\n+++\n",
     "keyword=a;keyword=b;author=X;"},
    {"toml tables", "+++\ntitle = 'a'\n[extra]\ntitle = 'b'\n[taxonomies]\ntags = ['c']\n+++\n",
     "title=a;keyword=c;"},
    {"toml block string", "+++\ndescription = \"\"\"\na \\\n   b\"\"\"\n+++\n",
     "description=a b;"},
    {"toml literal block", "+++\ntitle = '''a\\n'''\n+++\n", "title=a\\n;"},
    {"toml inline table", "+++\nx = { title = 'b' }\ntitle = 'a'\n+++\n", "title=a;"},
    {"json is none", "{\"title\": \"x\"}\n", ""},
    {"thematic break", "---\n\nsome text\n\n---\n", ""},
    {"thematic break and heading", "---\n# H\n", "title=H;"},
    {"not closed", "---\ntitle: x\n", ""},
    {"not at the beginning", "\n---\ntitle: x\n---\n", ""},
};

static void test_front_matter_becomes_metadata(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        harness_result *r = kit_convert_text(examples[i].input);
        if (r->status != OKB_OK || strcmp(metadata(r), examples[i].expected) != 0)
            fail_msg("%s: %s", examples[i].label, metadata(r));
        if (strcmp(r->body, examples[i].input) != 0)
            fail_msg("%s: the text changed: %s", examples[i].label, r->body);
        harness_result_free(r);
    }
}

static void test_broken_front_matter_is_reported_and_is_no_heading(void **state)
{
    (void)state;
    harness_result *r = kit_convert_text("---\ntitle: a: b\nx: [\n---\n# H\n");
    assert_int_equal(r->status, OKB_OK);
    assert_true(harness_warned(r, OKB_W_STRUCTURE));
    assert_int_equal(r->n_headings, 1);
    harness_result_free(r);
    r = kit_convert_text("---\nnote: well\nThis is text, not YAML: [\n---\n");
    assert_false(harness_warned(r, OKB_W_STRUCTURE));
    assert_int_equal(r->n_headings, 1);
    harness_result_free(r);
}

static void test_images_in_front_matter_stay(void **state)
{
    (void)state;
    assert_string_equal(kit_body("---\ncover: x\nnote: '![x](a.png)'\n---\n![x](a.png)\n"),
                        "---\ncover: x\nnote: '![x](a.png)'\n---\n![x](okb-asset:00000001)\n");
}

static void test_hostile_front_matter_is_survived(void **state)
{
    char *text = malloc(300000);
    static const char *const units[] = {"[",  "{",    "- ",     "&a ", "*a ",
                                        "? ", "\"\\", "a: b: ", "!!"};
    (void)state;
    for (size_t u = 0; u < sizeof units / sizeof *units; u++) {
        size_t n = (size_t)sprintf(text, "---\ntitle: ");
        while (n < 60000)
            n += (size_t)sprintf(text + n, "%s", units[u]);
        sprintf(text + n, "\n---\n# H\n");
        harness_result *r = kit_convert_text(text);
        assert_int_equal(r->status, OKB_OK);
        harness_result_free(r);
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_front_matter_becomes_metadata),
        cmocka_unit_test(test_broken_front_matter_is_reported_and_is_no_heading),
        cmocka_unit_test(test_images_in_front_matter_stay),
        cmocka_unit_test(test_hostile_front_matter_is_survived),
    };
    return cmocka_run_group_tests(tests, kit_setup, kit_teardown);
}
