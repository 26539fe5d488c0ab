/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "store-fixture.h"
#include "util/error.h"

#include <sys/stat.h>

static void every_field_of_a_document_comes_back(void **state)
{
    Fixture *f = *state;
    g_autoptr(GError) error = NULL;
    g_autoptr(OkbDocument) document = document_of("report", "/src/report.pdf", "one");
    const OkbStat stat = {11, 22, 33, 44}, other = {-1, 0, 0, 0};
    document->title = g_strdup("Title");
    document->pages = 31;
    document->parent = 7;
    document->stat = stat;
    document->provenance.plugin_version = g_strdup("1.2");
    document->provenance.output_version = 3;
    document->provenance.options = g_strdup("a=b\n");
    document->provenance.sandbox = g_strdup("full");
    document->provenance.landlock_abi = 5;
    document->updated = g_strdup("2024-01-02T03:04:05Z");
    okb_document_add_sibling(document, "img/a.png", document->hash, &stat);
    okb_document_add_sibling(document, "img/b.png", "", &other);
    OkbTxn *txn = fixture_begin(f);
    assert_true(okb_registry_put(f->store, document, &error));
    fixture_commit(txn);
    g_autoptr(OkbDocument) back = okb_registry_by_id(f->store, document->id, &error);
    assert_string_equal(back->name, "report");
    assert_string_equal(back->path, "/src/report.pdf");
    assert_string_equal(back->hash, document->hash);
    assert_string_equal(back->title, "Title");
    assert_string_equal(back->description, "About report");
    assert_int_equal(back->pages, 31);
    assert_int_equal(back->parent, 7);
    assert_memory_equal(&back->stat, &stat, sizeof stat);
    assert_string_equal(back->provenance.plugin, "markdown");
    assert_string_equal(back->provenance.options, "a=b\n");
    assert_int_equal(back->provenance.output_version, 3);
    assert_int_equal(back->provenance.landlock_abi, 5);
    assert_string_equal(back->updated, "2024-01-02T03:04:05Z");
    assert_non_null(back->added);
    assert_int_equal(back->artifacts->len, 3);
    assert_int_equal(back->siblings->len, 2);
    const OkbSiblingUse *absent = back->siblings->pdata[1];
    assert_string_equal(absent->hash, "");
    assert_int_equal(absent->stat.size, -1);
}

static void documents_are_found_by_name_path_and_hash(void **state)
{
    Fixture *f = *state;
    g_autoptr(GError) error = NULL;
    char hash[OKB_DIGEST_HEX];
    digest_of("one", hash);
    gint64 id = add_document(f, "report", "one", NULL);
    g_autoptr(OkbDocument) by_name = okb_registry_by_name(f->store, "report", &error);
    g_autoptr(OkbDocument) by_path = okb_registry_by_path(f->store, "/src/report.md", &error);
    g_autoptr(OkbDocument) by_hash = okb_registry_by_hash(f->store, hash, &error);
    assert_int_equal(by_name->id, id);
    assert_int_equal(by_path->id, id);
    assert_int_equal(by_hash->id, id);
    assert_null(okb_registry_by_name(f->store, "Report", &error));
    assert_null(okb_registry_by_path(f->store, "", &error));
    assert_null(okb_registry_by_id(f->store, id + 1, &error));
    assert_ok(error);
}

static void of_documents_with_the_same_bytes_the_oldest_is_found(void **state)
{
    Fixture *f = *state;
    char hash[OKB_DIGEST_HEX];
    digest_of("same", hash);
    gint64 first = add_document(f, "zebra", "same", NULL);
    add_document(f, "ant", "same", NULL);
    g_autoptr(OkbDocument) found = okb_registry_by_hash(f->store, hash, NULL);
    assert_int_equal(found->id, first);
}

static void names_are_compared_folded(void **state)
{
    Fixture *f = *state;
    gint64 id = add_document(f, "Straße", "one", NULL);
    assert_int_equal(okb_registry_name_taken(f->store, "STRASSE", 0, NULL), 1);
    assert_int_equal(okb_registry_name_taken(f->store, "STRASSE", id, NULL), 0);
    assert_int_equal(okb_registry_name_taken(f->store, "Gasse", 0, NULL), 0);
}

static void a_transaction_sees_what_it_has_done(void **state)
{
    Fixture *f = *state;
    OkbTxn *txn = fixture_begin(f);
    put_document(f, txn, "report", "one", NULL);
    assert_int_equal(okb_registry_name_taken(f->store, "report", 0, NULL), 1);
    okb_txn_free(txn);
    assert_int_equal(okb_registry_name_taken(f->store, "report", 0, NULL), 0);
}

static void the_owner_of_an_artifact_is_known(void **state)
{
    Fixture *f = *state;
    gint64 owner = 0;
    gint64 id = add_document(f, "report", "one", NULL);
    g_autoptr(OkbArtifact) artifact =
        okb_registry_artifact(f->store, "wiki/sources/report.md", &owner, NULL);
    assert_int_equal(owner, id);
    assert_int_equal(artifact->kind, OKB_ARTIFACT_SOURCE);
    assert_int_equal(artifact->size, 3);
    assert_null(okb_registry_artifact(f->store, "wiki/sources/other.md", &owner, NULL));
}

static void two_documents_cannot_own_one_path(void **state)
{
    Fixture *f = *state;
    g_autoptr(GError) error = NULL;
    add_document(f, "report", "one", NULL);
    g_autoptr(OkbDocument) thief = document_of("other", "/src/other.md", "two");
    add_artifact_text(thief, OKB_ARTIFACT_IMAGE, "wiki/sources/report.md", "two");
    OkbTxn *txn = fixture_begin(f);
    assert_false(okb_registry_put(f->store, thief, &error));
    assert_non_null(error);
    okb_txn_free(txn);
}

static OkbAlias alias_of(gint64 document)
{
    OkbAlias alias = {
        .path = (char *)"/src/copy.md", .document = document, .stat = {1, 2, 3, 4}};
    digest_of("one", alias.hash);
    return alias;
}

static void an_alias_lives_as_long_as_its_document(void **state)
{
    Fixture *f = *state;
    gint64 id = add_document(f, "report", "one", NULL);
    const OkbAlias alias = alias_of(id);
    OkbTxn *txn = fixture_begin(f);
    assert_true(okb_registry_put_alias(f->store, &alias, NULL));
    fixture_commit(txn);
    g_autoptr(OkbAlias) back = okb_registry_alias(f->store, "/src/copy.md", NULL);
    assert_int_equal(back->document, id);
    assert_int_equal(back->stat.inode, 4);
    txn = fixture_begin(f);
    assert_true(okb_registry_delete(f->store, id, NULL));
    fixture_commit(txn);
    assert_null(okb_registry_alias(f->store, "/src/copy.md", NULL));
}

static void a_failure_is_kept_until_the_source_is_in(void **state)
{
    Fixture *f = *state;
    const OkbFailure failure = {.path = (char *)"/src/report.md",
                                .reason = (char *)"malformed",
                                .plugin = (char *)"markdown",
                                .count = 2,
                                .permanent = true};
    OkbTxn *txn = fixture_begin(f);
    assert_true(okb_registry_put_failure(f->store, &failure, NULL));
    fixture_commit(txn);
    g_autoptr(OkbFailure) back = okb_registry_failure(f->store, "/src/report.md", NULL);
    assert_string_equal(back->reason, "malformed");
    assert_string_equal(back->detail, "");
    assert_true(back->permanent);
    assert_int_equal(back->count, 2);
    add_document(f, "report", "one", NULL);
    assert_null(okb_registry_failure(f->store, "/src/report.md", NULL));
}

static void touching_remembers_the_stat_and_changes_no_view(void **state)
{
    Fixture *f = *state;
    const OkbStat stat = {5, 6, 7, 8};
    struct stat before, after;
    gint64 id = add_document(f, "report", "one", NULL);
    fixture_release(f);
    assert_int_equal(okb_io_stat_beneath(f->scratch->fd, ".openkb/hashes.json", &before), 0);
    fixture_acquire(f);
    OkbTxn *txn = fixture_begin(f);
    char hash[OKB_DIGEST_HEX], other[OKB_DIGEST_HEX];
    const OkbStat wrong = {1, 2, 3, 4};
    digest_of("one", hash);
    digest_of("two", other);
    assert_true(okb_registry_touch(f->store, "/src/report.md", hash, &stat, NULL));
    /* What is recorded of other bytes is not this file's. */
    assert_true(okb_registry_touch(f->store, "/src/report.md", other, &wrong, NULL));
    fixture_commit(txn);
    fixture_release(f);
    g_autoptr(OkbDocument) back = okb_registry_by_id(f->store, id, NULL);
    assert_memory_equal(&back->stat, &stat, sizeof stat);
    assert_int_equal(okb_io_stat_beneath(f->scratch->fd, ".openkb/hashes.json", &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
}

static bool collect(const OkbDocument *document, gpointer data)
{
    GString *names = data;
    g_string_append_printf(names, "%s%s", names->len ? " " : "", document->name);
    return strcmp(document->name, "c") != 0;
}

static void all_are_visited_in_order_of_name_until_told_to_stop(void **state)
{
    static const char *const names[] = {"d", "b", "a", "c"};
    Fixture *f = *state;
    g_autoptr(GString) seen = g_string_new(NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        add_document(f, names[i], names[i], NULL);
    assert_true(okb_registry_each(f->store, collect, seen, NULL));
    assert_string_equal(seen->str, "a b c");
    assert_int_equal(okb_registry_count(f->store, NULL), 4);
}

static void a_reader_sees_the_registry_beside_the_writer(void **state)
{
    Fixture *f = *state;
    g_autoptr(GError) error = NULL;
    const OkbStoreOptions options = {.read_only = true};
    add_document(f, "report", "one", NULL);
    g_autoptr(OkbStore) reader = okb_store_open(f->kb, &options, &error);
    assert_ok(error);
    assert_int_equal(okb_registry_count(reader, NULL), 1);
    assert_false(okb_store_acquire(reader, &f->report, &error));
}

static void a_reader_changes_nothing_on_disk(void **state)
{
    Fixture *f = *state;
    const OkbStoreOptions options = {.read_only = true};
    add_document(f, "report", "one", NULL);
    fixture_release(f);
    okb_store_close(f->store);
    f->store = NULL;
    unlinkat(f->scratch->fd, ".openkb/openkb.db-wal", 0);
    unlinkat(f->scratch->fd, ".openkb/openkb.db-shm", 0);
    guint before = count_entries(f, ".openkb");
    g_autoptr(OkbStore) reader = okb_store_open(f->kb, &options, NULL);
    assert_int_equal(okb_registry_count(reader, NULL), 1);
    assert_int_equal(count_entries(f, ".openkb"), before);
}

static void a_reader_without_shared_memory_still_sees_the_wal(void **state)
{
    Fixture *f = *state;
    g_autoptr(GError) error = NULL;
    const OkbStoreOptions options = {.read_only = true};
    add_document(f, "report", "one", NULL);
    okb_store_close(f->store); /* a crash: the row is only in the WAL */
    f->store = NULL;
    unlinkat(f->scratch->fd, ".openkb/openkb.db-shm", 0);
    g_autoptr(OkbStore) reader = okb_store_open(f->kb, &options, &error);
    assert_ok(error);
    assert_int_equal(okb_registry_count(reader, NULL), 1);
}

#define IN_KB(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_KB(every_field_of_a_document_comes_back),
        IN_KB(documents_are_found_by_name_path_and_hash),
        IN_KB(of_documents_with_the_same_bytes_the_oldest_is_found),
        IN_KB(names_are_compared_folded),
        IN_KB(a_transaction_sees_what_it_has_done),
        IN_KB(the_owner_of_an_artifact_is_known),
        IN_KB(two_documents_cannot_own_one_path),
        IN_KB(an_alias_lives_as_long_as_its_document),
        IN_KB(a_failure_is_kept_until_the_source_is_in),
        IN_KB(touching_remembers_the_stat_and_changes_no_view),
        IN_KB(all_are_visited_in_order_of_name_until_told_to_stop),
        IN_KB(a_reader_sees_the_registry_beside_the_writer),
        IN_KB(a_reader_changes_nothing_on_disk),
        IN_KB(a_reader_without_shared_memory_still_sees_the_wal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
