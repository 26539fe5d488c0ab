/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Images, fonts in compact form and attachments are most of a large file, and are not needed:
 * their streams are emptied before the file is written. What is left is held up to three times
 * while libqpdf writes.
 */
#include "repair.h"

#include <glib.h>
#include <qpdf/qpdf-c.h>
#include <string.h>

enum { MOST_OBJECTS = 1 << 20, MOST_GENERATION = 3, MOST_TRIES = 20000 };

/* ---- Streams that are not needed --------------------------------------------------------- */

static bool is_needed(qpdf_data q, qpdf_oh dict)
{
    qpdf_oh subtype = qpdf_oh_get_key(q, dict, "/Subtype");
    if (qpdf_oh_is_name_and_equals(q, qpdf_oh_get_key(q, dict, "/Type"), "/EmbeddedFile"))
        return false;
    return !qpdf_oh_is_name(q, subtype) || qpdf_oh_is_name_and_equals(q, subtype, "/Form");
}

static void mark(qpdf_data q, qpdf_oh dict, int number, int generation)
{
    qpdf_oh origin = qpdf_oh_new_array(q);
    qpdf_oh_append_item(q, origin, qpdf_oh_new_integer(q, number));
    qpdf_oh_append_item(q, origin, qpdf_oh_new_integer(q, generation));
    qpdf_oh_replace_key(q, dict, PDF_ORIGIN, origin);
}

/* Its generation, hardly ever another than 0; libqpdf remembers every one it was asked for. */
static int generation_of(qpdf_data q, int number, int *tries)
{
    int generation = 0;
    while (*tries > 0 && generation < MOST_GENERATION &&
           qpdf_oh_is_null(q, qpdf_get_object_by_id(q, number, generation))) {
        --*tries;
        generation++;
    }
    return generation;
}

static void lighten(qpdf_data q, int number, int generation)
{
    qpdf_oh o = qpdf_get_object_by_id(q, number, generation);
    qpdf_oh dict = qpdf_oh_is_stream(q, o) ? qpdf_oh_get_dict(q, o) : 0;
    if (!dict || is_needed(q, dict))
        return;
    mark(q, dict, number, generation);
    qpdf_oh_replace_stream_data(q, o, (const unsigned char *)"", 0, qpdf_oh_new_null(q),
                                qpdf_oh_new_null(q));
}

/* A new object has the number behind the last. */
static void lighten_all(qpdf_data q)
{
    int tries = MOST_TRIES;
    qpdf_oh last = qpdf_make_indirect_object(q, qpdf_oh_new_null(q));
    int n = MIN(qpdf_oh_get_object_id(q, last), MOST_OBJECTS);
    for (int i = 1; i < n; i++) {
        lighten(q, i, generation_of(q, i, &tries));
        qpdf_oh_release_all(q);
    }
}

bool pdf_repair_origin(pdf_file *f, pdf_value stream, int *number, int *generation)
{
    double origin[2];
    if (!pdf_file_numbers(f, pdf_file_key(f, stream, PDF_ORIGIN), origin, 2))
        return false;
    *number = (int)CLAMP(origin[0], 0, G_MAXINT);
    *generation = (int)CLAMP(origin[1], 0, G_MAXINT);
    return true;
}

/* ---- Writing ----------------------------------------------------------------------------- */

/* Filters that file.c does not know are undone, for it cannot ask libqpdf: what stands deflated
 * stays as it is. */
static char *write_anew(qpdf_data q, size_t *len)
{
    if (qpdf_init_write_memory(q) & QPDF_ERRORS)
        return NULL;
    qpdf_set_preserve_encryption(q, QPDF_FALSE);
    qpdf_set_object_stream_mode(q, qpdf_o_disable);
    qpdf_set_decode_level(q, qpdf_dl_generalized);
    qpdf_set_compress_streams(q, QPDF_TRUE);
    if (qpdf_write(q) & QPDF_ERRORS)
        return NULL;
    *len = qpdf_get_buffer_length(q);
    char *out = g_try_malloc(*len); /* rather no links than no text */
    if (out)
        memcpy(out, qpdf_get_buffer(q), *len);
    return out;
}

char *pdf_repair(const void *bytes, size_t size, size_t *len)
{
    char *out = NULL;
    qpdf_data q = qpdf_init();
    qpdf_silence_errors(q);
    qpdf_set_suppress_warnings(q, QPDF_TRUE);
    if (!(qpdf_read_memory(q, "", bytes, size, NULL) & QPDF_ERRORS)) {
        lighten_all(q);
        out = write_anew(q, len);
    }
    if (qpdf_has_error(q))
        qpdf_get_error(q); /* else it complains on stderr */
    qpdf_cleanup(&q);
    return out;
}
