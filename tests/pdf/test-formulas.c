/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * What TeX sets with its fonts for formulas.
 */
#include "kit.h"

#include <string.h>

/* Its fonts do not tell their characters: an angle bracket is "h" to poppler. */
static void symbols_follow_from_the_name_of_their_font(void **state)
{
    (void)state;
    paper *p = paper_new();
    paper_raw(p, "BT /F0 10 Tf 72 700 Td (The option ) Tj /F7 10 Tf (h) Tj /F2 10 Tf (name) Tj "
                 "/F7 10 Tf (i) Tj /F0 10 Tf ( takes one, hi, and is ) Tj /F7 10 Tf (6) Tj "
                 "/F0 10 Tf (= the other.) Tj ET\n");
    static const char *const parts[] = {
        "The option ⟨*name*⟩ takes one, hi, and is ≠ the other.", NULL};
    assert_in_order(convert(p), parts);
}

static void a_mark_behind_its_letter_is_its_accent(void **state)
{
    (void)state;
    paper *p = paper_new();
    paper_text(p, 72, 100, 10, ROMAN, "Boga\001n wrote it");
    static const char *const parts[] = {"Bog\xC3\xA1n wrote it", NULL};
    assert_in_order(convert(p), parts);
}

/* The two are different words; a character was cut in two where they met. */
static void an_accent_in_another_font_stays_beside_its_letter(void **state)
{
    (void)state;
    paper *p = paper_new();
    paper_raw(p, "BT /F0 10 Tf 72 700 Td (Over \\264) Tj /F2 10 Tf (e) Tj "
                 "/F0 10 Tf ( and on) Tj ET\n");
    static const char *const parts[] = {"Over \xC2\xB4", "e", "and on", NULL};
    assert_in_order(convert(p), parts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(symbols_follow_from_the_name_of_their_font),
        cmocka_unit_test(an_accent_in_another_font_stays_beside_its_letter),
        cmocka_unit_test(a_mark_behind_its_letter_is_its_accent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
