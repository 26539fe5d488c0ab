/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * libxml2's SAX events to the builder's. The guard has made every element empty and every end
 * tag a processing instruction, so that events come in the order of the page and nothing is
 * implied.
 */
#include "html.h"

#include <libxml/HTMLparser.h>
#include <limits.h>

#define NAME_SLOTS 512 /* a power of two well above the number of names */

/* libxml2 keeps one copy of each name, so a name is found by its address. */
typedef struct {
    const void *name;
    uint16_t tag, attr;
} known_name;

typedef struct {
    builder *builder;
    document *doc;
    known_name names[NAME_SLOTS];
} sax_state;

static const known_name *know(sax_state *s, const xmlChar *name)
{
    size_t slot = ((uintptr_t)name >> 3) * UINT64_C(0x9e3779b97f4a7c15) >> 55;
    for (size_t i = 0; i < 8; i++) {
        known_name *k = &s->names[(slot + i) % NAME_SLOTS];
        if (k->name == name)
            return k;
        if (k->name && i < 7)
            continue;
        size_t len = strlen((const char *)name);
        *k = (known_name){name, (uint16_t)tag_lookup((const char *)name, len),
                          (uint16_t)attr_lookup((const char *)name, len)};
        return k;
    }
    return NULL;
}

static okb_str value_of(const xmlChar *value)
{
    return value ? (okb_str){(const char *)value, strlen((const char *)value)}
                 : (okb_str){"", 0};
}

static void start_element(void *ctx, const xmlChar *name, const xmlChar **atts)
{
    sax_state *s = ctx;
    attr attrs[ATTR_COUNT];
    size_t n = 0;
    tag_id tag = know(s, name)->tag;
    for (; atts && *atts && n < ATTR_COUNT; atts += 2) {
        const known_name *k = know(s, atts[0]);
        okb_str value = value_of(atts[1]);
        if (k->attr == ATTR_NONE)
            tag = tag_lookup(value.data, value.len);
        else
            attrs[n++] = (attr){k->attr, value};
    }
    builder_start(s->builder, tag, attrs, n);
}

static void end_instruction(void *ctx, const xmlChar *target, const xmlChar *data)
{
    (void)data;
    sax_state *s = ctx;
    builder_end(s->builder, know(s, target)->tag);
}

static void characters(void *ctx, const xmlChar *text, int len)
{
    sax_state *s = ctx;
    builder_text(s->builder, (const char *)text, (size_t)len);
}

static bool run_parser(const buffer *markup, sax_state *state)
{
    htmlParserCtxtPtr parser = htmlNewParserCtxt();
    if (!parser)
        return false;
    xmlSAXHandler *sax = parser->sax;
    memset(sax, 0, sizeof *sax);
    sax->startElement = start_element;
    sax->processingInstruction = end_instruction;
    sax->characters = sax->ignorableWhitespace = characters;
    parser->userData = state;
    xmlDocPtr unused = htmlCtxtReadMemory(
        parser, markup->data, (int)markup->len, NULL, "UTF-8",
        HTML_PARSE_IGNORE_ENC | HTML_PARSE_NONET | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING |
            HTML_PARSE_RECOVER | HTML_PARSE_NOIMPLIED | HTML_PARSE_NODEFDTD | XML_PARSE_HUGE);
    xmlFreeDoc(unused);
    bool fine = parser->errNo != XML_ERR_NO_MEMORY;
    htmlFreeParserCtxt(parser);
    return fine;
}

bool parse_html(okb_str html, document *doc)
{
    guarded g = {.doc = doc};
    sax_state state = {.doc = doc, .builder = builder_new(doc)};
    bool fine = state.builder && guard_markup(html, &g) && g.out.len < INT_MAX &&
                run_parser(&g.out, &state);
    builder_free(state.builder);
    buffer_free(&g.out);
    return fine && !doc->arena.failed;
}

void document_free(document *doc)
{
    arena_free(&doc->arena);
}
