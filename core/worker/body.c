/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "worker/body.h"

#include "worker/utf8.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static const char replacement[] = "\xef\xbf\xbd";

/* What is as long goes out as it is: each page of the buffer that is not touched is one that
 * the process of the document need not get. */
enum { DIRECT = 4096 };

static okb_status write_all(okb_job *job, const char *bytes, size_t len)
{
    for (size_t at = 0; at < len;) {
        ssize_t n = write(job->body.fd, bytes + at, len - at);
        if (n < 0 && errno != EINTR)
            return okb_job_latch(job, OKB_E_IO, "cannot write the text");
        at += n > 0 ? (size_t)n : 0;
    }
    return job->status;
}

okb_status okb_body_flush(okb_job *job)
{
    size_t used = job->body.used;
    job->body.used = 0;
    return write_all(job, job->body.buffer, used);
}

static okb_status put(okb_job *job, const char *bytes, size_t len)
{
    OkbBody *body = &job->body;
    if (okb_job_account(job, len) != OKB_OK)
        return job->status;
    body->len += len;
    if (len >= DIRECT)
        return okb_body_flush(job) == OKB_OK ? write_all(job, bytes, len) : job->status;
    while (len > 0) {
        size_t room = sizeof body->buffer - body->used;
        size_t n = len < room ? len : room;
        memcpy(body->buffer + body->used, bytes, n);
        body->used += n;
        bytes += n;
        len -= n;
        if (body->used == sizeof body->buffer && okb_body_flush(job) != OKB_OK)
            return job->status;
    }
    return OKB_OK;
}

static bool is_control(char c)
{
    return (unsigned char)c < 0x20 && c != '\n' && c != '\t';
}

/* Length of the run that can be copied as it is; *ret_stop says what ended it, as
 * okb_utf8_next(), or 1 for a control character. */
static size_t clean_run(const char *bytes, size_t len, int *ret_stop)
{
    size_t at = okb_utf8_ascii(bytes, len);
    while (at < len) {
        int n = is_control(bytes[at]) ? 0 : okb_utf8_next(bytes + at, len - at);
        if (n <= 0) {
            *ret_stop = is_control(bytes[at]) ? 1 : n;
            return at;
        }
        at += (size_t)n;
        at += okb_utf8_ascii(bytes + at, len - at);
    }
    *ret_stop = 0;
    return at;
}

/* Completes a character whose first bytes came before. Returns how many of `bytes` it took. */
static size_t complete_partial(okb_job *job, const char *bytes, size_t len)
{
    OkbBody *body = &job->body;
    size_t took = 0;
    while (took < len && body->n_partial > 0) {
        body->partial[body->n_partial++] = bytes[took++];
        int n = okb_utf8_next(body->partial, body->n_partial);
        if (n == 0)
            okb_job_latch(job, OKB_E_MISUSE, "body_write: the text is not UTF-8");
        if (n > 0)
            put(job, body->partial, (size_t)n);
        if (n >= 0)
            body->n_partial = 0;
    }
    return took;
}

okb_status okb_body_append(okb_job *job, const char *bytes, size_t len)
{
    size_t at = complete_partial(job, bytes, len);
    while (job->status == OKB_OK && at < len) {
        int stop;
        size_t run = clean_run(bytes + at, len - at, &stop);
        put(job, bytes + at, run);
        at += run;
        if (at == len)
            break;
        if (stop == 1) {
            put(job, replacement, sizeof replacement - 1);
            job->body.replaced = true;
            at++;
        } else if (stop < 0) {
            job->body.n_partial = len - at;
            memcpy(job->body.partial, bytes + at, len - at);
            at = len;
        } else {
            okb_job_latch(job, OKB_E_MISUSE, "body_write: the text is not UTF-8");
        }
    }
    return job->status;
}

okb_status okb_body_boundary(okb_job *job)
{
    if (job->body.n_partial > 0)
        return okb_job_latch(job, OKB_E_MISUSE, "the text ends inside a character");
    return job->status;
}
