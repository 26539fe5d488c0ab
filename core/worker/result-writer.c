/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "worker/result-writer.h"

#include "worker/utf8.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FORMAT = 1 };

static json_t *blobs_to_json(const OkbBlobs *blobs)
{
    json_t *list = json_array();
    for (uint32_t i = 0; list && i < blobs->n; i++) {
        const OkbBlob *blob = &blobs->items[i];
        json_array_append_new(list,
                              json_pack("{ss ss sI}", "media_type", blob->media_type, "name",
                                        blob->name, "size", (json_int_t)blob->size));
    }
    return list;
}

/* A plugin's own words may be anything, and end within a character where they were cut. What
 * cannot stand in a message becomes U+FFFD; `ret` has room for three times the text. */
static void replace_unfit(const char *text, char *ret)
{
    static const char replacement[] = "\xef\xbf\xbd";
    for (size_t left = strlen(text); left > 0;) {
        int n = okb_utf8_next(text, left);
        bool fits = n > 0 && okb_utf8_is_plain(text, (size_t)n, true);
        ret = stpcpy(ret, fits ? "" : replacement);
        size_t took = n > 0 ? (size_t)n : n < 0 ? left : 1;
        ret = fits ? (char *)mempcpy(ret, text, took) : ret;
        text += took;
        left -= took;
    }
    *ret = '\0';
}

static json_t *message_to_json(const okb_job *job)
{
    if (job->status == OKB_OK)
        return json_null();
    const char *text = job->message ? job->message : "";
    char *fit = malloc(3 * strlen(text) + 1);
    if (!fit)
        return json_string("(no memory for the message)");
    replace_unfit(text, fit);
    json_t *message = json_string(fit);
    free(fit);
    return message;
}

static json_t *compose(okb_job *job, uint32_t output_version)
{
    bool ok = job->status == OKB_OK;
    return json_pack("{sI sI so sI sI sO sO sO sO so so sO sO}", "format", (json_int_t)FORMAT,
                     "status", (json_int_t)job->status, "message", message_to_json(job),
                     "output_version", (json_int_t)output_version, "body_bytes",
                     (json_int_t)(ok ? job->body.len : 0), "pages", job->page_list, "headings",
                     job->headings, "outline", job->outline, "refs", job->refs, "assets",
                     blobs_to_json(&job->assets), "embeds", blobs_to_json(&job->embeds),
                     "metadata", job->metadata, "warnings", job->warnings);
}

static bool write_all(int fd, const char *text, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, text, len);
        if (n < 0 && errno != EINTR)
            return false;
        text += n > 0 ? n : 0;
        len -= n > 0 ? (size_t)n : 0;
    }
    return true;
}

/* As text first: json_dumpfd() makes a system call of every comma. */
bool okb_result_write(okb_job *job, uint32_t output_version)
{
    json_t *root = compose(job, output_version);
    char *text = root ? json_dumps(root, JSON_COMPACT) : NULL;
    json_decref(root);
    size_t len = text ? strlen(text) : 0;
    if (text)
        text[len] = '\n'; /* in place of its NUL */
    bool done = text && write_all(job->result, text, len + 1);
    free(text);
    return done;
}
