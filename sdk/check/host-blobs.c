/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Assets and embedded sources of the host in memory: a file nobody else knows for each, read
 * back when it ends.
 */
#include "host-job.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_open(const harness_blobs *blobs, uint32_t id)
{
    return id > 0 && id <= blobs->n && !blobs->items[id - 1].ended;
}

okb_status harness_blob_begin(okb_job *job, harness_blobs *blobs, okb_str type, okb_str name,
                              uint32_t *ret_id, int32_t *ret_fd)
{
    size_t most = job->input->limits.max_assets;
    if (!ret_id || !harness_is_line(type) || !harness_is_line(name))
        return harness_misuse(job, "asset_begin, embed_begin: bad media type or name");
    if (most && job->assets.n + job->embeds.n >= most)
        return harness_latch(job, OKB_E_LIMIT, "more assets than the limit allows");
    blobs->fds = harness_realloc(blobs->fds, (blobs->n + 1) * sizeof *blobs->fds);
    blobs->fds[blobs->n] = harness_scratch();
    if (ret_fd)
        *ret_fd = blobs->fds[blobs->n];
    harness_asset *blob = HARNESS_GROW(blobs->items, blobs->n);
    *blob = (harness_asset){.media_type = harness_dup(type), .name_hint = harness_dup(name)};
    *ret_id = (uint32_t)blobs->n;
    return OKB_OK;
}

okb_status harness_blob_write(okb_job *job, harness_blobs *blobs, uint32_t id,
                              const void *bytes, size_t len)
{
    if (!is_open(blobs, id))
        return harness_misuse(job, "asset_write, embed_write: no such open asset");
    if (harness_account(job, len) != OKB_OK)
        return job->result->status;
    blobs->items[id - 1].len += len;
    if (write(blobs->fds[id - 1], bytes, len) != (ssize_t)len)
        abort();
    return OKB_OK;
}

static void read_back(harness_asset *blob, int fd)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        abort();
    blob->len = (size_t)st.st_size;
    blob->bytes = harness_realloc(NULL, blob->len + 1);
    if (pread(fd, blob->bytes, blob->len, 0) != (ssize_t)blob->len)
        abort();
    close(fd);
    blob->ended = true;
}

/* What the plugin wrote through the descriptor is counted here. */
okb_status harness_blob_end(okb_job *job, harness_blobs *blobs, uint32_t id)
{
    if (!is_open(blobs, id))
        return harness_misuse(job, "asset_end, embed_end: no such open asset");
    harness_asset *blob = &blobs->items[id - 1];
    size_t counted = blob->len;
    read_back(blob, blobs->fds[id - 1]);
    return harness_account(job, blob->len > counted ? blob->len - counted : 0);
}

void harness_blobs_finish(okb_job *job, harness_blobs *blobs)
{
    for (size_t i = 0; i < blobs->n; i++)
        if (!blobs->items[i].ended) {
            close(blobs->fds[i]);
            blobs->items[i].len = 0;
            if (job->result->status == OKB_OK)
                harness_misuse(job, "an asset was begun and not ended");
        }
    free(blobs->fds);
}
