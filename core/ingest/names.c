/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "ingest/names.h"

#include "util/error.h"
#include "util/text.h"

#include <string.h>

const char *okb_names_suffix(const char *file_name)
{
    const char *dot = strrchr(file_name, '.');
    if (!dot || dot == file_name || !dot[1])
        return file_name + strlen(file_name);
    return dot;
}

char *okb_names_stem(const char *file_name)
{
    return g_strndup(file_name, (gsize)(okb_names_suffix(file_name) - file_name));
}

char *okb_names_title(const char *file_name)
{
    g_autofree char *stem = okb_names_stem(file_name);
    return g_utf8_make_valid(stem, -1);
}

/* Python's \w: letters, numbers and the underscore; the dash joins them here. */
static bool is_name_char(gunichar c)
{
    switch (g_unichar_type(c)) {
    case G_UNICODE_UPPERCASE_LETTER:
    case G_UNICODE_LOWERCASE_LETTER:
    case G_UNICODE_TITLECASE_LETTER:
    case G_UNICODE_MODIFIER_LETTER:
    case G_UNICODE_OTHER_LETTER:
    case G_UNICODE_DECIMAL_NUMBER:
    case G_UNICODE_LETTER_NUMBER:
    case G_UNICODE_OTHER_NUMBER:
        return true;
    default:
        return c == '_' || c == '-';
    }
}

static void strip_dashes(GString *name)
{
    gsize lead = strspn(name->str, "-");
    g_string_erase(name, 0, (gssize)lead);
    while (name->len && name->str[name->len - 1] == '-')
        g_string_truncate(name, name->len - 1);
}

char *okb_names_sanitize(const char *stem)
{
    g_autofree char *normal = okb_text_normalize(stem);
    GString *name = g_string_new(NULL);
    bool in_run = false;
    for (const char *p = normal; *p; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if (is_name_char(c))
            g_string_append_unichar(name, c);
        else if (!in_run)
            g_string_append_c(name, '-');
        in_run = !is_name_char(c);
    }
    strip_dashes(name);
    if (name->len == 0)
        g_string_assign(name, "document");
    return g_string_free(name, FALSE);
}

/* At most `max` bytes, cut at a code point. */
static char *cut(const char *name, gsize max)
{
    gsize len = strlen(name);
    if (len <= max)
        return g_strdup(name);
    const char *end = g_utf8_find_prev_char(name, name + max + 1);
    return g_strndup(name, (gsize)(end - name));
}

static char *with_suffix(const char *clean, const char *hex, gsize digits)
{
    g_autofree char *base = cut(clean, MIN(OKB_NAME_MAX, OKB_NAME_MAX_SUFFIXED - 1 - digits));
    return g_strdup_printf("%s-%.*s", base, (int)digits, hex);
}

char *okb_names_choose(const char *file_name, const char *key, OkbNameTaken is_taken,
                       gpointer data, GError **error)
{
    g_autofree char *stem = okb_names_stem(file_name);
    g_autofree char *clean = okb_names_sanitize(stem);
    char hex[OKB_DIGEST_HEX];
    okb_digest_bytes(key, strlen(key), hex);

    for (gsize digits = strlen(clean) > OKB_NAME_MAX ? 8 : 0; digits <= 64;
         digits = digits ? digits * 2 : 8) {
        g_autofree char *name = digits ? with_suffix(clean, hex, digits) : g_strdup(clean);
        int taken = is_taken(name, data, error);
        if (taken < 0)
            return NULL;
        if (!taken)
            return g_steal_pointer(&name);
    }
    okb_error_set(
        error, OKB_ERROR_FAILED,
        "no free name for %s: every suffix is taken; rename the file and add it again",
        file_name);
    return NULL;
}

typedef struct {
    OkbStore *store;
    gint64 except;
} Registry;

static int taken_in_registry(const char *name, gpointer data, GError **error)
{
    const Registry *registry = data;
    return okb_registry_name_taken(registry->store, name, registry->except, error);
}

char *okb_names_resolve(OkbStore *store, const char *file_name, const char *key, gint64 except,
                        GError **error)
{
    Registry registry = {store, except};
    return okb_names_choose(file_name, key, taken_in_registry, &registry, error);
}
