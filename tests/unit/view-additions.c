/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The short way to index.md and hashes.json: it gives what the long way gives, it is taken when
 * documents were only added, and it is not taken when anything else happened.
 */
#include "store-fixture.h"

#include <sqlite3.h>
#include <stdio.h>

#define HASHES ".openkb/hashes.json"
#define INDEX  "wiki/index.md"

/* ---- help -------------------------------------------------------------------------------- */

/* In the registry, behind the store's back. */
static void run_sql(const Fixture *f, const char *sql)
{
    sqlite3 *db;
    g_autofree char *path = g_build_filename(f->scratch->path, ".openkb/openkb.db", NULL);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    char *problem = NULL;
    if (sqlite3_exec(db, sql, NULL, NULL, &problem) != SQLITE_OK)
        fail_msg("%s", problem);
    sqlite3_close(db);
}

static void next_hold(Fixture *f)
{
    fixture_release(f);
    fixture_acquire(f);
}

static void remove_document(Fixture *f, const char *name)
{
    g_autoptr(GError) error = NULL;
    OkbTxn *txn = fixture_begin(f);
    g_autoptr(OkbDocument) document = okb_registry_by_name(f->store, name, &error);
    assert_non_null(document);
    assert_true(okb_txn_document_begin(txn, &error));
    for (guint i = 0; i < document->artifacts->len; i++) {
        const OkbArtifact *artifact = document->artifacts->pdata[i];
        assert_int_equal(okb_txn_remove(txn, artifact->path, artifact->hash, &error),
                         OKB_TXN_OK);
    }
    assert_true(okb_registry_delete(f->store, document->id, &error));
    assert_true(okb_txn_document_end(txn, &error));
    fixture_commit(txn);
}

/*
 * Both views as they are, then made again the long way: they must be equal. The store is
 * released before and held after.
 */
static void assert_as_the_long_way(Fixture *f)
{
    g_autofree char *hashes = scratch_read(f->scratch, HASHES);
    g_autofree char *index = scratch_read(f->scratch, INDEX);
    run_sql(f, "DELETE FROM meta WHERE key IN ('hashes_written', 'index_written');"
               "INSERT INTO dirty_view VALUES ('index'), ('hashes')");
    fixture_acquire(f);
    assert_text(f, HASHES, hashes);
    assert_text(f, INDEX, index);
}

/* A trace that only the long way wipes out: it writes the entries and lines of all rows. */
static void mark_rows(const Fixture *f)
{
    run_sql(f, "UPDATE document SET entry = '\"mark\"' WHERE exported = 1");
}

static bool went_long_way(const Fixture *f)
{
    g_autofree char *hashes = scratch_read(f->scratch, HASHES);
    return strstr(hashes, "\"mark\"") != NULL;
}

/* Two documents, exported; the store is held. */
static void begin_with_two(Fixture *f)
{
    add_document(f, "one", "1", NULL);
    add_document(f, "two", "2", NULL);
    next_hold(f);
}

/* ---- what is added ----------------------------------------------------------------------- */

static void additions_give_what_the_long_way_gives(void **state)
{
    Fixture *f = *state;
    begin_with_two(f);
    add_document(f, "three", "3", NULL);
    add_document(f, "four", "4", NULL);
    fixture_release(f);
    assert_as_the_long_way(f);
    assert_text(f, INDEX,
                "# Knowledge Base Index\n\n## Documents\n"
                "- [[summaries/four]] (short) — About four\n"
                "- [[summaries/three]] (short) — About three\n"
                "- [[summaries/two]] (short) — About two\n"
                "- [[summaries/one]] (short) — About one\n\n"
                "## Concepts\n\n## Entities\n\n## Explorations\n");
}

static void additions_go_the_short_way_again_and_again(void **state)
{
    Fixture *f = *state;
    begin_with_two(f);
    mark_rows(f);
    add_document(f, "three", "3", NULL);
    next_hold(f);
    assert_false(went_long_way(f));
    add_document(f, "four", "4", NULL);
    next_hold(f);
    assert_false(went_long_way(f));
}

/* Its new bytes put it last in hashes.json; in index.md the youngest row comes first. */
static void an_addition_that_changed_again_keeps_its_line_in_order(void **state)
{
    Fixture *f = *state;
    begin_with_two(f);
    add_document(f, "three", "3", NULL);
    add_document(f, "four", "4", NULL);
    add_document(f, "three", "new", "3");
    fixture_release(f);
    g_autofree char *index = scratch_read(f->scratch, INDEX);
    assert_true(strstr(index, "summaries/four") < strstr(index, "summaries/three"));
    assert_as_the_long_way(f);
}

static void many_additions_go_the_long_way(void **state)
{
    Fixture *f = *state;
    begin_with_two(f);
    mark_rows(f);
    for (int i = 0; i < 17; i++) {
        g_autofree char *name = g_strdup_printf("more-%d", i);
        add_document(f, name, name, NULL);
    }
    fixture_release(f);
    assert_true(went_long_way(f));
}

/* ---- what is not only added -------------------------------------------------------------- */

static void nothing_but_additions_goes_the_short_way(void **state)
{
    static const struct {
        const char *what, *name, *text, *old;
    } cases[] = {
        {"update", "one", "new", "1"},
        {"update of a name only", "one", "1", "1"},
        {"the same bytes twice", "three", "2", NULL},
    };
    Fixture *f = *state;
    begin_with_two(f);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        mark_rows(f);
        add_document(f, cases[i].name, cases[i].text, cases[i].old);
        add_document(f, "beside", cases[i].what, i ? cases[i - 1].what : NULL);
        next_hold(f);
        if (!went_long_way(f))
            fail_msg("%s", cases[i].what);
    }
}

static void a_removal_beside_an_addition_takes_entry_and_line_away(void **state)
{
    Fixture *f = *state;
    begin_with_two(f);
    remove_document(f, "one");
    add_document(f, "three", "3", NULL);
    fixture_release(f);
    g_autofree char *index = scratch_read(f->scratch, INDEX);
    assert_null(strstr(index, "summaries/one"));
    assert_as_the_long_way(f);
}

/* The marks of the removal are taken back: only the files know that it was there. */
static void what_was_removed_and_added_again_stands_there_once(void **state)
{
    Fixture *f = *state;
    begin_with_two(f);
    remove_document(f, "one");
    add_document(f, "one", "1", NULL);
    fixture_release(f);
    g_autofree char *index = scratch_read(f->scratch, INDEX);
    assert_ptr_equal(g_strrstr(index, "summaries/one"), strstr(index, "summaries/one"));
    g_autofree char *hashes = scratch_read(f->scratch, HASHES);
    const char *path = "wiki/sources/one.md";
    assert_ptr_equal(g_strrstr(hashes, path), strstr(hashes, path));
    assert_as_the_long_way(f);
}

/* Neither a mark nor a row knows the key any more that hashes.json still has. */
static void what_came_again_and_changed_leaves_no_entry_behind(void **state)
{
    Fixture *f = *state;
    begin_with_two(f);
    remove_document(f, "one");
    add_document(f, "one", "1", NULL);
    add_document(f, "one", "new", "1");
    fixture_release(f);
    g_autofree char *hashes = scratch_read(f->scratch, HASHES);
    const char *path = "wiki/sources/one.md";
    assert_ptr_equal(g_strrstr(hashes, path), strstr(hashes, path));
    assert_as_the_long_way(f);
}

static void an_index_that_a_person_changed_goes_the_long_way(void **state)
{
    Fixture *f = *state;
    begin_with_two(f);
    scratch_write(f->scratch, INDEX, "# Mine\n\n## Documents\n");
    add_document(f, "three", "3", NULL);
    fixture_release(f);
    assert_text(f, INDEX,
                "# Mine\n\n## Documents\n"
                "- [[summaries/three]] (short) — About three\n"
                "- [[summaries/two]] (short) — About two\n"
                "- [[summaries/one]] (short) — About one\n");
}

/* Nothing that another program wrote is taken for our own text. */
static void a_file_that_another_wrote_goes_the_long_way(void **state)
{
    Fixture *f = *state;
    begin_with_two(f);
    fixture_release(f);
    g_autofree char *hashes = scratch_read(f->scratch, HASHES);
    g_autofree char *spaced = g_strconcat(hashes, "\n\n", NULL);
    scratch_write(f->scratch, HASHES, spaced);
    fixture_acquire(f);
    add_document(f, "three", "3", NULL);
    fixture_release(f);
    g_autofree char *after = scratch_read(f->scratch, HASHES);
    assert_true(g_str_has_suffix(after, "  }\n}\n"));
    assert_as_the_long_way(f);
}

static void a_crash_before_the_views_leaves_nothing_out(void **state)
{
    Fixture *f = *state;
    begin_with_two(f);
    add_document(f, "three", "3", NULL);
    fixture_crash(f);
    fixture_acquire(f);
    add_document(f, "four", "4", NULL);
    fixture_release(f);
    assert_as_the_long_way(f);
    g_autofree char *index = scratch_read(f->scratch, INDEX);
    assert_non_null(strstr(index, "summaries/three"));
    assert_non_null(strstr(index, "summaries/four"));
}

#define IN_KB(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_KB(additions_give_what_the_long_way_gives),
        IN_KB(additions_go_the_short_way_again_and_again),
        IN_KB(an_addition_that_changed_again_keeps_its_line_in_order),
        IN_KB(many_additions_go_the_long_way),
        IN_KB(nothing_but_additions_goes_the_short_way),
        IN_KB(a_removal_beside_an_addition_takes_entry_and_line_away),
        IN_KB(what_was_removed_and_added_again_stands_there_once),
        IN_KB(what_came_again_and_changed_leaves_no_entry_behind),
        IN_KB(an_index_that_a_person_changed_goes_the_long_way),
        IN_KB(a_file_that_another_wrote_goes_the_long_way),
        IN_KB(a_crash_before_the_views_leaves_nothing_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
