/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The same promises where the file system offers less: the library is built with the switches
 * that make it believe so.
 */
#include "store-fixture.h"
#include "util/error.h"

#include <sys/stat.h>
#include <unistd.h>

static void pretend(const char *fault)
{
    if (fault)
        g_setenv("OPENKB_FAULT", fault, TRUE);
    else
        g_unsetenv("OPENKB_FAULT");
}

static guint hidden_files_in(const Fixture *f, const char *path)
{
    guint count = 0;
    g_autofree char *full = g_build_filename(f->scratch->path, path, NULL);
    g_autoptr(GDir) dir = g_dir_open(full, 0, NULL);
    for (const char *name; (name = g_dir_read_name(dir));)
        count += g_str_has_prefix(name, ".openkb");
    return count;
}

static void add_update_and_conflict(Fixture *f)
{
    add_document(f, "report", "one", NULL);
    assert_text(f, "raw/report.md", "one");
    add_document(f, "report", "two", "one");
    assert_text(f, "wiki/sources/report.md", "two");
    scratch_write(f->scratch, "wiki/summaries/report.md", "a person's");
    add_document(f, "report", "three", "two");
    fixture_release(f);
    assert_text(f, "wiki/summaries/report.md", "three");
    assert_int_equal(count_entries(f, ".openkb/conflicts"), 1);
    assert_int_equal(count_entries(f, ".openkb/staging/commit"), 0);
}

static void without_rename_flags_nothing_is_lost(void **state)
{
    pretend("fs-no-rename-flags");
    add_update_and_conflict(*state);
    pretend(NULL);
}

/* Links are how files move there: we die between link and unlink. */
static void without_rename_flags_a_half_done_removal_is_finished(void **state)
{
    Fixture *f = *state;
    add_and_remove_raw(f, "one");
    g_autofree char *commit =
        g_build_filename(f->scratch->path, ".openkb/staging/commit", NULL);
    g_autoptr(GDir) dir = g_dir_open(commit, 0, NULL);
    g_autofree char *out = g_build_filename(commit, g_dir_read_name(dir), "0", NULL);
    g_autofree char *raw = g_build_filename(f->scratch->path, "raw/report.md", NULL);
    assert_int_equal(link(out, raw), 0);
    fixture_crash(f);
    fixture_acquire(f);
    assert_text(f, "raw/report.md", NULL);
    assert_int_equal(count_entries(f, ".openkb/conflicts"), 0);
}

static void where_syncfs_is_not_trusted_each_file_is_synced(void **state)
{
    Fixture *f = *state;
    pretend("fs-unknown");
    fixture_crash(f);
    fixture_acquire(f);
    add_update_and_conflict(f);
    pretend(NULL);
}

static void on_a_network_file_system_there_is_no_wal(void **state)
{
    Fixture *f = *state;
    struct stat st;
    pretend("fs-network");
    fixture_crash(f);
    fixture_acquire(f);
    add_update_and_conflict(f);
    pretend(NULL);
    bool wal = fstatat(f->scratch->fd, ".openkb/openkb.db-wal", &st, 0) == 0;
    assert_true(!wal || st.st_size == 0);
}

static void across_devices_files_are_staged_beside_their_targets(void **state)
{
    Fixture *f = *state;
    pretend("fs-split");
    OkbTxn *txn = fixture_begin(f);
    put_document(f, txn, "report", "one", NULL);
    assert_int_equal(hidden_files_in(f, "raw"), 1);
    assert_int_equal(hidden_files_in(f, "wiki"), 2);
    fixture_commit(txn);
    add_document(f, "report", "two", "one");
    scratch_write(f->scratch, "wiki/summaries/report.md", "a person's");
    add_document(f, "report", "three", "two");
    fixture_release(f);
    assert_text(f, "wiki/summaries/report.md", "three");
    assert_int_equal(count_entries(f, ".openkb/conflicts"), 1);
    assert_int_equal(hidden_files_in(f, "raw"), 0);
    assert_int_equal(hidden_files_in(f, "wiki"), 0);
    pretend(NULL);
}

static void across_devices_what_was_given_up_is_reaped(void **state)
{
    Fixture *f = *state;
    pretend("fs-split");
    OkbTxn *txn = fixture_begin(f);
    put_document(f, txn, "report", "one", NULL);
    okb_txn_free(txn);
    fixture_crash(f);
    assert_int_equal(hidden_files_in(f, "raw"), 1);
    fixture_acquire(f);
    assert_int_equal(hidden_files_in(f, "raw"), 0);
    assert_int_equal(hidden_files_in(f, "wiki"), 0);
    pretend(NULL);
}

static void a_failing_barrier_commits_nothing(void **state)
{
    Fixture *f = *state;
    g_autoptr(GError) error = NULL;
    add_document(f, "before", "zero", NULL);
    OkbTxn *txn = fixture_begin(f);
    put_document(f, txn, "report", "one", NULL);
    pretend("barrier-fails");
    assert_false(okb_txn_commit(txn, &error));
    pretend(NULL);
    assert_non_null(error);
    assert_int_equal(okb_registry_count(f->store, NULL), 1);
    add_document(f, "after", "two", NULL);
    fixture_release(f);
    assert_text(f, "raw/report.md", NULL);
    assert_text(f, "raw/before.md", "zero");
    assert_text(f, "raw/after.md", "two");
}

static void a_commit_with_an_unknown_outcome_is_settled_by_the_next_acquire(void **state)
{
    static const struct {
        const char *fault;
        gint64 documents;
    } cases[] = {{"commit-fails-before", 0}, {"commit-fails-after", 1}};
    Fixture *f = *state;
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        OkbTxn *txn = fixture_begin(f);
        put_document(f, txn, "report", "one", NULL);
        pretend(cases[i].fault);
        assert_false(okb_txn_commit(txn, &error));
        pretend(NULL);
        assert_int_equal(error->code, OKB_ERROR_UNKNOWN);
        g_clear_error(&error);
        assert_null(okb_txn_begin(f->store, &error));
        assert_text(f, "raw/report.md", NULL);
        fixture_release(f);
        fixture_acquire(f);
        assert_int_equal(okb_registry_count(f->store, NULL), cases[i].documents);
        assert_text(f, "raw/report.md", cases[i].documents ? "one" : NULL);
    }
}

static void what_an_editor_saves_between_reading_and_writing_the_index_is_merged(void **state)
{
    Fixture *f = *state;
    add_document(f, "report", "one", NULL);
    pretend("index-race");
    fixture_release(f);
    pretend(NULL);
    assert_text(f, "wiki/index.md",
                "# Saved at the worst moment\n\n## Documents\n"
                "- [[summaries/report]] (short) — About report\n");
    assert_int_equal(count_entries(f, ".openkb/conflicts"), 0);
}

/* The saved text needs no change of ours, so it is not to be merged but to be put back. */
static void what_an_editor_saves_while_the_last_document_goes_is_put_back(void **state)
{
    g_autoptr(GError) error = NULL;
    Fixture *f = *state;
    gint64 id = add_document(f, "report", "one", NULL);
    fixture_release(f);
    fixture_acquire(f);
    OkbTxn *txn = fixture_begin(f);
    assert_true(okb_txn_document_begin(txn, &error));
    assert_true(okb_registry_delete(f->store, id, &error));
    assert_true(okb_txn_document_end(txn, &error));
    fixture_commit(txn);
    pretend("index-race");
    fixture_release(f);
    pretend(NULL);
    assert_text(f, "wiki/index.md", "# Saved at the worst moment\n\n## Documents\n");
}

#define IN_KB(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_KB(without_rename_flags_nothing_is_lost),
        IN_KB(without_rename_flags_a_half_done_removal_is_finished),
        IN_KB(where_syncfs_is_not_trusted_each_file_is_synced),
        IN_KB(on_a_network_file_system_there_is_no_wal),
        IN_KB(across_devices_files_are_staged_beside_their_targets),
        IN_KB(across_devices_what_was_given_up_is_reaped),
        IN_KB(a_failing_barrier_commits_nothing),
        IN_KB(what_an_editor_saves_between_reading_and_writing_the_index_is_merged),
        IN_KB(what_an_editor_saves_while_the_last_document_goes_is_put_back),
        IN_KB(a_commit_with_an_unknown_outcome_is_settled_by_the_next_acquire),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
