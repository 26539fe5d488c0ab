/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "store-fixture.h"

#define CONFLICTS ".openkb/conflicts"

static void a_committed_document_is_published_with_all_its_files(void **state)
{
    Fixture *f = *state;
    add_document(f, "report", "one", NULL);
    assert_text(f, "raw/report.md", "one");
    assert_text(f, "wiki/sources/report.md", "one");
    assert_text(f, "wiki/summaries/report.md", "one");
}

static void nothing_official_is_touched_before_the_commit(void **state)
{
    Fixture *f = *state;
    OkbTxn *txn = fixture_begin(f);
    put_document(f, txn, "report", "one", NULL);
    assert_text(f, "raw/report.md", NULL);
    okb_txn_free(txn);
    fixture_release(f);
    assert_text(f, "raw/report.md", NULL);
    assert_int_equal(okb_registry_count(f->store, NULL), 0);
    assert_int_equal(count_entries(f, ".openkb/staging/commit"), 0);
}

static void an_aborted_document_leaves_the_others_of_its_group(void **state)
{
    Fixture *f = *state;
    g_autoptr(GError) error = NULL;
    OkbTxn *txn = fixture_begin(f);
    put_document(f, txn, "kept", "one", NULL);
    assert_true(okb_txn_document_begin(txn, &error));
    g_autoptr(OkbDocument) document = document_of("gone", "/src/gone.md", "two");
    assert_int_equal(put_text(txn, "raw/gone.md", "two", NULL), OKB_TXN_OK);
    assert_true(okb_registry_put(f->store, document, &error));
    okb_txn_log(txn, "ingest", "gone.md");
    assert_true(okb_txn_document_abort(txn, &error));
    put_document(f, txn, "also", "three", NULL);
    fixture_commit(txn);
    fixture_release(f);
    assert_text(f, "raw/kept.md", "one");
    assert_text(f, "raw/also.md", "three");
    assert_text(f, "raw/gone.md", NULL);
    assert_text(f, "wiki/log.md", "# Operations Log\n\n");
    assert_int_equal(okb_registry_count(f->store, NULL), 2);
}

static void a_second_document_for_a_target_of_the_group_is_told_to_wait(void **state)
{
    Fixture *f = *state;
    g_autoptr(GError) error = NULL;
    OkbTxn *txn = fixture_begin(f);
    put_document(f, txn, "report", "one", NULL);
    assert_true(okb_txn_document_begin(txn, &error));
    assert_int_equal(put_text(txn, "raw/REPORT.md", "two", NULL), OKB_TXN_BUSY);
    assert_true(okb_txn_document_abort(txn, &error));
    fixture_commit(txn);
    txn = fixture_begin(f);
    assert_true(okb_txn_document_begin(txn, &error));
    assert_int_equal(put_text(txn, "raw/REPORT.md", "two", NULL), OKB_TXN_OK);
    assert_true(okb_txn_document_abort(txn, &error));
    okb_txn_free(txn);
}

static void an_update_replaces_our_own_bytes_without_a_conflict(void **state)
{
    Fixture *f = *state;
    add_document(f, "report", "one", NULL);
    add_document(f, "report", "two", "one");
    fixture_release(f);
    assert_text(f, "wiki/sources/report.md", "two");
    assert_int_equal(okb_registry_count(f->store, NULL), 1);
    assert_int_equal(count_entries(f, CONFLICTS), 0);
}

static char *only_conflict(const Fixture *f)
{
    g_autofree char *full = g_build_filename(f->scratch->path, CONFLICTS, NULL);
    g_autoptr(GDir) dir = g_dir_open(full, 0, NULL);
    return g_strdup(dir ? g_dir_read_name(dir) : NULL);
}

static void assert_in_conflicts(const Fixture *f, const char *path, const char *text)
{
    g_autofree char *txid = only_conflict(f);
    assert_non_null(txid);
    g_autofree char *kept = g_build_filename(CONFLICTS, txid, path, NULL);
    assert_text(f, kept, text);
}

static void an_update_keeps_what_a_person_wrote(void **state)
{
    Fixture *f = *state;
    add_document(f, "report", "one", NULL);
    scratch_write(f->scratch, "wiki/sources/report.md", "a person's words");
    add_document(f, "report", "two", "one");
    fixture_release(f);
    assert_text(f, "wiki/sources/report.md", "two");
    assert_in_conflicts(f, "wiki/sources/report.md", "a person's words");
    g_autoptr(GPtrArray) messages = okb_store_take_messages(f->store);
    assert_int_equal(messages->len, 1);
}

static void a_file_nobody_registered_is_kept_when_a_new_document_takes_its_place(void **state)
{
    Fixture *f = *state;
    scratch_write(f->scratch, "raw/report.md", "not ours");
    add_document(f, "report", "one", NULL);
    fixture_release(f);
    assert_text(f, "raw/report.md", "one");
    assert_in_conflicts(f, "raw/report.md", "not ours");
}

static void a_file_saved_between_look_and_publish_is_kept(void **state)
{
    Fixture *f = *state;
    OkbTxn *txn = fixture_begin(f);
    put_document(f, txn, "report", "one", NULL);
    scratch_write(f->scratch, "raw/report.md", "just saved");
    fixture_commit(txn);
    fixture_release(f);
    assert_text(f, "raw/report.md", "one");
    assert_in_conflicts(f, "raw/report.md", "just saved");
}

static void remove_all(Fixture *f, gint64 id, const char *old)
{
    g_autoptr(GError) error = NULL;
    char hash[OKB_DIGEST_HEX];
    digest_of(old, hash);
    OkbTxn *txn = fixture_begin(f);
    g_autoptr(OkbDocument) document = okb_registry_by_id(f->store, id, &error);
    assert_non_null(document);
    assert_true(okb_txn_document_begin(txn, &error));
    for (guint i = 0; i < document->artifacts->len; i++) {
        const OkbArtifact *artifact = document->artifacts->pdata[i];
        assert_int_equal(okb_txn_remove(txn, artifact->path, hash, &error), OKB_TXN_OK);
    }
    assert_true(okb_registry_delete(f->store, id, &error));
    assert_true(okb_txn_document_end(txn, &error));
    fixture_commit(txn);
}

static void a_removed_document_takes_its_files_along(void **state)
{
    Fixture *f = *state;
    gint64 id = add_document(f, "report", "one", NULL);
    remove_all(f, id, "one");
    fixture_release(f);
    assert_text(f, "raw/report.md", NULL);
    assert_text(f, "wiki/sources/report.md", NULL);
    assert_int_equal(okb_registry_count(f->store, NULL), 0);
    assert_int_equal(count_entries(f, CONFLICTS), 0);
}

static void removing_keeps_what_a_person_wrote(void **state)
{
    Fixture *f = *state;
    gint64 id = add_document(f, "report", "one", NULL);
    scratch_write(f->scratch, "wiki/summaries/report.md", "my notes");
    remove_all(f, id, "one");
    fixture_release(f);
    assert_text(f, "wiki/summaries/report.md", NULL);
    assert_in_conflicts(f, "wiki/summaries/report.md", "my notes");
}

static void a_directory_in_the_way_fails_the_document_before_the_commit(void **state)
{
    Fixture *f = *state;
    g_autoptr(GError) error = NULL;
    OkbStaged staged;
    g_autofree char *dir = g_build_filename(f->scratch->path, "raw/report.md", NULL);
    assert_int_equal(mkdir(dir, 0777), 0);
    OkbTxn *txn = fixture_begin(f);
    assert_true(okb_txn_stage(txn, "raw/report.md", &staged, &error));
    close(staged.fd);
    char hash[OKB_DIGEST_HEX];
    digest_of("", hash);
    assert_int_equal(okb_txn_put(txn, &staged, "raw/report.md", hash, NULL, &error),
                     OKB_TXN_ERROR);
    assert_non_null(strstr(error->message, "raw/report.md"));
    okb_txn_free(txn);
}

static void a_symbolic_link_on_the_path_is_refused(void **state)
{
    Fixture *f = *state;
    g_autoptr(GError) error = NULL;
    OkbStaged staged;
    g_autofree char *link = g_build_filename(f->scratch->path, "wiki/elsewhere", NULL);
    assert_int_equal(symlink("/tmp", link), 0);
    OkbTxn *txn = fixture_begin(f);
    assert_false(okb_txn_stage(txn, "wiki/elsewhere/x.md", &staged, &error));
    okb_txn_free(txn);
}

static void removing_leaves_alone_what_is_behind_a_link(void **state)
{
    Fixture *f = *state;
    g_autoptr(GError) error = NULL;
    char hash[OKB_DIGEST_HEX];
    digest_of("one", hash);
    scratch_write(f->scratch, "elsewhere/x.png", "one");
    g_autofree char *target = g_build_filename(f->scratch->path, "elsewhere", NULL);
    assert_int_equal(symlinkat(target, f->scratch->fd, "wiki/sources/images/doc"), 0);
    scratch_write(f->scratch, "wiki/sources/images/file", "a file, no directory");
    OkbTxn *txn = fixture_begin(f);
    assert_int_equal(okb_txn_remove(txn, "wiki/sources/images/doc/x.png", hash, &error),
                     OKB_TXN_OK);
    assert_int_equal(okb_txn_remove(txn, "wiki/sources/images/file/x.png", hash, &error),
                     OKB_TXN_OK);
    fixture_commit(txn);
    fixture_release(f);
    assert_text(f, "elsewhere/x.png", "one");
}

static void the_directory_of_images_goes_with_the_last_of_them(void **state)
{
    Fixture *f = *state;
    g_autoptr(GError) error = NULL;
    char hash[OKB_DIGEST_HEX];
    digest_of("png", hash);
    OkbTxn *txn = fixture_begin(f);
    assert_int_equal(put_text(txn, "wiki/sources/images/doc/a.png", "png", NULL), OKB_TXN_OK);
    assert_int_equal(put_text(txn, "wiki/sources/images/doc/b.png", "png", NULL), OKB_TXN_OK);
    fixture_commit(txn);
    txn = fixture_begin(f);
    okb_txn_remove(txn, "wiki/sources/images/doc/a.png", hash, &error);
    fixture_commit(txn);
    assert_int_equal(count_entries(f, "wiki/sources/images/doc"), 1);
    txn = fixture_begin(f);
    okb_txn_remove(txn, "wiki/sources/images/doc/b.png", hash, &error);
    fixture_commit(txn);
    assert_int_equal(count_entries(f, "wiki/sources/images"), 0);
}

static void nothing_is_staged_for_a_place_that_is_not_for_artifacts(void **state)
{
    static const char *const places[] = {"../outside", "/etc/passwd", ".openkb/openkb.db",
                                         "raw/../../x", ""};
    Fixture *f = *state;
    OkbTxn *txn = fixture_begin(f);
    for (gsize i = 0; i < G_N_ELEMENTS(places); i++) {
        g_autoptr(GError) error = NULL;
        OkbStaged staged;
        assert_false(okb_txn_stage(txn, places[i], &staged, &error));
        assert_non_null(error);
    }
    OkbStaged staged;
    assert_true(okb_txn_stage(txn, "raw/control.md", &staged, NULL));
    close(staged.fd);
    okb_txn_free(txn);
}

static mode_t mode_of(const Fixture *f, const char *path)
{
    struct stat st;
    assert_int_equal(okb_io_stat_beneath(f->scratch->fd, path, &st), 0);
    return st.st_mode & 07777;
}

static void a_replaced_file_keeps_its_mode_and_a_new_one_gets_the_umask(void **state)
{
    Fixture *f = *state;
    mode_t mask = umask(0027);
    add_document(f, "report", "one", NULL);
    assert_int_equal(mode_of(f, "wiki/sources/report.md"), 0640);
    g_autofree char *full = g_build_filename(f->scratch->path, "wiki/sources/report.md", NULL);
    assert_int_equal(chmod(full, 0604), 0);
    add_document(f, "report", "two", "one");
    assert_int_equal(mode_of(f, "wiki/sources/report.md"), 0604);
    assert_text(f, "wiki/sources/report.md", "two");
    umask(mask);
}

static void a_copy_of_our_own_is_moved_in_and_opened_to_readers(void **state)
{
    Fixture *f = *state;
    g_autoptr(GError) error = NULL;
    g_autoptr(OkbStaging) staging = okb_staging_open(f->kb, &error);
    assert_non_null(staging);
    int fd = openat(okb_staging_dir(staging), "7", O_WRONLY | O_CREAT, 0600);
    assert_int_equal(okb_io_write_all(fd, "raw bytes", 9), 0);
    close(fd);
    OkbStaged staged;
    char hash[OKB_DIGEST_HEX];
    digest_of("raw bytes", hash);
    OkbTxn *txn = fixture_begin(f);
    assert_true(
        okb_txn_stage_move(txn, okb_staging_dir(staging), "7", "raw/x.bin", &staged, &error));
    close(staged.fd);
    assert_int_equal(okb_txn_put(txn, &staged, "raw/x.bin", hash, NULL, &error), OKB_TXN_OK);
    assert_int_equal(okb_txn_bytes(txn), 9);
    fixture_commit(txn);
    assert_text(f, "raw/x.bin", "raw bytes");
    assert_int_equal(mode_of(f, "raw/x.bin") & 0444, 0444);
}

static void a_copy_with_a_second_name_is_not_moved_in(void **state)
{
    Fixture *f = *state;
    g_autoptr(GError) error = NULL;
    OkbStaged staged;
    scratch_write(f->scratch, "a", "bytes");
    assert_int_equal(linkat(f->scratch->fd, "a", f->scratch->fd, "b", 0), 0);
    OkbTxn *txn = fixture_begin(f);
    assert_false(okb_txn_stage_move(txn, f->scratch->fd, "a", "raw/a", &staged, &error));
    okb_txn_free(txn);
}

static void an_empty_transaction_changes_nothing(void **state)
{
    Fixture *f = *state;
    add_document(f, "report", "one", NULL);
    OkbTxn *txn = fixture_begin(f);
    fixture_commit(txn);
    fixture_release(f);
    assert_text(f, "raw/report.md", "one");
}

static void log_lines_are_appended_after_the_commit(void **state)
{
    Fixture *f = *state;
    OkbTxn *txn = fixture_begin(f);
    put_document(f, txn, "report", "one", NULL);
    okb_txn_log(txn, "ingest", "report\n.md");
    fixture_commit(txn);
    fixture_release(f);
    g_autofree char *log = scratch_read(f->scratch, "wiki/log.md");
    assert_non_null(strstr(log, "] ingest | report .md\n\n"));
    assert_true(g_str_has_prefix(log, "# Operations Log\n\n## ["));
}

static void nothing_is_left_in_staging_after_release(void **state)
{
    Fixture *f = *state;
    add_document(f, "report", "one", NULL);
    add_document(f, "report", "two", "one");
    add_document(f, "other", "three", NULL);
    fixture_release(f);
    assert_int_equal(count_entries(f, ".openkb/staging/commit"), 0);
    assert_int_equal(count_entries(f, ".openkb/staging/views"), 0);
}

#define IN_KB(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_KB(a_committed_document_is_published_with_all_its_files),
        IN_KB(nothing_official_is_touched_before_the_commit),
        IN_KB(an_aborted_document_leaves_the_others_of_its_group),
        IN_KB(a_second_document_for_a_target_of_the_group_is_told_to_wait),
        IN_KB(an_update_replaces_our_own_bytes_without_a_conflict),
        IN_KB(an_update_keeps_what_a_person_wrote),
        IN_KB(a_file_nobody_registered_is_kept_when_a_new_document_takes_its_place),
        IN_KB(a_file_saved_between_look_and_publish_is_kept),
        IN_KB(a_removed_document_takes_its_files_along),
        IN_KB(removing_keeps_what_a_person_wrote),
        IN_KB(a_directory_in_the_way_fails_the_document_before_the_commit),
        IN_KB(a_symbolic_link_on_the_path_is_refused),
        IN_KB(removing_leaves_alone_what_is_behind_a_link),
        IN_KB(the_directory_of_images_goes_with_the_last_of_them),
        IN_KB(nothing_is_staged_for_a_place_that_is_not_for_artifacts),
        IN_KB(a_replaced_file_keeps_its_mode_and_a_new_one_gets_the_umask),
        IN_KB(a_copy_of_our_own_is_moved_in_and_opened_to_readers),
        IN_KB(a_copy_with_a_second_name_is_not_moved_in),
        IN_KB(an_empty_transaction_changes_nothing),
        IN_KB(log_lines_are_appended_after_the_commit),
        IN_KB(nothing_is_left_in_staging_after_release),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
