/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * wiki/index.md belongs to people and to other programs; ours are only the lines of our
 * documents under "## Documents". Everything else is kept byte for byte.
 *
 *     a document of ours without a line       gets one, directly under the heading
 *     a line that is as we last wrote it      follows the registry
 *     any other line                          is left alone, but for "(short)" and
 *                                             "(pageindex)", which say what the document is
 *     a line of a document that was removed   goes
 *
 * THE SWAP. An editor may save the file between our reading and our writing. So the new text is
 * exchanged with what stands there, and what comes out is compared with what was read. When it
 * differs, it is read, merged and exchanged again. The staged file is named after the digests
 * of what it may rightly hold, so that recovery can judge it after a crash:
 *
 *     index-<digest read>-<digest new>
 */
#include "store/views-private.h"

#include "util/cleanup.h"
#include "util/io.h"
#include "util/text.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define INDEX   "wiki/index.md"
#define HEADING OKB_INDEX_HEADING
#define LINK    OKB_INDEX_LINK
/* The name, after the prefix, of a staged file that is not whole yet. */
#define UNFINISHED "unfinished"

enum { INDEX_MAX = 1 << 28, BRIEF_MAX = 400, TURNS = 16 };

static const char seed[] = "# Knowledge Base Index\n\n## Documents\n\n## Concepts\n\n"
                           "## Entities\n\n## Explorations\n";

/* ---- merging ----------------------------------------------------------------------------- */

/* The name that a line of the section links to; NULL when it is no such line. */
static char *linked_name(const char *line)
{
    if (!g_str_has_prefix(line, LINK))
        return NULL;
    const char *name = line + strlen(LINK);
    const char *end = strstr(name, "]]");
    return end ? g_strndup(name, (gsize)(end - name)) : NULL;
}

bool okb_view_index_is_heading(const char *line)
{
    g_autofree char *trimmed = g_strchomp(g_strdup(line));
    return strcmp(trimmed, HEADING) == 0;
}

static const char *text_of(GPtrArray *lines, guint i)
{
    return ((GString *)lines->pdata[i])->str;
}

static void add_line(GPtrArray *lines, const char *text)
{
    g_ptr_array_add(lines, g_string_new(text));
}

static bool has_section(GPtrArray *lines)
{
    for (guint i = 0; i < lines->len; i++)
        if (okb_view_index_is_heading(text_of(lines, i)))
            return true;
    return false;
}

/* Index of the line after the heading; the heading is added when it is missing. */
static guint find_section(GPtrArray *lines)
{
    for (guint i = 0; i < lines->len; i++)
        if (okb_view_index_is_heading(text_of(lines, i)))
            return i + 1;
    while (lines->len > 0 && !*text_of(lines, lines->len - 1))
        g_ptr_array_set_size(lines, (gint)lines->len - 1);
    if (lines->len > 0)
        add_line(lines, "");
    add_line(lines, HEADING);
    guint start = lines->len;
    add_line(lines, "");
    return start;
}

static guint section_end(GPtrArray *lines, guint start)
{
    guint end = start;
    while (end < lines->len && !g_str_has_prefix(text_of(lines, end), "## "))
        end++;
    return end;
}

static void free_line(gpointer line)
{
    g_string_free(line, TRUE);
}

/* Lines with their length: a NUL in somebody's file stays where it is. */
static GPtrArray *split(GBytes *bytes)
{
    gsize len;
    const char *text = g_bytes_get_data(bytes, &len);
    GPtrArray *lines = g_ptr_array_new_with_free_func(free_line);
    const char *end = text + len;
    for (const char *p = text;;) {
        const char *newline = memchr(p, '\n', (gsize)(end - p));
        g_ptr_array_add(lines, g_string_new_len(p, (newline ? newline : end) - p));
        if (!newline)
            return lines;
        p = newline + 1;
    }
}

static void append(GString *text, GPtrArray *lines, guint from, guint to)
{
    for (guint i = from; i < to; i++) {
        const GString *line = lines->pdata[i];
        if (text->len > 0 || i > 0)
            g_string_append_c(text, '\n');
        g_string_append_len(text, line->str, (gssize)line->len);
    }
}

static bool is_removed(OkbStore *store, const char *name, GError **error)
{
    gint64 removed = 0;
    okb_database_number(store->db, &removed, error,
                        "SELECT EXISTS (SELECT 1 FROM index_removal r WHERE r.name = ?1 AND "
                        "NOT EXISTS (SELECT 1 FROM document d WHERE d.name = r.name))",
                        "s", name);
    return removed != 0;
}

/* Drops the lines of removed documents. */
static void drop_removed(OkbStore *store, GPtrArray *lines, guint start, GError **error)
{
    gint64 any = 0;
    okb_database_number(store->db, &any, error, "SELECT EXISTS (SELECT 1 FROM index_removal)",
                        "");
    for (guint i = any ? section_end(lines, start) : start; i-- > start && !*error;) {
        g_autofree char *name = linked_name(text_of(lines, i));
        if (name && is_removed(store, name, error))
            g_ptr_array_remove_index(lines, i);
    }
}

/* The lines of the section that link to a summary: name -> line. */
static GHashTable *find_lines(GPtrArray *lines, guint start)
{
    GHashTable *found = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = section_end(lines, start); i-- > start;) {
        char *name = linked_name(text_of(lines, i));
        if (name)
            g_hash_table_replace(found, name, lines->pdata[i]);
    }
    return found;
}

static const char *kind_of(const char *type)
{
    bool is_long = strcmp(type, "long_pdf") == 0 || strcmp(type, "pageindex_cloud") == 0;
    return is_long ? "(pageindex)" : "(short)";
}

char *okb_view_index_line(const char *name, const char *type, const char *description)
{
    g_autofree char *brief = okb_text_one_line(description, BRIEF_MAX);
    return g_strconcat(LINK, name, "]] ", kind_of(type), *brief ? " — " : "", brief, NULL);
}

/* Who wrote the rest of the line may have known an earlier version of the document. */
static void correct_kind(GString *line, const char *name, const char *type)
{
    static const char *const kinds[] = {"(short)", "(pageindex)"};
    gsize at = strlen(LINK) + strlen(name) + strlen("]] ");
    for (gsize i = 0; i < G_N_ELEMENTS(kinds) && at < line->len; i++) {
        if (!g_str_has_prefix(line->str + at, kinds[i]))
            continue;
        g_string_erase(line, (gssize)at, (gssize)strlen(kinds[i]));
        g_string_insert(line, (gssize)at, kind_of(type));
        return;
    }
}

/* The line of a row, noted when it is not what was written last. */
static char *wanted_line(OkbStore *store, sqlite3_stmt *row)
{
    gint64 id = sqlite3_column_int64(row, 0);
    char *line = okb_view_index_line(okb_database_text(row, 1), okb_database_text(row, 2),
                                     okb_database_text(row, 3));
    if (strcmp(line, okb_database_text(row, 4)) != 0)
        g_hash_table_insert(store->index_built, g_memdup2(&id, sizeof id), g_strdup(line));
    return line;
}

static void forget_built(OkbStore *store)
{
    g_clear_pointer(&store->index_built, g_hash_table_unref);
    store->index_built = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
}

/* Brings the lines up to date; new ones are collected, newest first. */
static bool place_lines(OkbStore *store, GHashTable *found, GPtrArray *fresh, GError **error)
{
    int got = -1;
    forget_built(store);
    sqlite3_stmt *row =
        okb_database_query(store->db, error,
                           "SELECT id, name, type, description, index_line FROM document "
                           "WHERE plugin <> '' ORDER BY id DESC",
                           "");
    while (row && (got = okb_database_step(store->db, row, error)) > 0) {
        const char *name = okb_database_text(row, 1);
        const char *last = okb_database_text(row, 4);
        GString *line = g_hash_table_lookup(found, name);
        g_autofree char *wanted = wanted_line(store, row);
        if (!line)
            add_line(fresh, wanted);
        else if (strcmp(line->str, last) == 0)
            g_string_assign(line, wanted);
        else
            correct_kind(line, name, okb_database_text(row, 2));
    }
    return got == 0;
}

static GBytes *merge(OkbStore *store, GBytes *base, GError **error)
{
    g_autoptr(GError) local = NULL;
    g_autoptr(GPtrArray) lines = split(base);
    g_autoptr(GPtrArray) fresh = g_ptr_array_new_with_free_func(free_line);
    bool had_section = has_section(lines);
    guint start = find_section(lines);
    drop_removed(store, lines, start, &local);
    g_autoptr(GHashTable) found = find_lines(lines, start);
    if (local || !place_lines(store, found, fresh, &local)) {
        g_propagate_error(error, g_steal_pointer(&local));
        return NULL;
    }
    if (!had_section && fresh->len == 0)
        return g_bytes_ref(base);
    GString *text = g_string_new(NULL);
    append(text, lines, 0, start);
    append(text, fresh, 0, fresh->len);
    append(text, lines, start, lines->len);
    return g_string_free_to_bytes(text);
}

/* ---- the swap ---------------------------------------------------------------------------- */

typedef struct {
    int dir; /* where files for wiki/ can be staged */
    char *dir_path;
    const char *prefix;
    int wiki;
    bool as_left;    /* what stands there is what we wrote last */
    GPtrArray *kept; /* names of staged files whose text was merged and is not yet in place */
} Swap;

static void clear_swap(Swap *swap)
{
    okb_close_fd(&swap->dir);
    okb_close_fd(&swap->wiki);
    g_free(swap->dir_path);
    g_clear_pointer(&swap->kept, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Swap, clear_swap)

static bool open_swap(OkbStore *store, Swap *swap, GError **error)
{
    int root = store->kb->root;
    *swap = (Swap){.dir = -1, .wiki = -1, .kept = g_ptr_array_new_with_free_func(g_free)};
    if (okb_io_make_parents(root, OKB_VIEWS_DIR "/x") != 0 ||
        okb_io_make_parents(root, INDEX) != 0)
        return okb_error_errno(error, errno, "cannot make the directories for " INDEX);
    const char *place = okb_store_place(store, INDEX, error);
    if (!place)
        return false;
    swap->dir_path = g_strdup(*place ? place : OKB_VIEWS_DIR);
    swap->prefix = *place ? ".openkb-index-" : "index-";
    swap->dir = okb_io_open_beneath(root, swap->dir_path, O_RDONLY | O_DIRECTORY, 0);
    swap->wiki = okb_io_open_beneath(root, "wiki", O_RDONLY | O_DIRECTORY, 0);
    if (swap->dir < 0 || swap->wiki < 0)
        return okb_error_errno(error, errno, "cannot open the directories of " INDEX);
    return true;
}

static void digest(GBytes *bytes, char hex[static OKB_DIGEST_HEX])
{
    gsize len;
    const void *data = g_bytes_get_data(bytes, &len);
    okb_digest_bytes(data, len, hex);
}

/* NULL with *error unset when there is none. */
static GBytes *read_index(OkbStore *store, GError **error)
{
    g_autoptr(GError) local = NULL;
    GBytes *bytes = okb_io_read_path(store->kb->root, INDEX, INDEX_MAX, &local);
    if (!bytes && errno != ENOENT)
        g_propagate_error(error, g_steal_pointer(&local));
    return bytes;
}

static bool write_staged(OkbStore *store, const Swap *swap, const char *name, GBytes *bytes,
                         GError **error)
{
    gsize len;
    const void *data = g_bytes_get_data(bytes, &len);
    g_autofree char *temp = g_strconcat(swap->prefix, UNFINISHED, NULL);
    g_autofree char *path = g_strconcat(swap->dir_path, "/", temp, NULL);
    unlinkat(swap->dir, temp, 0);
    okb_autofd int fd =
        openat(swap->dir, temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (fd < 0 || okb_io_write_all(fd, data, len) != 0)
        return okb_error_errno(error, errno, "cannot write the new " INDEX);
    okb_publish_keep_mode(store->kb->root, INDEX, path);
    if (!okb_fault("no-view-sync") && fsync(fd) != 0)
        return okb_error_errno(error, errno, "cannot sync the new " INDEX);
    return renameat(swap->dir, temp, swap->dir, name) == 0 ||
           okb_error_errno(error, errno, "cannot name the new " INDEX);
}

/* Somebody's editor, at the worst moment. */
static void pretend_race(const Swap *swap)
{
    static bool raced;
    static const char text[] = "# Saved at the worst moment\n\n## Documents\n";
    bool race = okb_pretend("index-race") && !raced;
    okb_autofd int fd =
        race ? openat(swap->wiki, "index.md", O_WRONLY | O_CREAT | O_TRUNC, 0666) : -1;
    raced = okb_pretend("index-race") && (raced || fd >= 0);
    if (fd >= 0)
        (void)!write(fd, text, strlen(text));
}

static int swap_in(const Swap *swap, const char *name, bool exists)
{
    pretend_race(swap);
    return exists ? okb_publish_swap(swap->dir, name, swap->wiki, "index.md")
                  : okb_publish_place(swap->dir, name, swap->wiki, "index.md");
}

/* What came out, at `name` or beside it: NULL when nothing did. */
static GBytes *read_displaced(const Swap *swap, const char *name, GError **error)
{
    g_autofree char *out = g_strconcat(name, OKB_PUBLISH_OUT, NULL);
    okb_autofd int fd = openat(swap->dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        fd = openat(swap->dir, out, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0)
        return okb_io_read_file(fd, INDEX_MAX, INDEX, error);
    okb_error_errno(error, errno, "cannot read what stood at " INDEX "; it is kept in %s",
                    OKB_VIEWS_DIR);
    return NULL;
}

/* Their text is in what stands at index.md now. */
static void drop_kept(const Swap *swap)
{
    for (guint i = 0; i < swap->kept->len; i++) {
        const char *name = swap->kept->pdata[i];
        g_autofree char *out = g_strconcat(name, OKB_PUBLISH_OUT, NULL);
        unlinkat(swap->dir, name, 0);
        unlinkat(swap->dir, out, 0);
    }
}

static GBytes *new_text(OkbStore *store, Swap *swap, GBytes *base, GError **error)
{
    forget_built(store);
    GBytes *text =
        swap->as_left ? okb_view_index_insert(store, base, store->index_built) : NULL;
    swap->as_left = false;
    return text ? text : merge(store, base, error);
}

typedef enum { SWAPPED, OVERTAKEN, SWAP_FAILED } Turn;

/*
 * One exchange. *base is what the new text was merged from and `expected` the digest of what
 * should come out. OVERTAKEN: it was something else, which is *base now.
 */
static Turn take_turn(OkbStore *store, Swap *swap, GBytes **base, bool exists,
                      char expected[static OKB_DIGEST_HEX], GError **error)
{
    char out_digest[OKB_DIGEST_HEX], new_digest[OKB_DIGEST_HEX];
    g_autoptr(GBytes) text = new_text(store, swap, *base, error);
    if (!text)
        return SWAP_FAILED;
    digest(text, new_digest);
    g_strlcpy(store->index_digest, new_digest, OKB_DIGEST_HEX);
    if (exists && strcmp(new_digest, expected) == 0) /* it stands there already */
        return SWAPPED;
    g_autofree char *name = g_strconcat(swap->prefix, expected, "-", new_digest, NULL);
    if (!write_staged(store, swap, name, text, error))
        return SWAP_FAILED;
    if (swap_in(swap, name, exists) != 0) {
        okb_error_errno(error, errno, "cannot put the new " INDEX " in place");
        return SWAP_FAILED;
    }
    okb_barrier_directory_of(store->barrier, INDEX);
    g_autoptr(GBytes) out = read_displaced(swap, name, exists ? error : NULL);
    if (!out)
        return exists ? SWAP_FAILED : SWAPPED;
    digest(out, out_digest);
    g_ptr_array_add(swap->kept, g_steal_pointer(&name));
    if (strcmp(out_digest, expected) == 0 || okb_fault("index-no-judge"))
        return SWAPPED;
    g_bytes_unref(*base);
    *base = g_steal_pointer(&out);
    g_strlcpy(expected, new_digest, OKB_DIGEST_HEX);
    return OVERTAKEN;
}

static void drop_directory(OkbStore *store)
{
    const char *name;
    okb_autofd int staging = okb_io_open_parent(store->kb->root, OKB_VIEWS_DIR, &name);
    if (staging >= 0)
        unlinkat(staging, name, AT_REMOVEDIR);
}

static bool settle(OkbStore *store, const Swap *swap, GError **error)
{
    if (!okb_fault("no-view-sync") && fsync(swap->wiki) != 0)
        return okb_error_errno(error, errno, "cannot sync wiki/");
    drop_kept(swap);
    drop_directory(store);
    return true;
}

bool okb_view_index_build(OkbStore *store, GError **error)
{
    g_auto(Swap) swap = {.dir = -1, .wiki = -1};
    g_autoptr(GError) local = NULL;
    char expected[OKB_DIGEST_HEX];
    if (!open_swap(store, &swap, error))
        return false;
    g_autoptr(GBytes) base = read_index(store, &local);
    if (local) {
        g_propagate_error(error, g_steal_pointer(&local));
        return false;
    }
    bool exists = base != NULL;
    if (!exists)
        base = g_bytes_new_static(seed, strlen(seed));
    digest(base, expected);
    swap.as_left = exists && okb_view_is_as_left(store, "index_written", expected);
    for (int turn = 0; turn < TURNS; turn++) {
        Turn result = take_turn(store, &swap, &base, exists, expected, error);
        if (result != OVERTAKEN)
            return result == SWAPPED && settle(store, &swap, error);
        exists = true;
    }
    return okb_error_set(error, OKB_ERROR_FAILED,
                         INDEX " is being written by another program all the time");
}

bool okb_view_index_clean(OkbStore *store, GError **error)
{
    GHashTableIter iter;
    gpointer id, line;
    g_hash_table_iter_init(&iter, store->index_built);
    while (g_hash_table_iter_next(&iter, &id, &line))
        if (!okb_database_run(store->db, error,
                              "UPDATE document SET index_line = ? WHERE id = ?", "si",
                              (char *)line, *(gint64 *)id))
            return false;
    return okb_database_run(store->db, error, "DELETE FROM index_removal", "") &&
           okb_database_set_meta(store->db, "index_written", store->index_digest, error);
}

/* ---- after a crash ----------------------------------------------------------------------- */

/* Whether a staged file is what its name says it may be. */
static bool is_rightful(const Swap *swap, const char *name)
{
    char hash[OKB_DIGEST_HEX];
    okb_autofd int fd = openat(swap->dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    return fd >= 0 && okb_digest_fd(fd, hash) == 0 && strstr(name, hash);
}

static bool judge_left(OkbStore *store, const Swap *swap, const char *name, GError **error)
{
    struct stat st;
    bool missing = fstatat(swap->wiki, "index.md", &st, AT_SYMLINK_NOFOLLOW) != 0;
    if (missing && g_str_has_suffix(name, OKB_PUBLISH_OUT))
        return okb_publish_place(swap->dir, name, swap->wiki, "index.md") == 0 ||
               okb_error_errno(error, errno, "cannot put " INDEX " back");
    if (g_str_has_suffix(name, UNFINISHED) || is_rightful(swap, name))
        return unlinkat(swap->dir, name, 0) == 0 ||
               okb_error_errno(error, errno, "cannot remove %s/%s", swap->dir_path, name);
    g_autofree char *path = g_strconcat(swap->dir_path, "/", name, NULL);
    return okb_publish_save(store, path, "views", INDEX, error);
}

bool okb_view_index_recover(OkbStore *store, GError **error)
{
    struct stat st;
    g_auto(Swap) swap = {.dir = -1, .wiki = -1};
    if (okb_io_stat_beneath(store->kb->root, "wiki", &st) != 0 ||
        okb_io_stat_beneath(store->kb->root, OKB_VIEWS_DIR, &st) != 0)
        return true;
    if (!open_swap(store, &swap, error))
        return false;
    int fd = openat(swap.dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    g_autoptr(DIR) dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir)
        return okb_error_errno(error, errno, "cannot read %s", swap.dir_path);
    for (struct dirent *entry; (entry = readdir(dir));)
        if (g_str_has_prefix(entry->d_name, swap.prefix) &&
            !judge_left(store, &swap, entry->d_name, error))
            return false;
    drop_directory(store);
    return true;
}
