/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Tokens by way of libxml2: the page is written again so that its HTML 4 rules and limits do no
 * harm, and libxml2's SAX events become tokens. What it reads holds nothing but
 *
 *   text         references only for < and &
 *   <name .../>  a start tag, its attributes well quoted; an element libxml2 does not know
 *                travels as <div t="name" .../>
 *   <?name>      an end tag
 *
 * Every element is empty for libxml2, so that it never closes one because of another.
 */
#include "library.h"
#include "tokens.h"

#include <libxml/HTMLparser.h>
#include <limits.h>

/* ---- Tokens to markup -------------------------------------------------------------------- */

static void put(buffer *b, const char *s)
{
    buffer_add(b, s, strlen(s));
}

/* A form feed is white space in HTML and nothing at all for libxml2. */
static const char *spelled(char c)
{
    return c == '<'    ? "&lt;"
           : c == '&'  ? "&amp;"
           : c == '"'  ? "&quot;"
           : c == '\f' ? " "
                       : NULL;
}

static void put_escaped(buffer *b, okb_str s)
{
    size_t begin = 0;
    for (size_t i = 0; i < s.len; i++) {
        if (!spelled(s.data[i]))
            continue;
        buffer_add(b, s.data + begin, i - begin);
        put(b, spelled(s.data[i]));
        begin = i + 1;
    }
    buffer_add(b, s.data + begin, s.len - begin);
}

static void put_start(void *ctx, tag_id tag, const attr *attrs, size_t n)
{
    buffer *b = ctx;
    bool known = tag_flags[tag] & TAG_IS_HTML4;
    put(b, known ? "<" : "<div t=\"");
    put(b, tag_names[tag]);
    put(b, known ? "" : "\"");
    for (size_t i = 0; i < n; i++) {
        put(b, " ");
        put(b, attr_names[attrs[i].name]);
        put(b, "=\"");
        put_escaped(b, attrs[i].value);
        put(b, "\"");
    }
    put(b, "/>");
}

static void put_end(void *ctx, tag_id tag)
{
    put(ctx, "<?");
    put(ctx, tag_names[tag]);
    put(ctx, ">");
}

static void put_text(void *ctx, okb_str text)
{
    put_escaped(ctx, text);
}

/* ---- Events to tokens -------------------------------------------------------------------- */

typedef struct {
    const token_sink *sink;
    arena *arena;
    buffer text; /* what came since the last tag */
} events;

static okb_str value_of(events *e, const xmlChar *value)
{
    const char *s = value ? (const char *)value : "";
    return arena_str(e->arena, (okb_str){s, strlen(s)});
}

static void deliver_text(events *e)
{
    if (e->text.len)
        e->sink->text(e->sink->ctx, arena_str(e->arena, buffer_str(&e->text)));
    e->text.len = 0;
}

static void start_element(void *ctx, const xmlChar *name, const xmlChar **atts)
{
    events *e = ctx;
    attr attrs[ATTR_COUNT];
    size_t n = 0;
    tag_id tag = tag_lookup((const char *)name, strlen((const char *)name));
    deliver_text(e);
    for (; atts && *atts && n < ATTR_COUNT; atts += 2) {
        attr_id id = attr_lookup((const char *)atts[0], strlen((const char *)atts[0]));
        okb_str value = value_of(e, atts[1]);
        if (id == ATTR_NONE)
            tag = tag_lookup(value.data, value.len);
        else
            attrs[n++] = (attr){(uint16_t)id, value};
    }
    if (tag != TAG_OTHER)
        e->sink->start(e->sink->ctx, tag, attrs, n);
}

static void end_instruction(void *ctx, const xmlChar *target, const xmlChar *data)
{
    (void)data;
    events *e = ctx;
    deliver_text(e);
    e->sink->end(e->sink->ctx, tag_lookup((const char *)target, strlen((const char *)target)));
}

static void characters(void *ctx, const xmlChar *text, int len)
{
    events *e = ctx;
    buffer_add(&e->text, (const char *)text, (size_t)len);
}

static struct {
    __typeof__(htmlNewParserCtxt) *new_parser;
    __typeof__(htmlCtxtReadMemory) *read;
    __typeof__(xmlFreeDoc) *free_document;
    __typeof__(htmlFreeParserCtxt) *free_parser;
} xml;

bool load_libxml2(void)
{
    const library_symbol symbols[] = {{"htmlNewParserCtxt", &xml.new_parser},
                                      {"htmlCtxtReadMemory", &xml.read},
                                      {"xmlFreeDoc", &xml.free_document},
                                      {"htmlFreeParserCtxt", &xml.free_parser}};
    static bool loaded;
    loaded = loaded || library_open(OKB_LIBXML2, symbols, sizeof symbols / sizeof *symbols);
    return loaded;
}

static bool run_parser(const buffer *markup, events *e)
{
    htmlParserCtxtPtr parser = xml.new_parser();
    if (!parser)
        return false;
    xmlSAXHandler *sax = parser->sax;
    memset(sax, 0, sizeof *sax);
    sax->startElement = start_element;
    sax->processingInstruction = end_instruction;
    sax->characters = sax->ignorableWhitespace = characters;
    parser->userData = e;
    xmlDocPtr unused = xml.read(
        parser, markup->data, (int)markup->len, NULL, "UTF-8",
        HTML_PARSE_IGNORE_ENC | HTML_PARSE_NONET | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING |
            HTML_PARSE_RECOVER | HTML_PARSE_NOIMPLIED | HTML_PARSE_NODEFDTD | XML_PARSE_HUGE);
    xml.free_document(unused);
    bool fine = parser->errNo != XML_ERR_NO_MEMORY;
    xml.free_parser(parser);
    return fine;
}

bool read_by_libxml2(okb_str html, document *doc, const token_sink *sink)
{
    buffer markup = {0};
    events e = {.sink = sink, .arena = &doc->arena};
    token_sink writer = {&markup, put_start, put_end, put_text};
    put(&markup, "<page>"); /* an element that nothing closes, or it invents <p>s */
    bool fine = load_libxml2() && read_tokens(html, doc, &writer) && !markup.failed &&
                markup.len < INT_MAX && run_parser(&markup, &e);
    deliver_text(&e);
    fine = fine && !e.text.failed;
    buffer_free(&e.text);
    buffer_free(&markup);
    return fine;
}
