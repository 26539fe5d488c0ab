/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "kb/config.h"

#include "util/cleanup.h"
#include "util/error.h"
#include "util/io.h"

#include <fcntl.h>
#include <string.h>
#include <yaml.h>

enum { CONFIG_MAX = 1 << 20, THRESHOLD_DEFAULT = 20 };

typedef struct {
    yaml_document_t document;
    const char *name; /* of the file, for messages */
} Yaml;

static bool syntax_error(const yaml_parser_t *parser, const char *name, GError **error)
{
    return okb_error_set(error, OKB_ERROR_FAILED,
                         "%s, line %zu: %s; correct the file, or move it away to use defaults",
                         name, parser->problem_mark.line + 1, parser->problem);
}

static bool parse(Yaml *yaml, GBytes *bytes, const char *name, GError **error)
{
    gsize len;
    const unsigned char *text = g_bytes_get_data(bytes, &len);
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser))
        g_error("no memory to read %s", name);
    yaml_parser_set_input_string(&parser, text, len);
    yaml->name = name;
    bool good = yaml_parser_load(&parser, &yaml->document);
    /* Of what is wrong with a file it says what; of memory not always that it was that. */
    if (!good && (parser.error == YAML_MEMORY_ERROR || !parser.problem))
        g_error("no memory to read %s", name);
    if (!good)
        syntax_error(&parser, name, error);
    yaml_parser_delete(&parser);
    return good;
}

static const yaml_node_t *lookup(Yaml *yaml, const yaml_node_t *map, const char *key)
{
    if (!map || map->type != YAML_MAPPING_NODE)
        return NULL;
    for (const yaml_node_pair_t *pair = map->data.mapping.pairs.start;
         pair < map->data.mapping.pairs.top; pair++) {
        const yaml_node_t *name = yaml_document_get_node(&yaml->document, pair->key);
        if (name && name->type == YAML_SCALAR_NODE &&
            strcmp((const char *)name->data.scalar.value, key) == 0)
            return yaml_document_get_node(&yaml->document, pair->value);
    }
    return NULL;
}

static const char *scalar(const yaml_node_t *node)
{
    return node && node->type == YAML_SCALAR_NODE ? (const char *)node->data.scalar.value
                                                  : NULL;
}

static bool bad_value(const Yaml *yaml, const yaml_node_t *node, const char *key,
                      const char *wanted, GError **error)
{
    return okb_error_set(error, OKB_ERROR_FAILED, "%s, line %zu: %s must be %s", yaml->name,
                         node->start_mark.line + 1, key, wanted);
}

static bool read_threshold(Yaml *yaml, const yaml_node_t *root, OkbConfig *config,
                           GError **error)
{
    const yaml_node_t *node = lookup(yaml, root, "pageindex_threshold");
    guint64 value;
    if (!node)
        return true;
    if (!scalar(node) ||
        !g_ascii_string_to_unsigned(scalar(node), 10, 1, G_MAXINT32, &value, NULL))
        return bad_value(yaml, node, "pageindex_threshold", "a number of pages, 1 or more",
                         error);
    config->pageindex_threshold = (guint)value;
    return true;
}

/* YAML 1.1's booleans, as Python reads them. */
static int boolean(const char *text)
{
    static const char *const names[2][3] = {{"false", "no", "off"}, {"true", "yes", "on"}};
    for (int value = 0; text && value < 2; value++)
        for (int i = 0; i < 3; i++)
            if (g_ascii_strcasecmp(text, names[value][i]) == 0)
                return value;
    return -1;
}

static bool read_python_compat(Yaml *yaml, const yaml_node_t *root, OkbConfig *config,
                               GError **error)
{
    const yaml_node_t *node = lookup(yaml, lookup(yaml, root, "ingest"), "python_compat");
    if (!node)
        return true;
    int value = boolean(scalar(node));
    if (value < 0)
        return bad_value(yaml, node, "ingest.python_compat", "true or false", error);
    config->python_compat = value;
    return true;
}

bool okb_config_load(OkbConfig *config, int root, const char *path, GError **error)
{
    *config = (OkbConfig){.pageindex_threshold = THRESHOLD_DEFAULT, .python_compat = true};
    g_autoptr(GError) local = NULL;
    g_autoptr(GBytes) bytes = okb_io_read_path(root, path, CONFIG_MAX, &local);
    if (!bytes) {
        if (errno == ENOENT)
            return true;
        g_propagate_error(error, g_steal_pointer(&local));
        return false;
    }
    Yaml yaml;
    if (!parse(&yaml, bytes, path, error))
        return false;
    const yaml_node_t *top = yaml_document_get_root_node(&yaml.document);
    bool good;
    if (top && top->type != YAML_MAPPING_NODE)
        good =
            okb_error_set(error, OKB_ERROR_FAILED, "%s: must be a map of keys to values", path);
    else
        good = read_threshold(&yaml, top, config, error) &&
               read_python_compat(&yaml, top, config, error);
    yaml_document_delete(&yaml.document);
    return good;
}

/* ---- The user's own ---------------------------------------------------------------------- */

static bool read_user_plugins(Yaml *yaml, const yaml_node_t *root, OkbGlobalConfig *config,
                              GError **error)
{
    const yaml_node_t *node = lookup(yaml, root, "allow_user_plugins");
    int value = node ? boolean(scalar(node)) : 0;
    if (value < 0)
        return bad_value(yaml, node, "allow_user_plugins", "true or false", error);
    config->allow_user_plugins = value;
    return true;
}

static bool read_limits(Yaml *yaml, const yaml_node_t *root, OkbGlobalConfig *config,
                        GError **error)
{
    const yaml_node_t *map = lookup(yaml, root, "limits");
    if (!map)
        return true;
    if (map->type != YAML_MAPPING_NODE)
        return bad_value(yaml, map, "limits", "a map of names to values", error);
    for (const yaml_node_pair_t *pair = map->data.mapping.pairs.start;
         pair < map->data.mapping.pairs.top; pair++) {
        const char *name = scalar(yaml_document_get_node(&yaml->document, pair->key));
        const char *value = scalar(yaml_document_get_node(&yaml->document, pair->value));
        if (!name || !value)
            return bad_value(yaml, map, "limits", "a map of names to values", error);
        g_hash_table_insert(config->limits, g_strdup(name), g_strdup(value));
    }
    return true;
}

static bool read_global(Yaml *yaml, OkbGlobalConfig *config, GError **error)
{
    const yaml_node_t *top = yaml_document_get_root_node(&yaml->document);
    config->default_kb = g_strdup(scalar(lookup(yaml, top, "default_kb")));
    return read_user_plugins(yaml, top, config, error) && read_limits(yaml, top, config, error);
}

bool okb_config_load_global(OkbGlobalConfig *config, GError **error)
{
    const char *home = g_getenv("HOME");
    *config = (OkbGlobalConfig){
        .limits = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free)};
    if (!home || !*home)
        return true;
    g_autofree char *path = g_build_filename(home, ".config/openkb/global.yaml", NULL);
    okb_autofd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return true;
    g_autoptr(GBytes) bytes = okb_io_read_file(fd, CONFIG_MAX, path, error);
    Yaml yaml;
    if (!bytes || !parse(&yaml, bytes, path, error))
        return false;
    bool good = read_global(&yaml, config, error);
    yaml_document_delete(&yaml.document);
    return good;
}

void okb_config_clear_global(OkbGlobalConfig *config)
{
    g_clear_pointer(&config->default_kb, g_free);
    g_clear_pointer(&config->limits, g_hash_table_unref);
}
