/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * What the next command finds, and makes of it. A crash between the commit and the renames is
 * made by moving the published files back to where their intents say they were.
 */
#include "store-fixture.h"
#include "util/error.h"

#include <dirent.h>
#include <sqlite3.h>
#include <stdio.h>

/* ---- help -------------------------------------------------------------------------------- */

static void full_path(const Fixture *f, const char *path, char out[static 512])
{
    g_snprintf(out, 512, "%s/%s", f->scratch->path, path);
}

static int undo_intent(void *data, int columns, char **values, char **names)
{
    const Fixture *f = data;
    char dst[512], src[512];
    (void)columns;
    (void)names;
    full_path(f, values[0], dst);
    full_path(f, values[1], src);
    if (!*values[2]) /* a removal */
        return rename(src, dst);
    /* an exchange put the old version where the new one was staged */
    if (renameat2(AT_FDCWD, dst, AT_FDCWD, src, RENAME_EXCHANGE) == 0)
        return 0;
    return rename(dst, src);
}

static void run_sql(const Fixture *f, const char *sql,
                    int (*row)(void *, int, char **, char **))
{
    char path[512];
    char *problem = NULL;
    sqlite3 *db;
    full_path(f, ".openkb/openkb.db", path);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, row, (void *)f, &problem) != SQLITE_OK)
        fail_msg("%s: %s", sql, problem);
    sqlite3_close(db);
}

/* Back to the moment after the commit; `which` limits it to some targets. */
static void undo_publishing(const Fixture *f, const char *which)
{
    g_autofree char *sql =
        g_strdup_printf("SELECT dst, src, hash FROM intent WHERE dst LIKE '%s'", which);
    run_sql(f, sql, undo_intent);
}

static void delete_file(const Fixture *f, const char *path)
{
    assert_int_equal(unlinkat(f->scratch->fd, path, 0), 0);
}

static gint64 number(const Fixture *f, const char *sql)
{
    char path[512];
    sqlite3 *db;
    sqlite3_stmt *row;
    full_path(f, ".openkb/openkb.db", path);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &row, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(row), SQLITE_ROW);
    gint64 value = sqlite3_column_int64(row, 0);
    sqlite3_finalize(row);
    sqlite3_close(db);
    return value;
}

static void assert_published(const Fixture *f, const char *name, const char *text)
{
    static const char *const homes[] = {"raw", "wiki/sources", "wiki/summaries"};
    for (gsize i = 0; i < G_N_ELEMENTS(homes); i++) {
        g_autofree char *path = g_strdup_printf("%s/%s.md", homes[i], name);
        assert_text(f, path, text);
    }
}

static void assert_clean(const Fixture *f)
{
    assert_int_equal(number(f, "SELECT count(*) FROM intent"), 0);
    assert_int_equal(number(f, "SELECT count(*) FROM log"), 0);
    assert_int_equal(number(f, "SELECT count(*) FROM dirty_view"), 0);
    assert_int_equal(count_entries(f, ".openkb/staging/commit"), 0);
}

/* ---- rolling forward --------------------------------------------------------------------- */

static void what_was_committed_and_not_published_is_published(void **state)
{
    Fixture *f = *state;
    add_document(f, "report", "one", NULL);
    undo_publishing(f, "%");
    assert_published(f, "report", NULL);
    fixture_crash(f);
    fixture_acquire(f);
    assert_int_equal(f->report.intents_applied, 3);
    assert_published(f, "report", "one");
    assert_clean(f);
}

static void a_group_that_was_published_in_part_is_finished(void **state)
{
    Fixture *f = *state;
    OkbTxn *txn = fixture_begin(f);
    put_document(f, txn, "a", "one", NULL);
    put_document(f, txn, "b", "two", NULL);
    fixture_commit(txn);
    undo_publishing(f, "wiki/s%");
    fixture_crash(f);
    fixture_acquire(f);
    assert_published(f, "a", "one");
    assert_published(f, "b", "two");
    assert_clean(f);
}

static void an_update_that_was_not_published_is_published_without_a_conflict(void **state)
{
    Fixture *f = *state;
    add_document(f, "report", "one", NULL);
    fixture_release(f);
    fixture_acquire(f);
    add_document(f, "report", "two", "one");
    undo_publishing(f, "%");
    assert_published(f, "report", "one");
    fixture_crash(f);
    fixture_acquire(f);
    assert_published(f, "report", "two");
    assert_clean(f);
    assert_int_equal(count_entries(f, ".openkb/conflicts"), 0);
}

static void a_removal_that_was_not_applied_is_applied(void **state)
{
    Fixture *f = *state;
    add_and_remove_raw(f, "one");
    undo_publishing(f, "%");
    assert_text(f, "raw/report.md", "one");
    fixture_crash(f);
    fixture_acquire(f);
    assert_text(f, "raw/report.md", NULL);
    assert_clean(f);
}

static void a_second_recovery_changes_nothing(void **state)
{
    Fixture *f = *state;
    add_document(f, "report", "one", NULL);
    undo_publishing(f, "raw%");
    fixture_crash(f);
    fixture_acquire(f);
    g_autofree char *index = scratch_read(f->scratch, "wiki/index.md");
    g_autofree char *hashes = scratch_read(f->scratch, ".openkb/hashes.json");
    fixture_crash(f);
    fixture_acquire(f);
    assert_int_equal(f->report.intents_applied, 0);
    assert_int_equal(f->report.messages->len, 0);
    assert_text(f, "wiki/index.md", index);
    assert_text(f, ".openkb/hashes.json", hashes);
    assert_published(f, "report", "one");
}

static void what_was_not_committed_is_gone_without_a_trace(void **state)
{
    Fixture *f = *state;
    add_document(f, "kept", "one", NULL);
    fixture_release(f);
    fixture_acquire(f);
    OkbTxn *txn = fixture_begin(f);
    put_document(f, txn, "lost", "two", NULL);
    okb_txn_free(txn);
    fixture_crash(f);
    assert_int_equal(count_entries(f, ".openkb/staging/commit"), 1);
    fixture_acquire(f);
    assert_int_equal(f->report.reaped, 1);
    assert_published(f, "lost", NULL);
    assert_published(f, "kept", "one");
    assert_clean(f);
}

static void log_lines_of_an_interrupted_group_are_written(void **state)
{
    Fixture *f = *state;
    OkbTxn *txn = fixture_begin(f);
    put_document(f, txn, "report", "one", NULL);
    okb_txn_log(txn, "ingest", "report.md");
    fixture_commit(txn);
    scratch_write(f->scratch, "wiki/log.md", "");
    fixture_crash(f);
    fixture_acquire(f);
    g_autofree char *log = scratch_read(f->scratch, "wiki/log.md");
    assert_non_null(strstr(log, "ingest | report.md"));
}

/* ---- people between crash and recovery --------------------------------------------------- */

static char *only_name(const Fixture *f, const char *path)
{
    char full[512];
    full_path(f, path, full);
    g_autoptr(GDir) dir = g_dir_open(full, 0, NULL);
    return g_strdup(dir ? g_dir_read_name(dir) : NULL);
}

static void assert_kept(const Fixture *f, const char *path, const char *text)
{
    g_autofree char *txid = only_name(f, ".openkb/conflicts");
    g_autofree char *kept = g_strdup_printf(".openkb/conflicts/%s/%s", txid, path);
    assert_text(f, kept, text);
}

static void a_file_that_appeared_where_ours_is_to_go_is_kept(void **state)
{
    Fixture *f = *state;
    add_document(f, "report", "one", NULL);
    undo_publishing(f, "%");
    scratch_write(f->scratch, "wiki/sources/report.md", "a person was here");
    fixture_crash(f);
    fixture_acquire(f);
    assert_published(f, "report", "one");
    assert_kept(f, "wiki/sources/report.md", "a person was here");
    assert_int_equal(f->report.messages->len, 1);
}

static void what_an_exchange_brought_out_is_judged_after_a_crash(void **state)
{
    Fixture *f = *state;
    add_document(f, "report", "one", NULL);
    fixture_release(f);
    fixture_acquire(f);
    add_document(f, "report", "two", "one");
    undo_publishing(f, "wiki/sources/%");
    scratch_write(f->scratch, "wiki/sources/report.md", "edited");
    /* the exchange happens, and then we die before the judgement */
    undo_publishing(f, "wiki/sources/%");
    assert_text(f, "wiki/sources/report.md", "two");
    fixture_crash(f);
    fixture_acquire(f);
    assert_published(f, "report", "two");
    assert_kept(f, "wiki/sources/report.md", "edited");
}

static void a_published_file_that_was_edited_is_left_alone(void **state)
{
    Fixture *f = *state;
    add_document(f, "report", "one", NULL);
    scratch_write(f->scratch, "wiki/summaries/report.md", "my own summary");
    fixture_crash(f);
    fixture_acquire(f);
    assert_text(f, "wiki/summaries/report.md", "my own summary");
    assert_text(f, "raw/report.md", "one");
    assert_int_equal(f->report.documents_damaged, 0);
    assert_clean(f);
}

static void a_file_put_where_we_removed_one_stays(void **state)
{
    Fixture *f = *state;
    add_and_remove_raw(f, "one");
    scratch_write(f->scratch, "raw/report.md", "a new one");
    fixture_crash(f);
    fixture_acquire(f);
    assert_text(f, "raw/report.md", "a new one");
    assert_clean(f);
}

/* ---- what cannot be done ----------------------------------------------------------------- */

static void bytes_that_are_gone_damage_one_document_only(void **state)
{
    Fixture *f = *state;
    OkbTxn *txn = fixture_begin(f);
    gint64 id = put_document(f, txn, "bad", "one", NULL);
    put_document(f, txn, "good", "two", NULL);
    fixture_commit(txn);
    delete_file(f, "wiki/sources/bad.md");
    undo_publishing(f, "%good%");
    fixture_crash(f);
    fixture_acquire(f);
    assert_int_equal(f->report.documents_damaged, 1);
    assert_published(f, "good", "two");
    assert_int_equal(number(f, "SELECT document FROM damaged"), id);
    assert_int_equal(count_entries(f, ".openkb/quarantine"), 1);
    add_document(f, "bad", "one", "one");
    fixture_release(f);
    assert_published(f, "bad", "one");
    assert_int_equal(number(f, "SELECT count(*) FROM damaged"), 0);
}

static void block_target(Fixture *f, bool block)
{
    char path[512];
    full_path(f, "wiki/sources/report.md", path);
    if (block)
        assert_int_equal(mkdir(path, 0777), 0);
    else
        assert_int_equal(rmdir(path), 0);
}

static void a_directory_in_the_way_stops_everything_and_loses_nothing(void **state)
{
    Fixture *f = *state;
    g_autoptr(GError) error = NULL;
    OkbTxn *txn = fixture_begin(f);
    put_document(f, txn, "report", "one", NULL);
    block_target(f, true);
    fixture_commit(txn);
    assert_null(okb_txn_begin(f->store, &error));
    assert_int_equal(okb_error_exit_code(error), OKB_EXIT_PENDING);
    assert_non_null(strstr(error->message, "wiki/sources/report.md"));
    g_clear_error(&error);
    assert_false(okb_store_release(f->store, &error));
    assert_int_equal(okb_error_exit_code(error), OKB_EXIT_PENDING);
    g_clear_error(&error);
    assert_false(okb_store_is_held(f->store));
    assert_false(fixture_try_acquire(f, &error));
    assert_int_equal(okb_error_exit_code(error), OKB_EXIT_PENDING);
    block_target(f, false);
    fixture_acquire(f);
    assert_published(f, "report", "one");
    assert_clean(f);
}

static void release_tries_again_and_is_content(void **state)
{
    Fixture *f = *state;
    OkbTxn *txn = fixture_begin(f);
    put_document(f, txn, "report", "one", NULL);
    block_target(f, true);
    fixture_commit(txn);
    block_target(f, false);
    fixture_release(f);
    assert_published(f, "report", "one");
    assert_clean(f);
}

static void a_registry_that_is_no_database_stops_before_anything_is_reaped(void **state)
{
    Fixture *f = *state;
    g_autoptr(GError) error = NULL;
    const OkbStoreOptions options = {.create = true};
    add_document(f, "report", "one", NULL);
    okb_store_close(f->store);
    f->store = NULL;
    scratch_write(f->scratch, ".openkb/openkb.db",
                  "this is no database at all, only some text");
    delete_file(f, ".openkb/openkb.db-wal");
    guint before = count_entries(f, ".openkb/staging/commit");
    assert_int_equal(before, 1);
    assert_null(okb_store_open(f->kb, &options, &error));
    assert_int_equal(error->code, OKB_ERROR_CORRUPT);
    assert_int_equal(count_entries(f, ".openkb/staging/commit"), before);
}

static void a_newer_registry_is_refused(void **state)
{
    Fixture *f = *state;
    g_autoptr(GError) error = NULL;
    const OkbStoreOptions options = {.create = true};
    fixture_release(f);
    run_sql(f, "PRAGMA user_version = 999", NULL);
    assert_null(okb_store_open(f->kb, &options, &error));
    assert_int_equal(okb_error_exit_code(error), OKB_EXIT_NEWER);
}

static void files_of_a_lost_registry_are_kept(void **state)
{
    Fixture *f = *state;
    add_document(f, "report", "one", NULL);
    undo_publishing(f, "%");
    delete_file(f, ".openkb/openkb.db");
    delete_file(f, ".openkb/openkb.db-wal");
    delete_file(f, ".openkb/openkb.db-shm");
    fixture_crash(f);
    fixture_acquire(f);
    assert_int_equal(count_entries(f, ".openkb/quarantine"), 1);
    assert_int_equal(f->report.messages->len, 1);
}

static void a_copied_knowledge_base_recovers_itself_and_not_the_original(void **state)
{
    Fixture *f = *state;
    add_document(f, "report", "one", NULL);
    undo_publishing(f, "%");
    Scratch *copy = NULL;
    assert_int_equal(scratch_setup((void **)&copy), 0);
    okb_store_close(f->store);
    f->store = NULL;
    g_autofree char *command = g_strdup_printf("cp -a %s/. %s/", f->scratch->path, copy->path);
    assert_int_equal(system(command), 0);
    Fixture second = {.scratch = copy};
    fixture_open(&second);
    fixture_acquire(&second);
    assert_published(&second, "report", "one");
    assert_published(f, "report", NULL);
    okb_store_close(second.store);
    okb_kb_close(second.kb);
    okb_recovery_report_clear(&second.report);
    scratch_teardown((void **)&copy);
}

/* ---- readers ----------------------------------------------------------------------------- */

static void a_reader_finds_the_staged_bytes_after_a_crash(void **state)
{
    Fixture *f = *state;
    g_autoptr(GError) error = NULL;
    add_document(f, "report", "one", NULL);
    undo_publishing(f, "%");
    fixture_crash(f);
    g_autoptr(OkbDocument) document = okb_registry_by_name(f->store, "report", &error);
    for (guint i = 0; i < document->artifacts->len; i++) {
        int fd = okb_registry_open_artifact(f->store, document->artifacts->pdata[i], &error);
        assert_true(fd >= 0);
        g_autoptr(GBytes) bytes = okb_io_read_file(fd, 100, "artifact", &error);
        assert_int_equal(g_bytes_get_size(bytes), 3);
        close(fd);
    }
}

static void a_reader_gets_the_new_version_although_the_old_has_its_size(void **state)
{
    Fixture *f = *state;
    add_document(f, "report", "one", NULL);
    fixture_release(f);
    fixture_acquire(f);
    add_document(f, "report", "two", "one");
    undo_publishing(f, "%");
    g_autoptr(OkbDocument) document = okb_registry_by_name(f->store, "report", NULL);
    int fd = okb_registry_open_artifact(f->store, document->artifacts->pdata[0], NULL);
    char text[4] = "";
    assert_int_equal(read(fd, text, 3), 3);
    close(fd);
    assert_string_equal(text, "two");
}

#define IN_KB(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_KB(what_was_committed_and_not_published_is_published),
        IN_KB(a_group_that_was_published_in_part_is_finished),
        IN_KB(an_update_that_was_not_published_is_published_without_a_conflict),
        IN_KB(a_removal_that_was_not_applied_is_applied),
        IN_KB(a_second_recovery_changes_nothing),
        IN_KB(what_was_not_committed_is_gone_without_a_trace),
        IN_KB(log_lines_of_an_interrupted_group_are_written),
        IN_KB(a_file_that_appeared_where_ours_is_to_go_is_kept),
        IN_KB(what_an_exchange_brought_out_is_judged_after_a_crash),
        IN_KB(a_published_file_that_was_edited_is_left_alone),
        IN_KB(a_file_put_where_we_removed_one_stays),
        IN_KB(bytes_that_are_gone_damage_one_document_only),
        IN_KB(a_directory_in_the_way_stops_everything_and_loses_nothing),
        IN_KB(release_tries_again_and_is_content),
        IN_KB(a_registry_that_is_no_database_stops_before_anything_is_reaped),
        IN_KB(a_newer_registry_is_refused),
        IN_KB(files_of_a_lost_registry_are_kept),
        IN_KB(a_copied_knowledge_base_recovers_itself_and_not_the_original),
        IN_KB(a_reader_finds_the_staged_bytes_after_a_crash),
        IN_KB(a_reader_gets_the_new_version_although_the_old_has_its_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
