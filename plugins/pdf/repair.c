/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "repair.h"

#include <glib.h>
#include <qpdf/qpdf-c.h>
#include <stdbool.h>
#include <string.h>

static char *write_anew(qpdf_data q, size_t *len)
{
    if (qpdf_init_write_memory(q) & QPDF_ERRORS)
        return NULL;
    qpdf_set_preserve_encryption(q, QPDF_FALSE);
    qpdf_set_object_stream_mode(q, qpdf_o_disable);
    qpdf_set_decode_level(q, qpdf_dl_none);
    qpdf_set_compress_streams(q, QPDF_FALSE);
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
    qpdf_data q = qpdf_init();
    qpdf_silence_errors(q);
    qpdf_set_suppress_warnings(q, QPDF_TRUE);
    bool read = !(qpdf_read_memory(q, "", bytes, size, NULL) & QPDF_ERRORS);
    char *out = read ? write_anew(q, len) : NULL;
    if (qpdf_has_error(q))
        qpdf_get_error(q); /* else it complains on stderr */
    qpdf_cleanup(&q);
    return out;
}
