/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Operations of Python OpenKB that died: journals as it writes them.
 */
#include "store-fixture.h"

#include <stdio.h>

#define ID      "0123456789abcdef0123456789abcdef"
#define JOURNAL ".openkb/journal/" ID ".json"
#define BACKUPS ".openkb/staging/rollback-" ID
#define KEPT    ".openkb/conflicts/python-" ID

/* `entries`: "target>backup" or "target>" (it was not there), separated by blanks. %s in the
 * journal is the knowledge base that it says it belongs to. */
static void write_journal(const Fixture *f, const char *kb, const char *status,
                          const char *entries)
{
    GString *list = g_string_new(NULL);
    g_auto(GStrv) items = g_strsplit(entries, " ", -1);
    for (gsize i = 0; items[i]; i++) {
        g_auto(GStrv) pair = g_strsplit(items[i], ">", 2);
        g_autofree char *target =
            *pair[0] == '/' ? g_strdup(pair[0]) : g_strdup_printf("%s/%s", kb, pair[0]);
        g_autofree char *backup =
            *pair[1] ? g_strdup_printf("\"%s/" BACKUPS "/%s\"", kb, pair[1]) : g_strdup("null");
        g_string_append_printf(list, "%s{\"target\": \"%s\", \"backup\": %s}", i ? ", " : "",
                               target, backup);
    }
    g_autofree char *text = g_strdup_printf(
        "{\"version\": 1, \"operation\": \"add\", %s \"kb_dir\": \"%s\", \"backup_dir\": "
        "\"%s/" BACKUPS "\", \"details\": {}, \"attempts\": 0, \"entries\": [%s]}",
        status, kb, kb, list->str);
    g_string_free(list, TRUE);
    scratch_write(f->scratch, JOURNAL, text);
}

static void recover(Fixture *f)
{
    fixture_release(f);
    fixture_acquire(f);
}

static bool is_there(const Fixture *f, const char *path)
{
    struct stat st;
    return fstatat(f->scratch->fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static void an_interrupted_add_is_rolled_back(void **state)
{
    Fixture *f = *state;
    scratch_write(f->scratch, "wiki/summaries/a.md", "half new");
    scratch_write(f->scratch, BACKUPS "/wiki/summaries/a.md", "old");
    scratch_write(f->scratch, "raw/new.md", "half added");
    write_journal(f, f->kb->path, "\"status\": \"active\",",
                  "wiki/summaries/a.md>wiki/summaries/a.md raw/new.md> wiki/sources/never.md>");
    recover(f);
    assert_text(f, "wiki/summaries/a.md", "old");
    assert_text(f, "raw/new.md", NULL);
    assert_text(f, KEPT "/wiki/summaries/a.md", "half new");
    assert_text(f, KEPT "/raw/new.md", "half added");
    assert_false(is_there(f, JOURNAL));
    assert_false(is_there(f, BACKUPS));
}

static void a_directory_is_made_as_it_was(void **state)
{
    Fixture *f = *state;
    scratch_write(f->scratch, "wiki/concepts/same.md", "same");
    scratch_write(f->scratch, "wiki/concepts/changed.md", "after");
    scratch_write(f->scratch, "wiki/concepts/new.md", "new");
    scratch_write(f->scratch, BACKUPS "/wiki/concepts/same.md", "same");
    scratch_write(f->scratch, BACKUPS "/wiki/concepts/changed.md", "before");
    scratch_write(f->scratch, BACKUPS "/wiki/concepts/gone.md", "gone");
    struct stat before, after;
    assert_int_equal(fstatat(f->scratch->fd, "wiki/concepts/same.md", &before, 0), 0);
    write_journal(f, f->kb->path, "", "wiki/concepts>wiki/concepts");
    recover(f);
    assert_text(f, "wiki/concepts/changed.md", "before");
    assert_text(f, "wiki/concepts/gone.md", "gone");
    assert_text(f, "wiki/concepts/new.md", NULL);
    assert_int_equal(fstatat(f->scratch->fd, "wiki/concepts/same.md", &after, 0), 0);
    assert_int_equal(before.st_ino, after.st_ino);
    assert_text(f, KEPT "/wiki/concepts/new.md", "new");
}

static void an_ended_operation_is_only_cleaned_up(void **state)
{
    static const char *const ended[] = {"\"status\": \"committed\",",
                                        "\"status\": \"rolled_back\","};
    Fixture *f = *state;
    for (gsize i = 0; i < G_N_ELEMENTS(ended); i++) {
        scratch_write(f->scratch, "raw/a.md", "new");
        scratch_write(f->scratch, BACKUPS "/raw/a.md", "old");
        write_journal(f, f->kb->path, ended[i], "raw/a.md>raw/a.md");
        recover(f);
        assert_text(f, "raw/a.md", "new");
        assert_false(is_there(f, JOURNAL));
        assert_false(is_there(f, BACKUPS));
    }
}

static void log_md_is_not_rolled_back(void **state)
{
    Fixture *f = *state;
    scratch_write(f->scratch, "wiki/log.md", "one\ntwo\n");
    scratch_write(f->scratch, BACKUPS "/wiki/log.md", "one\n");
    write_journal(f, f->kb->path, "", "wiki/log.md>wiki/log.md");
    recover(f);
    assert_text(f, "wiki/log.md", "one\ntwo\n");
}

static void assert_quarantined(Fixture *f)
{
    recover(f);
    assert_false(is_there(f, JOURNAL));
    assert_int_equal(count_entries(f, ".openkb/quarantine"), 1);
    assert_int_equal(f->report.messages->len, 1);
}

static void a_target_outside_makes_the_journal_inert(void **state)
{
    static const char *const targets[] = {"/etc/hostname>",     "../outside.md>",
                                          ".openkb/openkb.db>", ".openkb/config.yaml>",
                                          "raw/../../x>",       "wiki>"};
    for (gsize i = 0; i < G_N_ELEMENTS(targets); i++) {
        void *one = NULL;
        assert_int_equal(fixture_setup(&one), 0);
        Fixture *f = one;
        g_autofree char *entries = g_strconcat("raw/a.md> ", targets[i], NULL);
        scratch_write(f->scratch, "raw/a.md", "kept");
        write_journal(f, f->kb->path, "", entries);
        assert_quarantined(f);
        assert_text(f, "raw/a.md", "kept");
        assert_true(is_there(f, ".openkb/openkb.db"));
        assert_int_equal(fixture_teardown(&one), 0);
    }
    (void)state;
}

static void backups_that_are_not_whole_make_it_inert_and_are_kept(void **state)
{
    Fixture *f = *state;
    scratch_write(f->scratch, "raw/a.md", "new a");
    scratch_write(f->scratch, "raw/b.md", "new b");
    scratch_write(f->scratch, BACKUPS "/raw/a.md", "old a");
    write_journal(f, f->kb->path, "", "raw/a.md>raw/a.md raw/b.md>raw/b.md");
    assert_quarantined(f);
    assert_text(f, "raw/a.md", "new a");
    assert_false(is_there(f, BACKUPS));
}

static void journals_that_make_no_sense_block_nothing(void **state)
{
    static const char *const texts[] = {
        "", "{", "[]", "{}", "{\"status\": \"active\"}", "{\"kb_dir\": 3, \"backup_dir\": 4}"};
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        void *one = NULL;
        assert_int_equal(fixture_setup(&one), 0);
        scratch_write(((Fixture *)one)->scratch, JOURNAL, texts[i]);
        assert_quarantined(one);
        assert_int_equal(fixture_teardown(&one), 0);
    }
    (void)state;
}

static void a_moved_knowledge_base_is_recovered_where_it_is_now(void **state)
{
    Fixture *f = *state;
    scratch_write(f->scratch, "elsewhere/raw/a.md", "the original's");
    g_autofree char *other = g_build_filename(f->scratch->path, "elsewhere", NULL);
    scratch_write(f->scratch, "raw/a.md", "new");
    scratch_write(f->scratch, BACKUPS "/raw/a.md", "old");
    write_journal(f, other, "", "raw/a.md>raw/a.md");
    recover(f);
    assert_text(f, "raw/a.md", "old");
    assert_text(f, "elsewhere/raw/a.md", "the original's");
}

static void what_a_rolled_back_hashes_json_says_is_merged(void **state)
{
    Fixture *f = *state;
    g_autofree char *before = scratch_read(f->scratch, ".openkb/hashes.json");
    char hash[OKB_DIGEST_HEX];
    digest_of("x", hash);
    g_autofree char *after = g_strdup_printf("{\"%s\": {\"name\": \"x.md\"}}", hash);
    scratch_write(f->scratch, ".openkb/hashes.json", after);
    scratch_write(f->scratch, BACKUPS "/.openkb/hashes.json", before);
    write_journal(f, f->kb->path, "", ".openkb/hashes.json>.openkb/hashes.json");
    recover(f);
    assert_int_equal(okb_registry_count(f->store, NULL), 0);
    assert_int_equal(f->report.imported, 0);
}

#define IN_KB(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_KB(an_interrupted_add_is_rolled_back),
        IN_KB(a_directory_is_made_as_it_was),
        IN_KB(an_ended_operation_is_only_cleaned_up),
        IN_KB(log_md_is_not_rolled_back),
        cmocka_unit_test(a_target_outside_makes_the_journal_inert),
        IN_KB(backups_that_are_not_whole_make_it_inert_and_are_kept),
        cmocka_unit_test(journals_that_make_no_sense_block_nothing),
        IN_KB(a_moved_knowledge_base_is_recovered_where_it_is_now),
        IN_KB(what_a_rolled_back_hashes_json_says_is_merged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
