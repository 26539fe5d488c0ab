/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "store/rebuild.h"
#include "store-fixture.h"
#include "util/error.h"

static void lose_registry(Fixture *f, const char *text)
{
    okb_store_close(f->store);
    f->store = NULL;
    unlinkat(f->scratch->fd, ".openkb/openkb.db-wal", 0);
    unlinkat(f->scratch->fd, ".openkb/openkb.db-shm", 0);
    if (text)
        scratch_write(f->scratch, ".openkb/openkb.db", text);
    else
        unlinkat(f->scratch->fd, ".openkb/openkb.db", 0);
}

static OkbRebuild rebuild(Fixture *f)
{
    g_autoptr(GError) error = NULL;
    const OkbStoreOptions options = {.command = "recover"};
    OkbRebuild result;
    okb_recovery_report_clear(&f->report);
    okb_recovery_report_init(&f->report);
    okb_store_rebuild(f->kb, &options, &result, &f->report, &error);
    assert_ok(error);
    f->store = okb_store_open(f->kb, &(OkbStoreOptions){.create = true}, &error);
    assert_ok(error);
    return result;
}

static void a_damaged_registry_is_kept_and_made_anew(void **state)
{
    Fixture *f = *state;
    add_document(f, "a", "one", NULL);
    add_document(f, "b", "two", NULL);
    fixture_release(f);
    g_autofree char *index = scratch_read(f->scratch, "wiki/index.md");
    g_autofree char *hashes = scratch_read(f->scratch, ".openkb/hashes.json");
    lose_registry(f, "this is no database, and it is long enough to be looked at as one");
    OkbRebuild result = rebuild(f);
    assert_int_equal(result.listed, 2);
    assert_int_equal(result.unlisted, 0);
    g_autofree char *old = g_strconcat(result.kept, "/openkb.db", NULL);
    g_autofree char *kept = scratch_read(f->scratch, old);
    assert_true(g_str_has_prefix(kept, "this is no database"));
    assert_text(f, "wiki/index.md", index);
    assert_text(f, ".openkb/hashes.json", hashes);
    g_autoptr(OkbDocument) document = okb_registry_by_path(f->store, "/src/a.md", NULL);
    assert_string_equal(document->name, "a");
    assert_int_equal(document->artifacts->len, 3);
    g_free(result.kept);
}

static void a_document_that_was_not_listed_yet_is_found_by_its_files(void **state)
{
    Fixture *f = *state;
    add_document(f, "listed", "one", NULL);
    fixture_release(f);
    fixture_acquire(f);
    add_document(f, "unlisted", "two", NULL);
    scratch_write(f->scratch, "raw/dropped.txt", "no document");
    lose_registry(f, NULL);
    OkbRebuild result = rebuild(f);
    assert_null(result.kept);
    assert_int_equal(result.listed, 1);
    assert_int_equal(result.unlisted, 1);
    char hash[OKB_DIGEST_HEX];
    digest_of("two", hash);
    g_autoptr(OkbDocument) document = okb_registry_by_hash(f->store, hash, NULL);
    assert_string_equal(document->name, "unlisted");
    assert_int_equal(okb_registry_count(f->store, NULL), 2);
    g_autofree char *hashes = scratch_read(f->scratch, ".openkb/hashes.json");
    assert_non_null(strstr(hashes, "\"doc_name\": \"unlisted\""));
    fixture_acquire(f);
    assert_int_equal(f->report.imported + f->report.removed_outside, 0);
}

#define IN_KB(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_KB(a_damaged_registry_is_kept_and_made_anew),
        IN_KB(a_document_that_was_not_listed_yet_is_found_by_its_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
