/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * One conversion through the host in memory, and what is left of it.
 */
#include "host-job.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define NAME(name) #name,
const char *const harness_slot_names[HARNESS_SLOTS] = {HARNESS_EACH_SLOT(NAME)};
#undef NAME

void *harness_fence(const void *bytes, size_t len)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), body = (len + page - 1) / page * page + page;
    char *map =
        mmap(NULL, body + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map == MAP_FAILED)
        abort();
    if (len)
        memcpy(map + body - len, bytes, len);
    mprotect(map, body, PROT_READ);
    mprotect(map + body, page, PROT_NONE);
    return map + body - len;
}

static okb_str to_str(const char *s)
{
    return (okb_str){s, s ? strlen(s) : 0};
}

static int source_fd(const void *bytes, size_t len)
{
    int fd = harness_scratch();
    if (len && write(fd, bytes, len) != (ssize_t)len)
        abort();
    lseek(fd, 0, SEEK_SET);
    return fd;
}

static const okb_host *newer_host(void)
{
    static struct {
        okb_host host;
        uintptr_t slots[16];
    } newer;
    newer.host = harness_host;
    newer.host.struct_size = sizeof newer;
    newer.host.abi_minor = OKB_ABI_MINOR + 1;
    memset(newer.slots, 0xa5, sizeof newer.slots);
    return &newer.host;
}

static okb_status prepare(okb_job *job, const okb_plugin *plugin, const void *bytes, size_t len)
{
    const harness_input *in = job->input;
    okb_source source = {
        .struct_size = sizeof source,
        .fd = source_fd(bytes, len),
        .data = in->no_map    ? NULL
                : in->bounded ? harness_fence(bytes, len)
                              : bytes,
        .size = len,
        .name = to_str(in->name),
        .media_type = to_str(in->media_type),
        .charset = to_str(in->charset),
        .base_url = to_str(in->base_url),
    };
    const okb_host *host = in->fences       ? harness_fence(&harness_host, sizeof harness_host)
                           : in->newer_host ? newer_host()
                                            : &harness_host;
    const okb_source *given = in->fences ? harness_fence(&source, sizeof source) : &source;
    struct timespec start, end;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start);
    if (in->watch)
        harness_beat(job);
    job->result->longest_silence = 0;
    if (in->cut_fd)
        *in->cut_fd = source.fd;
    harness_count_in(in->counting);
    job->result->returned = plugin->prepare(job, host, given);
    if (in->counting)
        *in->counting = false;
    harness_count_in(NULL);
    if (in->cut_fd)
        *in->cut_fd = -1;
    harness_measure_end(job);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
    job->result->seconds =
        (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9;
    close(source.fd);
    return job->result->returned;
}

harness_result *harness_run(const okb_plugin *plugin, const void *bytes, size_t len,
                            const harness_input *input)
{
    static const harness_input none;
    okb_job job = {.result = calloc(1, sizeof *job.result), .input = input ? input : &none};
    if (!job.result)
        abort();
    harness_append(&job, NULL, 0);
    okb_status status = prepare(&job, plugin, bytes, len);
    if (job.result->status == OKB_OK)
        job.result->status = status;
    harness_blobs_finish(&job, &job.assets);
    harness_blobs_finish(&job, &job.embeds);
    harness_boundary(&job);
    job.result->assets = job.assets.items;
    job.result->n_assets = job.assets.n;
    job.result->embeds = job.embeds.items;
    job.result->n_embeds = job.embeds.n;
    return job.result;
}

static void free_blobs(harness_asset *blobs, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(blobs[i].media_type);
        free(blobs[i].name_hint);
        free(blobs[i].bytes);
    }
    free(blobs);
}

static void free_pairs(harness_pair *pairs, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(pairs[i].key);
        free(pairs[i].value);
    }
    free(pairs);
}

static void free_marks(harness_mark *marks, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(marks[i].title);
    free(marks);
}

void harness_result_free(harness_result *r)
{
    if (!r)
        return;
    free_blobs(r->assets, r->n_assets);
    free_blobs(r->embeds, r->n_embeds);
    free_pairs(r->metas, r->n_metas);
    free_pairs(r->warnings, r->n_warnings);
    free_marks(r->headings, r->n_headings);
    free_marks(r->outline, r->n_outline);
    free_marks(r->pages, r->n_pages);
    for (size_t i = 0; i < r->n_refs; i++)
        free(r->refs[i].alt);
    free(r->refs);
    for (size_t i = 0; i < r->n_siblings; i++)
        free(r->siblings[i]);
    free(r->siblings);
    free(r->message);
    free(r->body);
    free(r);
}

const char *harness_meta(const harness_result *r, const char *key)
{
    for (size_t i = 0; i < r->n_metas; i++)
        if (strcmp(r->metas[i].key, key) == 0)
            return r->metas[i].value;
    return NULL;
}

bool harness_warned(const harness_result *r, const char *code)
{
    for (size_t i = 0; i < r->n_warnings; i++)
        if (strcmp(r->warnings[i].key, code) == 0)
            return true;
    return false;
}

const okb_plugin *harness_load(const char *path)
{
    void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    okb_entry_v1 entry = NULL;
    if (module)
        *(void **)&entry = dlsym(module, "openkb_plugin_v1");
    const okb_plugin *plugin = entry ? entry(OKB_ABI_MINOR) : NULL;
    if (!plugin) {
        fprintf(stderr, "%s: %s\n", path, module ? "not a plugin" : dlerror());
        return NULL;
    }
    if (plugin->warm && plugin->warm(&harness_host) != OKB_OK) {
        fprintf(stderr, "%s: warm() failed\n", path);
        return NULL;
    }
    return plugin;
}
