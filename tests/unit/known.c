/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * What of a long list of files is known to be unchanged without a look for each. Directories
 * are tested by tests/cli.
 */
#include "ingest/known.h"
#include "ingest/plan.h"
#include "store-fixture.h"

enum { KNOWN = 800, SIZE = 7 };

bool okb_identity_same_provenance(const OkbIdentity *identity, const OkbProvenance *by)
{
    (void)identity;
    return strcmp(by->plugin, "markdown") == 0;
}

static void put(Fixture *f, const char *name, const char *path, const char *plugin)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(OkbDocument) document = document_of(name, path, name);
    document->stat.size = SIZE;
    g_free(document->provenance.plugin);
    document->provenance.plugin = g_strdup(plugin);
    okb_registry_put(f->store, document, &error);
    assert_ok(error);
}

/* /src/000.md to /src/799.md */
static int setup(void **state)
{
    if (fixture_setup(state) != 0)
        return -1;
    Fixture *f = *state;
    OkbTxn *txn = fixture_begin(f);
    for (guint i = 0; i < KNOWN; i++) {
        g_autofree char *name = g_strdup_printf("%03u", i);
        g_autofree char *path = g_strdup_printf("/src/%s.md", name);
        put(f, name, path, "markdown");
    }
    put(f, "dropped", "raw/dropped.md", "markdown");
    put(f, "other", "/src/other.md", "other-plugin");
    fixture_commit(txn);
    return 0;
}

/* As okb_plan_make() makes it of files that the user named. */
static OkbPlan *list_new(void)
{
    OkbPlan *plan = g_new0(OkbPlan, 1);
    plan->items = g_ptr_array_new();
    plan->roots = g_ptr_array_new();
    plan->named = g_ptr_array_new();
    plan->by_path = g_hash_table_new(g_str_hash, g_str_equal);
    return plan;
}

static OkbPlanItem *list_add(OkbPlan *plan, char *path)
{
    OkbPlanItem *item = g_new0(OkbPlanItem, 1);
    item->path = path;
    item->stat.size = SIZE;
    g_ptr_array_add(plan->items, item);
    g_ptr_array_add(plan->named, item);
    g_hash_table_insert(plan->by_path, path, item);
    return item;
}

static void list_add_every(OkbPlan *plan, guint step, guint count)
{
    for (guint i = count; i-- > 0;) /* the order of a list is the user's */
        list_add(plan, g_strdup_printf("/src/%03u.md", i * step));
}

static void list_free(OkbPlan *plan)
{
    for (guint i = 0; i < plan->items->len; i++) {
        OkbPlanItem *item = plan->items->pdata[i];
        g_free(item->path);
        g_free(item->unchanged);
        g_free(item);
    }
    g_hash_table_unref(plan->by_path);
    g_ptr_array_unref(plan->items);
    g_ptr_array_unref(plan->roots);
    g_ptr_array_unref(plan->named);
    g_free(plan);
}

/* How many are known to be unchanged. */
static guint mark(const Fixture *f, OkbPlan *plan)
{
    g_autoptr(GError) error = NULL;
    OkbKnown known = {0};
    const OkbIdentity identity = {.store = f->store, .kb = f->kb, .known = &known};
    okb_known_mark(&identity, plan, &error);
    assert_ok(error);
    guint count = 0;
    for (guint i = 0; i < plan->items->len; i++)
        count += ((OkbPlanItem *)plan->items->pdata[i])->unchanged != NULL;
    return count;
}

static void assert_all_known(const Fixture *f, guint step, guint count)
{
    OkbPlan *plan = list_new();
    list_add_every(plan, step, count);
    assert_int_equal(mark(f, plan), count);
    for (guint i = 0; i < count; i++) {
        const OkbPlanItem *item = plan->items->pdata[i];
        assert_memory_equal(item->unchanged, item->path + strlen("/src/"), 3);
    }
    list_free(plan);
}

static void files_of_a_list_are_known_near_and_far(void **state)
{
    assert_all_known(*state, 1, KNOWN);
    assert_all_known(*state, 32, 25);
    assert_all_known(*state, 33, 24);
    assert_all_known(*state, 34, 23); /* the reading breaks off between any two */
    assert_all_known(*state, 47, 17);
}

static void few_files_are_left_to_be_asked_one_by_one(void **state)
{
    OkbPlan *plan = list_new();
    list_add_every(plan, 1, 15);
    assert_int_equal(mark(*state, plan), 0);
    list_free(plan);
}

static void what_is_new_or_changed_is_not_known(void **state)
{
    Fixture *f = *state;
    OkbPlan *plan = list_new();
    list_add_every(plan, 40, 20);
    OkbPlanItem *changed = plan->items->pdata[7];
    changed->stat.mtime_ns++;
    list_add(plan, g_strdup("/src/0.md"));
    list_add(plan, g_strdup("/src/new.md"));
    list_add(plan, g_strdup("/zzz.md"));
    const OkbPlanItem *by_another = list_add(plan, g_strdup("/src/other.md"));
    assert_int_equal(mark(f, plan), 19);
    assert_null(changed->unchanged);
    assert_null(by_another->unchanged);
    list_free(plan);
}

static void a_file_inside_the_knowledge_base_is_known_by_its_relative_path(void **state)
{
    Fixture *f = *state;
    OkbPlan *plan = list_new();
    list_add_every(plan, 40, 20);
    const OkbPlanItem *inside =
        list_add(plan, g_build_filename(f->kb->path, "raw/dropped.md", NULL));
    assert_int_equal(mark(f, plan), 21);
    assert_string_equal(inside->unchanged, "dropped");
    list_free(plan);
}

#define KNOWN_TEST(test) cmocka_unit_test_setup_teardown(test, setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        KNOWN_TEST(files_of_a_list_are_known_near_and_far),
        KNOWN_TEST(few_files_are_left_to_be_asked_one_by_one),
        KNOWN_TEST(what_is_new_or_changed_is_not_known),
        KNOWN_TEST(a_file_inside_the_knowledge_base_is_known_by_its_relative_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
