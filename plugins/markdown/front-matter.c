/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * A thematic break at the beginning of a document is no front matter: the line after the mark
 * must begin like an entry, a comment or the closing mark.
 */
#include "front-matter.h"

#include <yaml.h>

#include <string.h>

#define MAX_FRONT_MATTER ((size_t)256 << 10)
/* libyaml's time grows with the square of the nesting. */
#define MAX_YAML_DEPTH 64u

static size_t line_end(const char *text, size_t len, size_t pos)
{
    const char *lf = memchr(text + pos, '\n', len - pos);
    return lf ? (size_t)(lf - text) : len;
}

/* Whether the line [pos, end) is the mark, blanks after it aside. */
static bool is_mark(const char *text, size_t pos, size_t end, const char *mark)
{
    while (end > pos && (text[end - 1] == ' ' || text[end - 1] == '\t'))
        end--;
    return end - pos == strlen(mark) && memcmp(text + pos, mark, end - pos) == 0;
}

static bool is_key_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c && strchr("_-. \"'", c)) || (unsigned char)c >= 0x80;
}

/* "key:" and a blank, or "key =". */
static bool is_entry(const char *text, size_t pos, size_t end, md_front_kind kind)
{
    size_t i = pos;
    while (i < end && is_key_character(text[i]))
        i++;
    if (i == pos || i == end || text[pos] == ' ' || text[pos] == '-')
        return false;
    if (kind == MD_TOML)
        return text[i] == '=';
    return text[i] == ':' && (i + 1 == end || text[i + 1] == ' ' || text[i + 1] == '\t');
}

static bool is_first_line(const char *text, size_t pos, size_t end, md_front_kind kind)
{
    return text[pos] == '#' || (kind == MD_TOML && text[pos] == '[') ||
           is_entry(text, pos, end, kind);
}

static bool is_closing(const char *text, size_t pos, size_t end, md_front_kind kind)
{
    if (kind == MD_TOML)
        return is_mark(text, pos, end, "+++");
    return is_mark(text, pos, end, "---") || is_mark(text, pos, end, "...");
}

md_front md_front_find(const char *text, size_t len)
{
    md_front none = {.kind = MD_NO_FRONT_MATTER};
    size_t end = line_end(text, len, 0), start = end + 1;
    md_front_kind kind = is_mark(text, 0, end, "---")   ? MD_YAML
                         : is_mark(text, 0, end, "+++") ? MD_TOML
                                                        : MD_NO_FRONT_MATTER;
    bool first = true;
    if (kind == MD_NO_FRONT_MATTER)
        return none;
    for (size_t pos = start; pos < len && pos - start < MAX_FRONT_MATTER; pos = end + 1) {
        end = line_end(text, len, pos);
        if (is_closing(text, pos, end, kind))
            return (md_front){kind, start, pos, end < len ? end + 1 : len};
        if (first && end > pos && !is_first_line(text, pos, end, kind))
            return none;
        first = first && end == pos;
    }
    return none;
}

bool md_front_looks_right(const char *text, const md_front *front)
{
    for (size_t pos = front->start, end; pos < front->end; pos = end + 1) {
        end = line_end(text, front->end, pos);
        if (end > pos && !strchr(" \t#-[]{}", text[pos]) &&
            !is_entry(text, pos, end, front->kind))
            return false;
    }
    return true;
}

/* ---- YAML -------------------------------------------------------------------------------- */

/*
 * States, by depth of the container an event stands in: at depth 1 scalars alternate between
 * key and value; at depth 2 a sequence's scalars are values of the key, and a mapping's scalar
 * after "name" is one. Deeper containers are counted and skipped.
 */
typedef struct {
    md_arena *arena;
    md_entry entry;
    void *context;
    unsigned depth;
    const char *key;
    bool sequence, value_next, name_next;
} yaml_state;

static void yaml_scalar(yaml_state *s, const yaml_event_t *event)
{
    const char *value =
        md_copy(s->arena, (const char *)event->data.scalar.value, event->data.scalar.length);
    if (s->depth == 1 && !s->value_next) {
        s->key = value;
        s->value_next = true;
    } else if (s->depth == 1) {
        s->entry(s->context, s->key, value);
        s->value_next = false;
    } else if (s->depth == 2 && s->sequence) {
        s->entry(s->context, s->key, value);
    } else if (s->depth <= 3 && s->depth >= 2) {
        if (s->name_next)
            s->entry(s->context, s->key, value);
        s->name_next = !s->name_next && strcmp(value, "name") == 0;
    }
}

static void yaml_open(yaml_state *s, bool sequence)
{
    s->depth++;
    s->name_next = false;
    if (s->depth == 2)
        s->sequence = sequence;
    if (s->depth == 2 && !s->value_next)
        s->key = "";
}

static void yaml_close(yaml_state *s)
{
    s->depth--;
    s->name_next = false;
    if (s->depth == 1)
        s->value_next = !s->value_next;
}

/* Returns false at the end of the document. */
static bool yaml_event(yaml_state *s, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        yaml_scalar(s, event);
        break;
    case YAML_ALIAS_EVENT:
        if (s->depth == 1)
            s->value_next = !s->value_next;
        break;
    case YAML_MAPPING_START_EVENT:
        yaml_open(s, false);
        break;
    case YAML_SEQUENCE_START_EVENT:
        yaml_open(s, true);
        break;
    case YAML_MAPPING_END_EVENT:
    case YAML_SEQUENCE_END_EVENT:
        yaml_close(s);
        break;
    case YAML_DOCUMENT_END_EVENT:
    case YAML_STREAM_END_EVENT:
        return false;
    default:
        break;
    }
    return true;
}

bool md_yaml_entries(md_arena *arena, const char *text, size_t len, md_entry entry,
                     void *context)
{
    yaml_state state = {.arena = arena, .entry = entry, .context = context};
    yaml_parser_t parser;
    yaml_event_t event;
    bool ok, more = true;
    if (!yaml_parser_initialize(&parser))
        return false;
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    while ((ok = yaml_parser_parse(&parser, &event)) && more) {
        bool odd = event.type == YAML_SEQUENCE_START_EVENT && state.depth == 0;
        more = !odd && yaml_event(&state, &event) && state.depth < MAX_YAML_DEPTH;
        yaml_event_delete(&event);
        if (!more)
            break;
    }
    yaml_parser_delete(&parser);
    return ok;
}
