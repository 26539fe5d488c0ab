/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The fonts that TeX sets formulas with. Most files do not say which characters they show, and
 * of the names of their glyphs poppler knows a part; of the others it tells the code, so that
 * an angle bracket is an "h". What the codes stand for follows from the font's name.
 */
#ifndef OKB_PDF_MATHFONTS_H
#define OKB_PDF_MATHFONTS_H

#include <glib.h>
#include <stdint.h>

typedef enum {
    MATHS_NONE,
    MATHS_ITALIC,    /* cmmi: letters, Greek */
    MATHS_SYMBOLS,   /* cmsy: operators, arrows, script capitals */
    MATHS_EXTENSION, /* cmex: large brackets and operators, which hang from their baseline */
    MATHS_AMS_A,     /* msam */
    MATHS_AMS_B      /* msbm: blackboard capitals */
} pdf_maths;

/* What a font's name says; the name is without the subset tag. */
pdf_maths pdf_maths_of(const char *font);

/* The character that `c`, as poppler tells it, stands for in such a font; mostly `c`. */
gunichar pdf_maths_char(pdf_maths font, gunichar c);

/* How far a character of MATHS_EXTENSION reaches down from its baseline, in sizes. */
float pdf_maths_depth(gunichar c);

#endif
