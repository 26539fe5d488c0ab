/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "foreign.h"

#include <string.h>

#define FOREIGN(name, extensions, head)                                                        \
    {                                                                                          \
        name, " " extensions " ", head, sizeof(head) - 1                                       \
    }

const Foreign foreign_files[] = {
    FOREIGN("an empty file", "", ""),
    FOREIGN("a PNG picture", "png apng",
            "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x8\2\0\0\0"),
    FOREIGN("a JPEG picture", "jpg jpeg", "\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0"),
    FOREIGN("a GIF picture", "gif", "GIF89a\1\0\1\0\x80\0\0\xff\xff\xff\0\0\0"),
    FOREIGN("a WebP picture", "webp", "RIFF\x24\0\0\0WEBPVP8 "),
    FOREIGN("a TIFF picture", "tif tiff", "II*\0\x8\0\0\0\0\0\0\0"),
    FOREIGN("a ZIP archive", "zip docx xlsx pptx odt ods odp epub jar",
            "PK\3\4\x14\0\0\0\x8\0\0\0!\0\0\0\0\0\0\0\0\0\0\0\0\0\5\0\0\0a.txt"),
    FOREIGN("a gzip file", "gz tgz", "\x1f\x8b\x8\0\0\0\0\0\0\3\3\0\0\0\0\0\0\0\0\0"),
    FOREIGN("an xz file", "xz txz",
            "\xfd"
            "7zXZ\0\0\4"),
    FOREIGN("a 7-Zip archive", "7z", "7z\xbc\xaf\x27\x1c\0\4"),
    FOREIGN("a PDF document", "pdf", "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n"),
    FOREIGN("a PostScript file", "ps eps", "%!PS-Adobe-3.0\n%%EOF\n"),
    FOREIGN("an OLE document", "doc xls ppt msg",
            "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0\0\0\0\0\0\0"),
    FOREIGN("an RTF document", "rtf", "{\\rtf1\\ansi hello}"),
    FOREIGN("a program", "so o elf",
            "\x7f"
            "ELF\2\1\1\0\0\0\0\0\0\0\0\0\3\0>\0\1\0\0\0"),
    FOREIGN("a database", "sqlite db sqlite3", "SQLite format 3\0\x10\0\1\1\0@  "),
    FOREIGN("a sound", "ogg oga ogv opus", "OggS\0\2\0\0\0\0\0\0\0\0"),
    FOREIGN("a recording", "mp3", "ID3\4\0\0\0\0\0\0\xff\xfb\x90\0"),
    FOREIGN("a film", "mp4 m4a mov heic avif",
            "\0\0\0\x18"
            "ftypmp42\0\0\0\0mp42isom"),
    FOREIGN("a tar archive", "tar",
            "a.txt\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
    FOREIGN("JSON", "json", "{\"a\": [1, 2, {\"b\": null}]}\n"),
    FOREIGN("XML", "xml xhtml svg html htm", "<?xml version=\"1.0\"?>\n<a><b>c</b></a>\n"),
    FOREIGN("a web page", "html htm xhtml",
            "<!DOCTYPE html>\n<html><body><p>a</p></body></html>\n"),
    FOREIGN("mail", "eml mbox", "From: a@example.org\nTo: b@example.org\nSubject: c\n\nd\n"),
    FOREIGN("a script", "sh", "#!/bin/sh\necho hello\n"),
    FOREIGN("UTF-16 text", "", "\xff\xfeh\0e\0l\0l\0o\0\n\0"),
    FOREIGN("zeros", "", "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
    FOREIGN("bytes of no text", "",
            "\xff\xfe\xfd\xc0\x80\xed\xa0\x80\xf5\x90\x80\x80\xfe\xff\0\x1b"),
};

const gsize n_foreign_files = G_N_ELEMENTS(foreign_files);

/* ---- Bombs ------------------------------------------------------------------------------- */

/* Begins and ends of what nests, or begins only. */
static const struct {
    const char *name, *open, *close;
    guint n;
} nests[] = {
    {"50,000 open brackets", "[", "", 50000},
    {"20,000 quotes in quotes", ">", "", 20000},
    {"5,000 lists in lists", "- ", "", 5000},
    {"50,000 stars", "*a", "", 50000},
    {"20,000 elements in elements", "<div>", "</div>", 20000},
    {"20,000 elements left open", "<b><i>", "", 20000},
    {"5,000 tables in tables", "<table><tr><td>", "", 5000},
    {"50,000 arrays in arrays", "[1,", "1]", 50000},
    {"a line of 1 MiB", "abcdefgh", "", 128 * 1024},
    {"1 MiB of line ends", "\n\r\n\r\n\n\r\n", "", 128 * 1024},
    {"512 KiB of commas and quotes", ",\"\",", "", 128 * 1024},
    {"256 KiB of bytes 0xff", "\xff\xff\xff\xff", "", 64 * 1024},
};

static GBytes *nest(guint i)
{
    GString *text = g_string_new(NULL);
    for (guint k = 0; k < nests[i].n; k++)
        g_string_append(text, nests[i].open);
    g_string_append(text, "x");
    for (guint k = 0; k < nests[i].n; k++)
        g_string_append(text, nests[i].close);
    return g_string_free_to_bytes(text);
}

/* Entities that name entities: a billion laughs. */
static GBytes *laughs(void)
{
    GString *text =
        g_string_new("<?xml version=\"1.0\"?>\n<!DOCTYPE l [<!ENTITY a0 \"lol\">\n");
    for (int i = 1; i < 12; i++) {
        g_string_append_printf(text, "<!ENTITY a%d \"", i);
        for (int k = 0; k < 10; k++)
            g_string_append_printf(text, "&a%d;", i - 1);
        g_string_append(text, "\">\n");
    }
    g_string_append(text, "]>\n<html><body><p>&a11;</p></body></html>\n");
    return g_string_free_to_bytes(text);
}

/* A page tree that contains itself, and a cross-reference table that points to itself. */
static GBytes *loops(void)
{
    static const char text[] =
        "%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        "2 0 obj<</Type/Pages/Count 9999999/Kids[2 0 R 2 0 R]>>endobj\n"
        "xref\n0 1\n0000000000 65535 f \n"
        "trailer<</Root 1 0 R/Size 3/Prev 113>>\nstartxref\n113\n%%EOF\n";
    return g_bytes_new_static(text, sizeof text - 1);
}

/* What the plugin reads, many times over. */
static GBytes *repeat(GBytes *sample)
{
    gsize len = 0;
    const char *bytes = g_bytes_get_data(sample, &len);
    GString *text = g_string_new(NULL);
    while (len && text->len < 2 * 1024 * 1024)
        g_string_append_len(text, bytes, (gssize)len);
    return g_string_free_to_bytes(text);
}

/* What the plugin reads first, so that it goes on to what follows. */
static GBytes *behind(GBytes *sample, GBytes *bomb)
{
    gsize len = 0, more = 0;
    const char *bytes = g_bytes_get_data(sample, &len), *rest = g_bytes_get_data(bomb, &more);
    GString *text = g_string_new_len(bytes, (gssize)len);
    g_string_append_len(text, rest, (gssize)more);
    return g_string_free_to_bytes(text);
}

static GBytes *plain_bomb(guint n, char **ret_name)
{
    if (n < G_N_ELEMENTS(nests)) {
        *ret_name = g_strdup(nests[n].name);
        return nest(n);
    }
    *ret_name = g_strdup(n == G_N_ELEMENTS(nests) ? "entities that unfold to 10^11 letters"
                                                  : "a page tree that contains itself");
    return n == G_N_ELEMENTS(nests) ? laughs() : loops();
}

GBytes *foreign_bomb(guint n, GBytes *sample, char **ret_name)
{
    const guint plain = G_N_ELEMENTS(nests) + 2;
    if (n < plain)
        return plain_bomb(n, ret_name);
    if (!sample || n > 2 * plain)
        return NULL;
    if (n == 2 * plain) {
        *ret_name = g_strdup("a sample repeated to 2 MiB");
        return repeat(sample);
    }
    g_autoptr(GBytes) bomb = plain_bomb(n - plain, ret_name);
    char *name = g_strdup_printf("a sample and %s", *ret_name);
    g_free(*ret_name);
    *ret_name = name;
    return behind(sample, bomb);
}
