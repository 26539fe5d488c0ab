/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Inside the HTML plugin. Data flows one way, each step in files of its own:
 *
 *   bytes --decode--> UTF-8 --tokens--> tags and text --builder--> nodes
 *         --content--> what is worth reading --convert--> calls of the Markdown writer
 *
 * Everything lives in one arena per document and goes with it. Nothing here recurses.
 */
#ifndef OKB_HTML_H
#define OKB_HTML_H

#include <openkb/markdown.h>
#include <openkb/plugin.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "names.h"

/* ---- Arena ------------------------------------------------------------------------------- */

typedef struct chunk chunk;

typedef struct {
    chunk *chunks;
    char *next, *end;
    bool failed; /* out of memory: what was asked for is NULL, and the document fails */
} arena;

void *arena_grow(arena *a, size_t size); /* when there is no room */

static inline void *arena_alloc(arena *a, size_t size)
{
    size_t gap = -(uintptr_t)a->next & 7; /* text may have left it unaligned */
    if (size >= SIZE_MAX / 2 || size + gap > (size_t)(a->end - a->next))
        return arena_grow(a, size);
    char *p = a->next + gap;
    a->next = p + size;
    return p;
}

char *arena_copy(arena *a, const char *s, size_t len);
okb_str arena_str(arena *a, okb_str s);
void arena_free(arena *a);

/* Growing bytes, for results of unknown length. */
typedef struct {
    char *data;
    size_t len, cap;
    bool failed;
} buffer;

char *buffer_room(buffer *b, size_t more); /* NULL when out of memory */
void buffer_add(buffer *b, const char *s, size_t len);
void buffer_byte(buffer *b, char c);
void buffer_free(buffer *b);
okb_str buffer_str(const buffer *b);
/* What a buffer holds, trimmed and kept by the arena; the buffer is freed, and memory that it
 * lacked is the arena's failure. */
okb_str arena_take(arena *a, buffer *b);

/* ---- Text -------------------------------------------------------------------------------- */

bool str_has(okb_str s, const char *text);        /* somewhere in it */
bool str_has_nocase(okb_str s, const char *text); /* `text` in lower case */
bool str_starts(okb_str s, const char *text);
bool str_starts_nocase(okb_str s, const char *text);
okb_str str_trim(okb_str s);                       /* of HTML's white space */
bool str_has_word(okb_str list, const char *word); /* in a list of words, as in class="" */
bool str_has_any(okb_str list, const char *const *words, size_t n_words); /* of these words */
okb_str str_next_word(okb_str *list);

static inline bool is_space(char c)
{
    const uint64_t spaces = 1ULL << ' ' | 1 << '\n' | 1 << '\t' | 1 << '\r' | 1 << '\f';
    return (unsigned char)c <= ' ' && spaces >> c & 1;
}

static inline char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
}

static inline bool str_is(okb_str s, const char *text)
{
    size_t n = strlen(text);
    return s.len == n && memcmp(s.data, text, n) == 0;
}

static inline bool str_is_nocase(okb_str s, const char *text)
{
    return s.len == strlen(text) && str_starts_nocase(s, text);
}

size_t utf8_put(char *to, uint32_t code);
long str_number(okb_str s, long otherwise); /* leading digits, capped */

/* ---- Decoding ---------------------------------------------------------------------------- */

typedef struct {
    const char *charset; /* what was used, "UTF-8" */
    bool guessed;        /* nothing declared it */
    size_t replaced;     /* characters lost to U+FFFD */
    bool unguessed;      /* the library that guesses cannot be loaded */
    bool binary;         /* these bytes are no text in any encoding: nothing was decoded */
} decode_report;

/*
 * To UTF-8 without BOM or NUL: *text is the bytes themselves when they are that, else `out`.
 * Fails only for lack of memory.
 */
bool decode_bytes(const void *bytes, size_t len, okb_str charset, buffer *out, okb_str *text,
                  decode_report *report);
bool bytes_are_utf8(const unsigned char *s, size_t len);
/* No text in any 8-bit encoding: a picture, an archive, a program. */
bool bytes_are_binary(const void *bytes, size_t len);
/* The encoding a label stands for, as iconv calls it; NULL when unknown. */
const char *label_encoding(okb_str label);

/* ---- Entities ---------------------------------------------------------------------------- */

/*
 * The reference at `s`, which begins with `&`: appends its text and returns its length, or
 * returns 0 when it is none. In an attribute a name without semicolon before `=` or a letter is
 * none.
 */
size_t entity_decode(const char *s, size_t len, bool in_attribute, char text[8],
                     size_t *text_len);

/* ---- Nodes ------------------------------------------------------------------------------- */

typedef struct {
    uint16_t name; /* attr_id */
    okb_str value;
} attr;

typedef struct node node;
struct node {
    uint16_t tag; /* tag_id; TAG_TEXT: text */
    uint16_t n_attrs;
    bool dropped;   /* not to be converted */
    bool opened;    /* convert.c: what enter() began and leave() ends */
    bool is_open;   /* builder.c: on the stack */
    uint8_t mark;   /* convert.c: what it was found to be */
    uint32_t index; /* content.c: of its figures */
    node *parent, *first, *last, *next, *prev;
    union {
        okb_str text;
        const attr *attrs;
    };
};

typedef struct {
    arena arena;
    node *root;
    node *title;        /* the first <title> */
    okb_str base;       /* <base href> */
    okb_str lang;       /* <html lang> */
    okb_str json_ld[8]; /* bodies of <script type="application/ld+json"> */
    size_t n_json_ld;
    bool has_fragments; /* links to places in the page */
    bool flattened;     /* deeper than the tree may be */
    bool flooded;       /* attributes were cut */
    size_t n_nodes;
} document;

okb_str node_attr(const node *n, attr_id name);
bool node_has_attr(const node *n, attr_id name);
bool node_has_class(const node *n, const char *word);
/* The node after `n` in document order within `top`; NULL at the end. */
node *node_next(const node *n, const node *top);
/* The same, without what is in `n`. */
node *node_skip(const node *n, const node *top);
/* All text within, white space collapsed; dropped nodes left out. */
okb_str node_text(arena *a, const node *n);
/* Whether it holds text other than white space, or an image. */
bool node_has_content(const node *n);
node *node_find(const node *top, tag_id tag);

/* ---- Parsing ----------------------------------------------------------------------------- */

/* Parse UTF-8 `html`, which outlives `doc`, into doc->root. False when out of memory. */
bool parse_html(okb_str html, bool by_libxml2, document *doc);
void document_free(document *doc);

/* builder.c: HTML5's tree out of tokens; text and values live as long as the document. */
typedef struct builder builder;
builder *builder_new(document *doc);
void builder_start(builder *b, tag_id tag, const attr *attrs, size_t n_attrs);
void builder_end(builder *b, tag_id tag);
void builder_text(builder *b, okb_str s);
void builder_free(builder *b);

/* ---- Meaning ----------------------------------------------------------------------------- */

typedef enum { CONTENT_AUTO, CONTENT_MAIN, CONTENT_FULL } content_mode;

/* What a page says it is, by its metadata. */
typedef enum {
    PAGE_PLAIN,     /* nothing */
    PAGE_PUBLISHED, /* something to be shared: it has a card for social networks */
    PAGE_ARTICLE
} page_kind;

/* What it is made of, where it says so. */
typedef enum { FORM_NONE, FORM_FORUM, FORM_LISTING, FORM_PRODUCT } page_form;

/* Mark what is boilerplate as dropped. */
void choose_content(document *doc, content_mode mode, page_kind kind, page_form form);
bool node_is_hidden(const node *n);

typedef struct {
    const okb_host *host;
    okb_job *job;
    document *doc;
    okb_str base_url;
    content_mode content;
    bool by_libxml2;
} context;

/* url.c */
okb_str url_resolve(arena *a, okb_str base, okb_str url);
bool url_is_remote(okb_str url);
bool url_is_harmful(okb_str url); /* javascript: and its kind */

/* convert.c: the document through the writer. */
okb_status convert_document(context *c);

#endif
