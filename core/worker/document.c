/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "worker/document.h"

#include "worker/hygiene.h"
#include "worker/result-writer.h"
#include "worker/services.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifdef OPENKB_SANITIZE
#include <sanitizer/lsan_interface.h>
#endif

/* What a JOB brought stands above the worker's own descriptors, so that no move overwrites a
 * later one's origin. */
bool okb_document_take_fds(OkbMessage *job)
{
    for (int i = 0; i < OKB_MESSAGE_FDS; i++)
        if (dup3(job->fds[i], OKB_FD_SOURCE + i, O_CLOEXEC) < 0)
            return false;
    return okb_hygiene_close_from(OKB_FD_RESULT + 1);
}

static okb_str text_of(const OkbMessage *message, unsigned i)
{
    return (okb_str){message->lengths[i] ? message->strings[i] : NULL, message->lengths[i]};
}

/* A quarter of the address space is a comfortable part of it. */
static const void *map_source(const OkbJobStart *start)
{
    if (start->size == 0 || start->size > start->memory_bytes / 4)
        return NULL;
    void *data = mmap(NULL, start->size, PROT_READ, MAP_PRIVATE, OKB_FD_SOURCE, 0);
    return data == MAP_FAILED ? NULL : data;
}

static void check_for_leaks(okb_job *job)
{
#ifdef OPENKB_SANITIZE
    if (__lsan_do_recoverable_leak_check())
        okb_job_latch(job, OKB_E_INTERNAL, "the plugin leaked memory (see stderr)");
#else
    (void)job;
#endif
}

_Noreturn void okb_document_run(const OkbMessage *job_message, const OkbMessage *start,
                                const okb_plugin *plugin)
{
    static okb_job job; /* static: the leak checker takes what it holds as reachable */
    job.start = &job_message->job;
    job.options = job_message->strings[4];
    job.defaults = start->strings[3];
    job.level = (OkbLevel)start->start.level;
    job.verbose = start->start.verbose != 0;
    job.out = OKB_FD_OUT;
    job.channel = OKB_FD_CHANNEL;
    job.body.fd = OKB_FD_BODY;
    job.result = OKB_FD_RESULT;
    okb_source source = {
        .struct_size = sizeof source,
        .fd = OKB_FD_SOURCE,
        .data = map_source(job.start),
        .size = job.start->size,
        .name = text_of(job_message, 0),
        .media_type = text_of(job_message, 1),
        .charset = text_of(job_message, 2),
        .base_url = text_of(job_message, 3),
    };
    okb_status status = okb_services_begin(&job);
    if (status == OKB_OK)
        status = plugin->prepare(&job, okb_services_host(), &source);
    okb_services_end(&job, status);
    check_for_leaks(&job);
    _exit(okb_result_write(&job, plugin->output_version) ? 0 : 1);
}
