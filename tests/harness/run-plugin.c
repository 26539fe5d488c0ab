/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * run-plugin [-o NAME=VALUE]... [-r REPEAT] [-d OUTDIR] [-q] MODULE.so FILE...
 *
 * Converts files in this process through the host in memory and prints the Markdown (or writes
 * OUTDIR/STEM.md), without a sandbox. With -r each file is converted that many times and the
 * time goes to stderr: this is the bench of a plugin alone.
 */
#include "harness/host.h"

#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    const okb_plugin *plugin;
    const char *options[32];
    int n_options, repeat;
    const char *outdir;
    bool quiet;
    double seconds;
    size_t bytes, pages, failures;
} run;

static char *read_file(const char *path, size_t *len)
{
    FILE *f = fopen(path, "rb");
    if (!f || fseek(f, 0, SEEK_END) != 0)
        return NULL;
    long size = ftell(f);
    char *bytes = size >= 0 ? malloc((size_t)size + 1) : NULL;
    rewind(f);
    if (bytes && fread(bytes, 1, (size_t)size, f) != (size_t)size)
        bytes = NULL;
    fclose(f);
    *len = (size_t)size;
    return bytes;
}

static void emit(run *r, const char *path, const harness_result *result)
{
    if (!r->outdir) {
        if (!r->quiet)
            fwrite(result->body, 1, result->body_len, stdout);
        return;
    }
    char *copy = strdup(path), out[4096];
    char *stem = basename(copy), *dot = strrchr(stem, '.');
    if (dot)
        *dot = '\0';
    snprintf(out, sizeof out, "%s/%s.md", r->outdir, stem);
    FILE *f = fopen(out, "wb");
    if (f) {
        fwrite(result->body, 1, result->body_len, f);
        fclose(f);
    }
    free(copy);
}

static void convert(run *r, const char *path)
{
    size_t len = 0;
    char *bytes = read_file(path, &len);
    if (!bytes) {
        perror(path);
        r->failures++;
        return;
    }
    char *dir_copy = strdup(path), *base_copy = strdup(path);
    harness_input input = {
        .name = basename(base_copy), .options = r->options, .sibling_dir = dirname(dir_copy)};
    harness_result *result = NULL;
    for (int i = 0; i < r->repeat; i++) {
        harness_result_free(result);
        result = harness_run(r->plugin, bytes, len, &input);
        r->seconds += result->seconds;
        r->bytes += len;
        r->pages += result->n_pages;
    }
    if (result->status != OKB_OK) {
        fprintf(stderr, "%s: status %d: %s\n", path, result->status,
                result->message ? result->message : "no message");
        r->failures++;
    } else {
        emit(r, path, result);
    }
    harness_result_free(result);
    free(bytes);
    free(dir_copy);
    free(base_copy);
}

int main(int argc, char **argv)
{
    run r = {.repeat = 1};
    for (int c; (c = getopt(argc, argv, "+o:r:d:q")) != -1;) {
        if (c == 'o' && r.n_options < 31)
            r.options[r.n_options++] = optarg;
        else if (c == 'r')
            r.repeat = atoi(optarg);
        else if (c == 'd')
            r.outdir = optarg;
        else if (c == 'q')
            r.quiet = true;
        else
            return 2;
    }
    if (optind >= argc || !(r.plugin = harness_load(argv[optind]))) {
        fprintf(stderr,
                "usage: run-plugin [-o NAME=VALUE] [-r N] [-d DIR] [-q] MODULE FILE...\n");
        return 2;
    }
    for (int i = optind + 1; i < argc; i++)
        convert(&r, argv[i]);
    fprintf(stderr, "%.3f s, %.1f MB/s, %zu pages, %.3f ms/page, %zu failed\n", r.seconds,
            r.seconds > 0 ? (double)r.bytes / 1e6 / r.seconds : 0, r.pages,
            r.pages ? r.seconds * 1e3 / (double)r.pages : 0, r.failures);
    return r.failures ? 1 : 0;
}
