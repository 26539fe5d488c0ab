/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Any bytes as result.json beside a sound body and asset: refused with a reason, or a bundle of
 * which no number leads outside its files.
 */
#include "ingest/bundle.h"
#include "util/cleanup.h"
#include "util/io.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char body[] = "<!-- page 1 -->\n\n# Größe\n\n![a](okb-asset:00000001)\n";

static void hold(bool promise)
{
    if (!promise)
        abort();
}

static char directory[] = "/tmp/openkb-fuzz-XXXXXX";

static void remove_directory(void)
{
    static const char *const names[] = {"result.json", "body.md", "assets/00000001.bin",
                                        "assets"};
    char path[128];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", directory, names[i]);
        remove(path);
    }
    rmdir(directory);
}

static void write_file(int out, const char *name, const void *bytes, size_t len)
{
    okb_autofd int fd = openat(out, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    hold(fd >= 0 && okb_io_write_all(fd, bytes, len) == 0);
}

static int open_directory(void)
{
    hold(mkdtemp(directory) != NULL);
    atexit(remove_directory);
    int out = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    hold(out >= 0 && mkdirat(out, "assets", 0700) == 0);
    write_file(out, "body.md", body, sizeof body - 1);
    write_file(out, "assets/00000001.bin", "PNG", 3);
    return out;
}

static void check(const OkbBundle *bundle)
{
    gsize len = g_bytes_get_size(bundle->body);
    for (guint i = 0; i < bundle->pages->len; i++)
        hold(g_array_index(bundle->pages, OkbPage, i).offset < len);
    for (guint i = 0; i < bundle->headings->len; i++)
        hold(g_array_index(bundle->headings, OkbHeading, i).offset <= len);
    for (guint i = 0; i < bundle->refs->len; i++) {
        const OkbAssetRef *ref = &g_array_index(bundle->refs, OkbAssetRef, i);
        hold(ref->asset < bundle->assets->len && ref->offset + OKB_PLACEHOLDER_LEN <= len);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const OkbLimits limits = {.output_bytes = 1000, .files = 10, .depth = 5};
    static int out = -1;
    if (out < 0)
        out = open_directory();
    write_file(out, "result.json", data, size);
    okb_autofd int text = openat(out, "body.md", O_RDONLY | O_CLOEXEC);
    okb_autofd int result = openat(out, "result.json", O_RDONLY | O_CLOEXEC);
    const OkbLeft left = {out, text, result};
    g_autoptr(GError) error = NULL;
    g_autoptr(OkbBundle) bundle = okb_bundle_read(&left, &limits, &error);
    hold((bundle == NULL) == (error != NULL));
    if (bundle)
        check(bundle);
    return 0;
}
