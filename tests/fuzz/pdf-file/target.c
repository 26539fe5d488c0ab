/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The reader of objects on arbitrary bytes: what it gives lies within them, and it ends.
 */
#include "file.h"
#include "pages.h"

#include <stdint.h>
#include <stdlib.h>

enum { OBJECTS = 40, PAGES = 10, ITEMS = 100 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_value(pdf_file *f, pdf_value v)
{
    size_t len = 0;
    bool foreign;
    double number;
    g_autofree char *text = pdf_value_text(v);
    if (text && !g_utf8_validate(text, -1, NULL))
        abort();
    pdf_value_number(v, &number);
    g_free(pdf_value_name(v));
    g_free(pdf_file_stream(f, v, &len, &foreign));
}

static void read_object(pdf_file *f, pdf_value v)
{
    pdf_values items = pdf_value_items(v);
    pdf_value item;
    read_value(f, v);
    for (int i = 0; i < ITEMS && pdf_file_next(f, &items, &item); i++)
        read_value(f, item);
    read_value(f, pdf_file_inherited(f, v, "/MediaBox"));
    read_value(f, pdf_file_key(f, v, "/Contents"));
    read_value(f, pdf_file_key(f, v, "/Title"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *bytes = g_memdup2(data, size); /* of exactly this size, for AddressSanitizer */
    pdf_file *f = pdf_file_open(bytes, size);
    pdf_pages pages = {0};
    for (int i = 0; f && i < OBJECTS; i++)
        read_object(f, pdf_file_object(f, i));
    for (uint32_t i = 0; f && i < PAGES; i++) {
        pdf_file_tidy(f);
        read_object(f, pdf_pages_find(&pages, f, PAGES - i));
        read_object(f, pdf_pages_find(&pages, f, i));
    }
    pdf_file_free(f);
    g_free(bytes);
    return 0;
}
