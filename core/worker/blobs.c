/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * What a plugin writes through its own descriptor is counted when the blob ends; what it writes
 * through us, at once, so that the limit answers early. `size` is what has been counted.
 */
#include "worker/blobs.h"

#include "worker/job-channel.h"
#include "worker/utf8.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static OkbBlob *find_open(OkbBlobs *blobs, uint32_t id)
{
    return id > 0 && id <= blobs->n && blobs->items[id - 1].fd >= 0 ? &blobs->items[id - 1]
                                                                    : NULL;
}

static okb_status add(okb_job *job, OkbBlobs *blobs, okb_str media_type, okb_str name, int fd)
{
    OkbBlob *items = realloc(blobs->items, (blobs->n + 1) * sizeof *items);
    if (items)
        blobs->items = items;
    char *type_copy = strndup(media_type.data ? media_type.data : "", media_type.len);
    char *name_copy = strndup(name.data ? name.data : "", name.len);
    if (!items || !type_copy || !name_copy) {
        free(type_copy);
        free(name_copy);
        close(fd);
        return okb_job_latch(job, OKB_E_NOMEM, "no memory for another asset");
    }
    blobs->items[blobs->n++] = (OkbBlob){fd, 0, type_copy, name_copy};
    return OKB_OK;
}

okb_status okb_blob_begin(okb_job *job, OkbBlobs *blobs, okb_str media_type, okb_str name,
                          uint32_t *ret_id, int32_t *ret_fd)
{
    if (!ret_id || !okb_utf8_is_plain(media_type.data, media_type.len, false) ||
        !okb_utf8_is_plain(name.data, name.len, false))
        return okb_job_latch(job, OKB_E_MISUSE,
                             "asset_begin, embed_begin: bad media type or name");
    if (job->assets.n + job->embeds.n >= job->start->files)
        return okb_job_latch(job, OKB_E_LIMIT, "more assets than the limit allows");
    int fd = okb_channel_create(job, blobs->kind, blobs->n + 1);
    if (fd < 0)
        return okb_job_latch(job, OKB_E_IO, "cannot create a file for an asset");
    if (add(job, blobs, media_type, name, fd) != OKB_OK)
        return job->status;
    *ret_id = blobs->n;
    if (ret_fd)
        *ret_fd = fd;
    return OKB_OK;
}

okb_status okb_blob_write(okb_job *job, OkbBlobs *blobs, uint32_t id, const void *bytes,
                          size_t len)
{
    OkbBlob *blob = find_open(blobs, id);
    if (!blob)
        return okb_job_latch(job, OKB_E_MISUSE, "asset_write, embed_write: no such open asset");
    if (okb_job_account(job, len) != OKB_OK)
        return job->status;
    blob->size += len;
    for (const char *p = bytes; len > 0;) {
        ssize_t n = write(blob->fd, p, len);
        if (n < 0 && errno != EINTR)
            return okb_job_latch(job, OKB_E_IO, "cannot write an asset");
        p += n > 0 ? n : 0;
        len -= n > 0 ? (size_t)n : 0;
    }
    return OKB_OK;
}

okb_status okb_blob_end(okb_job *job, OkbBlobs *blobs, uint32_t id)
{
    OkbBlob *blob = find_open(blobs, id);
    struct stat st;
    if (!blob || fstat(blob->fd, &st) != 0)
        return okb_job_latch(job, OKB_E_MISUSE, "asset_end, embed_end: no such open asset");
    close(blob->fd);
    blob->fd = -1;
    uint64_t size = (uint64_t)st.st_size;
    okb_job_account(job, size > blob->size ? size - blob->size : 0);
    blob->size = size;
    return job->status;
}

okb_status okb_blobs_all_ended(okb_job *job, const OkbBlobs *blobs)
{
    for (uint32_t i = 0; i < blobs->n; i++)
        if (blobs->items[i].fd >= 0)
            return okb_job_latch(job, OKB_E_MISUSE, "an asset was begun and not ended");
    return job->status;
}
