/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The rules of the host in memory: the first failure stands, every service begins with
 * harness_enter(), which counts and injects failures.
 */
#include "host-job.h"

#include "worker/utf8.h"

#include <string.h>
#include <time.h>

enum { MAX_TITLE = 64 * 1024 };

/* ---- Failures ---------------------------------------------------------------------------- */

okb_status harness_latch(okb_job *job, okb_status status, const char *message)
{
    if (job->result->status == OKB_OK) {
        job->result->status = status;
        job->result->message = harness_dup((okb_str){message, strlen(message)});
    }
    return job->result->status;
}

okb_status harness_misuse(okb_job *job, const char *message)
{
    job->result->misused = true;
    return harness_latch(job, OKB_E_MISUSE, message);
}

/* ---- Calls ------------------------------------------------------------------------------- */

static double cpu_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static bool is_injected(const okb_job *job, harness_slot slot)
{
    const harness_input *in = job->input;
    return (in->fail_call && job->calls == in->fail_call && slot != HARNESS_warn) ||
           (in->fail_nth && slot == in->fail_slot && job->result->calls[slot] == in->fail_nth);
}

static bool is_beat(harness_slot slot)
{
    return slot == HARNESS_progress || slot == HARNESS_body_write ||
           slot == HARNESS_page_begin || slot == HARNESS_asset_write ||
           slot == HARNESS_embed_write || slot == HARNESS_sibling_open;
}

void harness_beat(okb_job *job)
{
    double now = cpu_now();
    if (now - job->last_beat > job->result->longest_silence)
        job->result->longest_silence = now - job->last_beat;
    job->last_beat = now;
}

okb_status harness_enter(okb_job *job, harness_slot slot)
{
    harness_result *r = job->result;
    job->calls += slot != HARNESS_warn; /* which never latches */
    r->calls[slot]++;
    r->calls_after += r->injected;
    if (job->input->watch && is_beat(slot))
        harness_beat(job);
    if (!is_injected(job, slot))
        return r->status;
    r->injected = true;
    job->injected_at = cpu_now();
    return slot == HARNESS_warn
               ? job->input->fail_status
               : harness_latch(job, job->input->fail_status, "injected failure");
}

void harness_measure_end(okb_job *job)
{
    if (job->input->watch)
        harness_beat(job);
    if (job->result->injected)
        job->result->cpu_after = cpu_now() - job->injected_at;
}

/* ---- Words ------------------------------------------------------------------------------- */

bool harness_is_line(okb_str s)
{
    return okb_utf8_is_plain(s.data, s.len, false);
}

bool harness_is_title(okb_str s)
{
    return s.len <= MAX_TITLE && harness_is_line(s);
}

bool harness_is_text(okb_str s)
{
    return s.len <= MAX_TITLE && okb_utf8_is_plain(s.data, s.len, true);
}

/* ---- Limits ------------------------------------------------------------------------------ */

okb_status harness_account(okb_job *job, size_t bytes)
{
    const okb_limits *limits = &job->input->limits;
    job->written += bytes;
    if (limits->max_total_bytes && job->written > limits->max_total_bytes)
        return harness_latch(job, OKB_E_LIMIT, "more output than the limit allows");
    return job->result->status;
}
