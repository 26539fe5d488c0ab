/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * wiki/index.md: our lines follow the registry, and nothing else changes.
 */
#include "store-fixture.h"

#define INDEX  "wiki/index.md"
#define LINE_A "- [[summaries/a]] (short) — About a\n"
#define LINE_B "- [[summaries/b]] (short) — About b\n"

static void rebuild_with(Fixture *f, const char *before, const char *after)
{
    if (before)
        scratch_write(f->scratch, INDEX, before);
    add_document(f, "a", "one", NULL);
    add_document(f, "b", "two", NULL);
    fixture_release(f);
    assert_text(f, INDEX, after);
}

static void new_documents_stand_under_the_heading_newest_first(void **state)
{
    rebuild_with(*state, NULL,
                 "# Knowledge Base Index\n\n## Documents\n" LINE_B LINE_A
                 "\n## Concepts\n\n## Entities\n\n## Explorations\n");
}

static void whatever_others_wrote_is_kept_byte_for_byte(void **state)
{
    rebuild_with(*state,
                 "\r\nmine\t \n## Documents  \n- [[summaries/theirs]] (short)\nprose "
                 "[[summaries/a]]\n## Concepts\n- [[summaries/a]] here too\n\n\nlast",
                 "\r\nmine\t \n## Documents  \n" LINE_B LINE_A
                 "- [[summaries/theirs]] (short)\nprose "
                 "[[summaries/a]]\n## Concepts\n- [[summaries/a]] here too\n\n\nlast");
}

static void a_missing_heading_is_added_at_the_end(void **state)
{
    rebuild_with(*state, "# Title\n\ntext\n\n\n",
                 "# Title\n\ntext\n\n## Documents\n" LINE_B LINE_A);
}

static void a_missing_file_is_written_anew(void **state)
{
    Fixture *f = *state;
    assert_int_equal(unlinkat(f->scratch->fd, INDEX, 0), 0);
    rebuild_with(f, NULL,
                 "# Knowledge Base Index\n\n## Documents\n" LINE_B LINE_A
                 "\n## Concepts\n\n## Entities\n\n## Explorations\n");
}

static void a_missing_wiki_is_made_anew(void **state)
{
    Fixture *f = *state;
    assert_int_equal(okb_tree_remove(f->scratch->fd, "wiki", NULL), 0);
    rebuild_with(f, NULL,
                 "# Knowledge Base Index\n\n## Documents\n" LINE_B LINE_A
                 "\n## Concepts\n\n## Entities\n\n## Explorations\n");
}

static void an_empty_file_gets_a_heading(void **state)
{
    rebuild_with(*state, "", "## Documents\n" LINE_B LINE_A);
}

static void bytes_that_are_no_text_are_kept(void **state)
{
    Fixture *f = *state;
    static const char before[] = "a\0b\n## Documents\n\xff\xfe\n";
    g_autofree char *path = g_build_filename(f->scratch->path, INDEX, NULL);
    assert_true(g_file_set_contents(path, before, sizeof before - 1, NULL));
    add_document(f, "a", "one", NULL);
    fixture_release(f);
    static const char after[] = "a\0b\n## Documents\n" LINE_A "\xff\xfe\n";
    g_autofree char *text = NULL;
    gsize len;
    assert_true(g_file_get_contents(path, &text, &len, NULL));
    assert_int_equal(len, sizeof after - 1);
    assert_memory_equal(text, after, len);
}

static void a_line_that_exists_is_left_as_it_is(void **state)
{
    Fixture *f = *state;
    scratch_write(f->scratch, INDEX, "## Documents\n- [[summaries/a]] (short) — my words\n");
    add_document(f, "a", "one", NULL);
    fixture_release(f);
    assert_text(f, INDEX, "## Documents\n- [[summaries/a]] (short) — my words\n");
}

static void update(Fixture *f, const char *type, const char *description)
{
    g_autoptr(OkbDocument) document = okb_registry_by_name(f->store, "a", NULL);
    OkbTxn *txn = fixture_begin(f);
    g_free(document->type);
    g_free(document->description);
    document->type = g_strdup(type);
    document->description = g_strdup(description);
    assert_true(okb_registry_put(f->store, document, NULL));
    fixture_commit(txn);
    fixture_release(f);
}

static void a_line_of_ours_follows_the_document(void **state)
{
    Fixture *f = *state;
    scratch_write(f->scratch, INDEX, "## Documents\n");
    add_document(f, "a", "one", NULL);
    fixture_release(f);
    fixture_acquire(f);
    update(f, "long_pdf", "Now\nlong");
    assert_text(f, INDEX, "## Documents\n- [[summaries/a]] (pageindex) — Now long\n");
}

static void of_a_line_that_a_person_changed_only_the_kind_does(void **state)
{
    static const char *const lines[][2] = {
        {"- [[summaries/a]] (short) — (short) changed\n",
         "- [[summaries/a]] (pageindex) — (short) changed\n"},
        {"- [[summaries/a]] changed (short)\n", "- [[summaries/a]] changed (short)\n"},
        {"- [[summaries/a]]\n", "- [[summaries/a]]\n"},
    };
    Fixture *f = *state;
    scratch_write(f->scratch, INDEX, "## Documents\n");
    add_document(f, "a", "one", NULL);
    fixture_release(f);
    for (gsize i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_autofree char *before = g_strconcat("## Documents\n", lines[i][0], NULL);
        g_autofree char *after = g_strconcat("## Documents\n", lines[i][1], NULL);
        scratch_write(f->scratch, INDEX, before);
        fixture_acquire(f);
        update(f, "long_pdf", "Now long");
        assert_text(f, INDEX, after);
    }
}

static void the_line_of_a_removed_document_goes_and_its_neighbours_stay(void **state)
{
    Fixture *f = *state;
    scratch_write(f->scratch, INDEX,
                  "## Documents\nsee [[summaries/a]]\n- [[summaries/ab]] (short)\n"
                  "\n## Concepts\n- [[summaries/a]]\n");
    gint64 id = add_document(f, "a", "one", NULL);
    fixture_release(f);
    fixture_acquire(f);
    OkbTxn *txn = fixture_begin(f);
    assert_true(okb_registry_delete(f->store, id, NULL));
    fixture_commit(txn);
    fixture_release(f);
    assert_text(f, INDEX,
                "## Documents\nsee [[summaries/a]]\n- [[summaries/ab]] (short)\n"
                "\n## Concepts\n- [[summaries/a]]\n");
}

static void a_second_rebuild_writes_nothing(void **state)
{
    Fixture *f = *state;
    struct stat before, after;
    add_document(f, "a", "one", NULL);
    fixture_release(f);
    fixture_acquire(f);
    assert_int_equal(fstatat(f->scratch->fd, INDEX, &before, 0), 0);
    update(f, "md", "About a");
    assert_int_equal(fstatat(f->scratch->fd, INDEX, &after, 0), 0);
    assert_int_equal(before.st_ino, after.st_ino);
}

static void the_mode_of_the_file_is_kept(void **state)
{
    Fixture *f = *state;
    struct stat st;
    assert_int_equal(fchmodat(f->scratch->fd, INDEX, 0604, 0), 0);
    add_document(f, "a", "one", NULL);
    fixture_release(f);
    assert_int_equal(fstatat(f->scratch->fd, INDEX, &st, 0), 0);
    assert_int_equal(st.st_mode & 07777, 0604);
}

static void what_a_dead_swap_brought_out_is_kept_when_it_is_a_persons(void **state)
{
    Fixture *f = *state;
    char old[OKB_DIGEST_HEX], new[OKB_DIGEST_HEX];
    digest_of("read", old);
    digest_of("new", new);
    g_autofree char *ours = g_strdup_printf(".openkb/staging/views/index-%s-%s", new, old);
    g_autofree char *theirs = g_strdup_printf(".openkb/staging/views/index-%s-%s", old, new);
    scratch_write(f->scratch, ours, "read");
    scratch_write(f->scratch, theirs, "saved in between");
    scratch_write(f->scratch, ".openkb/staging/views/index-unfinished", "half");
    fixture_crash(f);
    fixture_acquire(f);
    assert_text(f, ".openkb/conflicts/views/wiki/index.md", "saved in between");
    assert_int_equal(count_entries(f, ".openkb/staging/views"), 0);
    assert_int_equal(count_entries(f, ".openkb/conflicts/views/wiki"), 1);
}

#define IN_KB(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_KB(new_documents_stand_under_the_heading_newest_first),
        IN_KB(whatever_others_wrote_is_kept_byte_for_byte),
        IN_KB(a_missing_heading_is_added_at_the_end),
        IN_KB(a_missing_file_is_written_anew),
        IN_KB(a_missing_wiki_is_made_anew),
        IN_KB(an_empty_file_gets_a_heading),
        IN_KB(bytes_that_are_no_text_are_kept),
        IN_KB(a_line_that_exists_is_left_as_it_is),
        IN_KB(a_line_of_ours_follows_the_document),
        IN_KB(of_a_line_that_a_person_changed_only_the_kind_does),
        IN_KB(the_line_of_a_removed_document_goes_and_its_neighbours_stay),
        IN_KB(a_second_rebuild_writes_nothing),
        IN_KB(the_mode_of_the_file_is_kept),
        IN_KB(what_a_dead_swap_brought_out_is_kept_when_it_is_a_persons),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
