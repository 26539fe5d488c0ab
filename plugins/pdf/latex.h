/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Characters as formulas write them: LaTeX commands, and raised and lowered characters of
 * Unicode. Threads: any.
 */
#ifndef OKB_PDF_LATEX_H
#define OKB_PDF_LATEX_H

#include <glib.h>
#include <stdbool.h>

typedef enum {
    LATEX_OTHER,
    LATEX_LETTER, /* Latin or Greek, and what stands for a value: infinity, nabla */
    LATEX_DIGIT,  /* and the point of a number */
    LATEX_BINARY, /* operators and relations: something stands on both sides */
    LATEX_LARGE,  /* sums, integrals, roots */
    LATEX_OPEN,
    LATEX_CLOSE,
    LATEX_COMMA,
    LATEX_PRIME
} pdf_latex_class;

pdf_latex_class pdf_latex_classify(gunichar c);

/* Append `c`, apart from a command before it by a blank if it would become part of it. */
void pdf_latex_put(GString *out, gunichar c);
/* The same for a command or letters. */
void pdf_latex_put_string(GString *out, const char *s);

/* "log", "max": names that LaTeX sets upright. */
bool pdf_latex_is_function(const char *s, gsize n);

/* The raised (lowered) form of `c`, 0 if there is none. */
gunichar pdf_latex_script(gunichar c, bool raised);

#endif
