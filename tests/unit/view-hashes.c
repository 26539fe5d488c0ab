/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * .openkb/hashes.json, which Python OpenKB reads and writes too.
 */
#include "store-fixture.h"
#include "util/error.h"

#include <jansson.h>
#include <stdio.h>

#define HASHES ".openkb/hashes.json"

/* ---- help -------------------------------------------------------------------------------- */

static json_t *read_hashes(const Fixture *f)
{
    g_autofree char *text = scratch_read(f->scratch, HASHES);
    json_t *top = json_loads(text, 0, NULL);
    assert_non_null(top);
    return top;
}

static void write_hashes(const Fixture *f, json_t *top)
{
    char *text = json_dumps(top, JSON_INDENT(2));
    scratch_write(f->scratch, HASHES, text);
    free(text);
    json_decref(top);
}

/* What Python does: an entry of its own, with its files. */
static void python_adds(const Fixture *f, const char *name, const char *bytes)
{
    char hash[OKB_DIGEST_HEX];
    g_autofree char *raw = g_strdup_printf("raw/%s.md", name);
    g_autofree char *source = g_strdup_printf("wiki/sources/%s.md", name);
    g_autofree char *summary = g_strdup_printf("wiki/summaries/%s.md", name);
    g_autofree char *file = g_strdup_printf("%s.md", name);
    g_autofree char *path = g_strdup_printf("/src/%s.md", name);
    scratch_write(f->scratch, raw, bytes);
    scratch_write(f->scratch, source, bytes);
    scratch_write(f->scratch, summary, "by Python");
    digest_of(bytes, hash);
    json_t *top = read_hashes(f);
    json_object_set_new(top, hash,
                        json_pack("{ssssssssssssss}", "name", file, "doc_name", name, "type",
                                  "md", "path", path, "raw_path", raw, "source_path", source,
                                  "x_unknown", "kept"));
    write_hashes(f, top);
}

static void python_removes(const Fixture *f, const char *bytes)
{
    char hash[OKB_DIGEST_HEX];
    digest_of(bytes, hash);
    json_t *top = read_hashes(f);
    assert_int_equal(json_object_del(top, hash), 0);
    write_hashes(f, top);
}

static char *member(const Fixture *f, const char *bytes, const char *key)
{
    char hash[OKB_DIGEST_HEX];
    digest_of(bytes, hash);
    json_t *top = read_hashes(f);
    char *value = g_strdup(json_string_value(json_object_get(json_object_get(top, hash), key)));
    json_decref(top);
    return value;
}

static guint count_keys(const Fixture *f)
{
    json_t *top = read_hashes(f);
    guint count = (guint)json_object_size(top);
    json_decref(top);
    return count;
}

/* ---- export ------------------------------------------------------------------------------ */

static void an_export_is_what_python_would_have_written(void **state)
{
    Fixture *f = *state;
    char hash[OKB_DIGEST_HEX];
    digest_of("one", hash);
    add_document(f, "naïve 😀", "one", NULL);
    fixture_release(f);
    g_autofree char *wanted =
        g_strdup_printf("{\n  \"%s\": {\n"
                        "    \"name\": \"na\\u00efve \\ud83d\\ude00.md\",\n"
                        "    \"doc_name\": \"na\\u00efve \\ud83d\\ude00\",\n"
                        "    \"type\": \"md\",\n"
                        "    \"path\": \"/src/na\\u00efve \\ud83d\\ude00.md\",\n"
                        "    \"raw_path\": \"raw/na\\u00efve \\ud83d\\ude00.md\",\n"
                        "    \"source_path\": \"wiki/sources/na\\u00efve \\ud83d\\ude00.md\"\n"
                        "  }\n}\n",
                        hash);
    assert_text(f, HASHES, wanted);
}

static void an_update_moves_the_entry_to_its_new_key_at_the_end(void **state)
{
    Fixture *f = *state;
    char first[OKB_DIGEST_HEX], last[OKB_DIGEST_HEX];
    digest_of("two", first);
    digest_of("new", last);
    add_document(f, "a", "one", NULL);
    add_document(f, "b", "two", NULL);
    add_document(f, "a", "new", "one");
    fixture_release(f);
    json_t *top = read_hashes(f);
    void *iter = json_object_iter(top);
    assert_string_equal(json_object_iter_key(iter), first);
    iter = json_object_iter_next(top, iter);
    assert_string_equal(json_object_iter_key(iter), last);
    assert_null(json_object_iter_next(top, iter));
    json_decref(top);
}

static void of_two_documents_with_the_same_bytes_one_is_exported(void **state)
{
    Fixture *f = *state;
    add_document(f, "first", "same", NULL);
    add_document(f, "second", "same", NULL);
    fixture_release(f);
    g_autofree char *name = member(f, "same", "doc_name");
    assert_string_equal(name, "first");
    assert_int_equal(count_keys(f), 1);
    fixture_acquire(f);
    assert_int_equal(okb_registry_count(f->store, NULL), 2);
}

static void without_python_compat_the_file_is_left_alone(void **state)
{
    Fixture *f = *state;
    f->kb->config.python_compat = false;
    add_document(f, "report", "one", NULL);
    fixture_release(f);
    assert_text(f, HASHES, "{}\n");
}

/* ---- import ------------------------------------------------------------------------------ */

static void what_python_added_is_imported_with_its_files(void **state)
{
    Fixture *f = *state;
    fixture_release(f);
    python_adds(f, "theirs", "bytes");
    fixture_acquire(f);
    assert_int_equal(f->report.imported, 1);
    g_autoptr(OkbDocument) document = okb_registry_by_name(f->store, "theirs", NULL);
    assert_string_equal(document->path, "/src/theirs.md");
    assert_string_equal(document->provenance.plugin, "");
    assert_int_equal(document->artifacts->len, 3);
    fixture_release(f);
    fixture_acquire(f);
    assert_int_equal(f->report.imported, 0);
}

static void unknown_keys_and_order_survive_our_own_writing(void **state)
{
    Fixture *f = *state;
    char hash[OKB_DIGEST_HEX];
    digest_of("bytes", hash);
    fixture_release(f);
    json_t *top = json_object();
    json_object_set_new(top, "not a digest", json_integer(3));
    write_hashes(f, top);
    python_adds(f, "theirs", "bytes");
    fixture_acquire(f);
    add_document(f, "ours", "one", NULL);
    fixture_release(f);
    g_autofree char *kept = member(f, "bytes", "x_unknown");
    assert_string_equal(kept, "kept");
    top = read_hashes(f);
    void *iter = json_object_iter(top);
    assert_string_equal(json_object_iter_key(iter), "not a digest");
    assert_string_equal(json_object_iter_key(json_object_iter_next(top, iter)), hash);
    assert_int_equal(json_object_size(top), 3);
    json_decref(top);
}

static void an_update_of_theirs_keeps_what_we_do_not_know(void **state)
{
    Fixture *f = *state;
    fixture_release(f);
    python_adds(f, "theirs", "bytes");
    fixture_acquire(f);
    add_document(f, "theirs", "new bytes", "bytes");
    fixture_release(f);
    g_autofree char *kept = member(f, "new bytes", "x_unknown");
    assert_string_equal(kept, "kept");
    assert_int_equal(count_keys(f), 1);
    assert_text(f, "wiki/summaries/theirs.md", "new bytes");
    assert_int_equal(count_entries(f, ".openkb/conflicts"), 1);
}

static void what_python_removed_goes_and_no_file_is_touched(void **state)
{
    Fixture *f = *state;
    add_document(f, "report", "one", NULL);
    add_document(f, "other", "two", NULL);
    fixture_release(f);
    python_removes(f, "one");
    fixture_acquire(f);
    assert_int_equal(f->report.removed_outside, 1);
    assert_int_equal(okb_registry_count(f->store, NULL), 1);
    assert_text(f, "raw/report.md", "one");
}

static void entries_of_one_name_that_python_removed_all_go(void **state)
{
    Fixture *f = *state;
    static const char *const bytes[] = {"one", "two"};
    json_t *top = json_object();
    fixture_release(f);
    for (gsize i = 0; i < G_N_ELEMENTS(bytes); i++) {
        char hash[OKB_DIGEST_HEX];
        digest_of(bytes[i], hash);
        json_object_set_new(top, hash, json_pack("{ssss}", "name", "same.md", "type", "md"));
    }
    write_hashes(f, top);
    fixture_acquire(f);
    assert_int_equal(okb_registry_count(f->store, NULL), 2);
    fixture_release(f);
    write_hashes(f, json_object());
    fixture_acquire(f);
    assert_int_equal(okb_registry_count(f->store, NULL), 0);
    assert_int_equal(f->report.removed_outside, 2);
}

static void what_python_updated_keeps_its_row(void **state)
{
    Fixture *f = *state;
    gint64 id = add_document(f, "report", "one", NULL);
    fixture_release(f);
    python_removes(f, "one");
    python_adds(f, "report", "two");
    fixture_acquire(f);
    g_autoptr(OkbDocument) document = okb_registry_by_name(f->store, "report", NULL);
    char hash[OKB_DIGEST_HEX];
    digest_of("two", hash);
    assert_int_equal(document->id, id);
    assert_string_equal(document->hash, hash);
    assert_int_equal(okb_registry_count(f->store, NULL), 1);
    assert_int_equal(f->report.removed_outside, 0);
}

static void the_oldest_entries_are_found_by_their_stem(void **state)
{
    Fixture *f = *state;
    char hash[OKB_DIGEST_HEX];
    digest_of("old", hash);
    fixture_release(f);
    json_t *top = json_object();
    json_object_set_new(top, hash,
                        json_pack("{ssss}", "name", "my report.v2.pdf", "type", "pdf"));
    write_hashes(f, top);
    scratch_write(f->scratch, "raw/my report.v2.pdf", "old");
    fixture_acquire(f);
    g_autoptr(OkbDocument) document = okb_registry_legacy(f->store, "my report.v2", NULL);
    assert_non_null(document);
    assert_string_equal(document->name, "my report.v2");
    assert_int_equal(document->artifacts->len, 1);
    assert_null(okb_registry_legacy(f->store, "my report", NULL));
}

static void paths_that_lead_elsewhere_are_no_artifacts(void **state)
{
    static const char *const paths[] = {"../../etc/passwd", "/etc/passwd", ".openkb/openkb.db",
                                        "raw/../.openkb/openkb.db"};
    Fixture *f = *state;
    json_t *top = json_object();
    fixture_release(f);
    for (gsize i = 0; i < G_N_ELEMENTS(paths); i++) {
        char hash[OKB_DIGEST_HEX];
        digest_of(paths[i], hash);
        g_autofree char *name = g_strdup_printf("n%zu", i);
        json_object_set_new(top, hash,
                            json_pack("{ssssssss}", "name", name, "type", "md", "path", "/x",
                                      "raw_path", paths[i]));
    }
    write_hashes(f, top);
    fixture_acquire(f);
    assert_int_equal(f->report.imported, G_N_ELEMENTS(paths));
    for (gsize i = 0; i < G_N_ELEMENTS(paths); i++) {
        g_autofree char *name = g_strdup_printf("n%zu", i);
        g_autoptr(OkbDocument) document = okb_registry_by_name(f->store, name, NULL);
        assert_int_equal(document->artifacts->len, 0);
    }
}

static void a_registry_can_be_read_before_there_is_one(void **state)
{
    Fixture *f = *state;
    const OkbStoreOptions options = {.read_only = true};
    static const char *const files[] = {".openkb/openkb.db", ".openkb/openkb.db-wal",
                                        ".openkb/openkb.db-shm"};
    fixture_release(f);
    okb_store_close(f->store);
    f->store = NULL;
    for (gsize i = 0; i < G_N_ELEMENTS(files); i++)
        unlinkat(f->scratch->fd, files[i], 0);
    python_adds(f, "theirs", "bytes");
    guint before = count_entries(f, ".openkb");
    g_autoptr(OkbStore) reader = okb_store_open(f->kb, &options, NULL);
    assert_int_equal(okb_registry_count(reader, NULL), 1);
    assert_int_equal(count_entries(f, ".openkb"), before);
}

/* ---- crashes and damage ------------------------------------------------------------------ */

static void a_crash_before_the_export_loses_neither_addition_nor_removal(void **state)
{
    Fixture *f = *state;
    gint64 id = add_document(f, "gone", "one", NULL);
    fixture_release(f);
    fixture_acquire(f);
    OkbTxn *txn = fixture_begin(f);
    assert_true(okb_registry_delete(f->store, id, NULL));
    put_document(f, txn, "new", "two", NULL);
    fixture_commit(txn);
    fixture_crash(f);
    assert_int_equal(count_keys(f), 1);
    fixture_acquire(f);
    g_autofree char *name = member(f, "two", "doc_name");
    assert_string_equal(name, "new");
    assert_int_equal(count_keys(f), 1);
    assert_int_equal(okb_registry_count(f->store, NULL), 1);
}

static void python_running_between_our_crash_and_recovery_brings_nothing_back(void **state)
{
    Fixture *f = *state;
    gint64 id = add_document(f, "gone", "one", NULL);
    fixture_release(f);
    fixture_acquire(f);
    OkbTxn *txn = fixture_begin(f);
    assert_true(okb_registry_delete(f->store, id, NULL));
    put_document(f, txn, "new", "two", NULL);
    fixture_commit(txn);
    unlinkat(f->scratch->fd, "wiki/summaries/gone.md", 0);
    fixture_crash(f);
    python_adds(f, "theirs", "three");
    fixture_acquire(f);
    assert_int_equal(f->report.imported, 1);
    assert_null(okb_registry_by_name(f->store, "gone", NULL));
    assert_int_equal(okb_registry_count(f->store, NULL), 2);
    assert_int_equal(count_keys(f), 2);
}

/* We die after a commit, and Python takes the name of what we added. */
static void crash_and_let_python_take_the_name(Fixture *f)
{
    char hash[OKB_DIGEST_HEX];
    digest_of("theirs", hash);
    json_t *top = read_hashes(f);
    json_object_set_new(top, hash,
                        json_pack("{ssssssssss}", "name", "report.md", "doc_name", "report",
                                  "type", "md", "path", "/elsewhere/report.md", "source_path",
                                  "wiki/sources/report.md"));
    write_hashes(f, top);
    scratch_write(f->scratch, "wiki/sources/report.md", "theirs");
}

/* The file of our first transaction that is staged as `number` was not published yet. */
static void unpublish(Fixture *f, const char *path, const char *number)
{
    g_autofree char *commit =
        g_build_filename(f->scratch->path, ".openkb/staging/commit", NULL);
    g_autoptr(GDir) dir = g_dir_open(commit, 0, NULL);
    g_autofree char *staged = g_build_filename(commit, g_dir_read_name(dir), number, NULL);
    g_autofree char *published = g_build_filename(f->scratch->path, path, NULL);
    assert_int_equal(rename(published, staged), 0);
}

static void a_name_whose_bytes_are_gone_costs_that_document_only(void **state)
{
    Fixture *f = *state;
    add_document(f, "report", "ours", NULL);
    fixture_crash(f);
    unlinkat(f->scratch->fd, "raw/report.md", 0);
    crash_and_let_python_take_the_name(f);
    fixture_acquire(f);
    assert_text(f, "wiki/sources/report.md", "theirs");
    assert_int_equal(f->report.documents_damaged, 2);
    assert_int_equal(count_entries(f, ".openkb/conflicts"), 0);
}

static void a_name_that_python_took_meanwhile_stays_its_own(void **state)
{
    Fixture *f = *state;
    add_document(f, "report", "ours, see sources/report.md", NULL);
    fixture_crash(f);
    unpublish(f, "wiki/sources/report.md", "1");
    unpublish(f, "wiki/summaries/report.md", "2");
    crash_and_let_python_take_the_name(f);
    scratch_write(f->scratch, "wiki/summaries/report.md", "theirs too");
    fixture_acquire(f);
    assert_text(f, "wiki/sources/report.md", "theirs");
    assert_text(f, "raw/report.md", NULL);
    assert_text(f, "wiki/summaries/report.md", "theirs too");
    g_autoptr(OkbDocument) ours = okb_registry_by_path(f->store, "/src/report.md", NULL);
    assert_true(g_str_has_prefix(ours->name, "report-"));
    assert_int_equal(strlen(ours->name), strlen("report-") + 8);
    g_autofree char *raw = g_strdup_printf("raw/%s.md", ours->name);
    assert_text(f, raw, "ours, see sources/report.md");
    g_autofree char *summary = g_strdup_printf("wiki/summaries/%s.md", ours->name);
    g_autofree char *text = g_strdup_printf("ours, see sources/%s.md", ours->name);
    assert_text(f, summary, text);
    fixture_release(f);
    assert_int_equal(count_keys(f), 2);
}

static void a_missing_file_is_written_again(void **state)
{
    Fixture *f = *state;
    add_document(f, "report", "one", NULL);
    fixture_release(f);
    assert_int_equal(unlinkat(f->scratch->fd, HASHES, 0), 0);
    fixture_acquire(f);
    assert_int_equal(okb_registry_count(f->store, NULL), 1);
    assert_int_equal(count_keys(f), 1);
}

static void a_file_that_cannot_be_understood_is_kept_and_written_again(void **state)
{
    Fixture *f = *state;
    add_document(f, "report", "one", NULL);
    fixture_release(f);
    scratch_write(f->scratch, HASHES, "{ \"torn");
    fixture_acquire(f);
    assert_int_equal(f->report.messages->len, 1);
    assert_int_equal(count_keys(f), 1);
    assert_int_equal(count_entries(f, ".openkb/quarantine"), 1);
}

static void the_only_copy_of_what_python_knew_is_not_replaced(void **state)
{
    Fixture *f = *state;
    g_autoptr(GError) error = NULL;
    okb_store_close(f->store);
    assert_int_equal(unlinkat(f->scratch->fd, ".openkb/openkb.db", 0), 0);
    scratch_write(f->scratch, HASHES, "{ \"torn");
    f->store = okb_store_open(f->kb, &(OkbStoreOptions){.create = true}, &error);
    assert_null(f->store);
    assert_int_equal(error->code, OKB_ERROR_CORRUPT);
    assert_text(f, HASHES, "{ \"torn");
}

#define IN_KB(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_KB(an_export_is_what_python_would_have_written),
        IN_KB(an_update_moves_the_entry_to_its_new_key_at_the_end),
        IN_KB(of_two_documents_with_the_same_bytes_one_is_exported),
        IN_KB(without_python_compat_the_file_is_left_alone),
        IN_KB(what_python_added_is_imported_with_its_files),
        IN_KB(unknown_keys_and_order_survive_our_own_writing),
        IN_KB(an_update_of_theirs_keeps_what_we_do_not_know),
        IN_KB(what_python_removed_goes_and_no_file_is_touched),
        IN_KB(entries_of_one_name_that_python_removed_all_go),
        IN_KB(what_python_updated_keeps_its_row),
        IN_KB(the_oldest_entries_are_found_by_their_stem),
        IN_KB(paths_that_lead_elsewhere_are_no_artifacts),
        IN_KB(a_registry_can_be_read_before_there_is_one),
        IN_KB(a_crash_before_the_export_loses_neither_addition_nor_removal),
        IN_KB(python_running_between_our_crash_and_recovery_brings_nothing_back),
        IN_KB(a_name_that_python_took_meanwhile_stays_its_own),
        IN_KB(a_name_whose_bytes_are_gone_costs_that_document_only),
        IN_KB(a_missing_file_is_written_again),
        IN_KB(a_file_that_cannot_be_understood_is_kept_and_written_again),
        IN_KB(the_only_copy_of_what_python_knew_is_not_replaced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
