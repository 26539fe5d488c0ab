/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Tables of pages and the Markdown they become, compared byte for byte.
 */
#ifndef OPENKB_TESTS_HTML_CASES_H
#define OPENKB_TESTS_HTML_CASES_H

#include "harness/host.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

typedef struct {
    const char *label, *html, *markdown;
    const char *also[4]; /* other readings of the page that are as good, for other converters */
} page_case;

static inline harness_result *convert(const char *html, const char *const *options)
{
    harness_input input = {.name = "page.html", .options = options};
    return harness_run(openkb_plugin_v1(0), html, strlen(html), &input);
}

static inline void check_one(const page_case *c, const char *const *options, const char *who)
{
    harness_result *r = convert(c->html, options);
    if (r->status != OKB_OK)
        fail_msg("%s%s: status %d: %s", c->label, who, r->status, r->message);
    if (strcmp(r->body, c->markdown) != 0)
        fail_msg("%s%s:\n%s\nis not\n%s", c->label, who, r->body, c->markdown);
    harness_result_free(r);
}

static inline void write_case_file(const page_case *c, const char *dir, const char *suffix,
                                   const char *text)
{
    char path[4096], *p = path + snprintf(path, sizeof path, "%s/", dir);
    snprintf(p, sizeof path - (size_t)(p - path), "%s%s", c->label, suffix);
    for (; *p; p++)
        if (strchr("/ ,", *p))
            *p = '-';
    FILE *f = fopen(path, "wx"); /* no two cases of one name */
    if (!f)
        fail_msg("%s: %s", path, strerror(errno));
    fputs(text, f);
    fclose(f);
}

/* For tests/html/peers, which asks other converters the same. */
static inline void write_case(const page_case *c, const char *dir)
{
    write_case_file(c, dir, ".html", c->html);
    write_case_file(c, dir, ".expected.md", c->markdown);
    for (size_t i = 0; i < COUNT(c->also) && c->also[i]; i++) {
        char suffix[32];
        snprintf(suffix, sizeof suffix, ".expected-%zu.md", i + 1);
        write_case_file(c, dir, suffix, c->also[i]);
    }
}

/* With the tokenizer and with libxml2: each holds the other against the expected text. */
static inline void check_page(const page_case *c, const char *const *options)
{
    if (getenv("OPENKB_WRITE_CASES")) {
        write_case(c, getenv("OPENKB_WRITE_CASES"));
        return;
    }
    const char *with_libxml2[8] = {"parser=libxml2"};
    for (size_t i = 0; options && options[i] && i < 6; i++)
        with_libxml2[1 + i] = options[i];
    check_one(c, options, "");
    check_one(c, with_libxml2, " (by libxml2)");
}

static inline void check_pages(const page_case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++)
        check_page(&cases[i], NULL);
}

#endif
