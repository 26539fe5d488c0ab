/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "worker/job-channel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BEAT_EVERY_MS = 100, MAX_LOG_BYTES = 2048 };

static uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void okb_channel_begin(okb_job *job)
{
    job->last_beat_ms = now_ms();
}

void okb_channel_beat(okb_job *job, uint64_t done, uint64_t total)
{
    uint64_t now = now_ms();
    if (now - job->last_beat_ms < BEAT_EVERY_MS)
        return;
    job->last_beat_ms = now;
    OkbProgress progress = {done, total};
    okb_message_send(job->channel,
                     &(OkbOutgoing){.type = OKB_MESSAGE_PROGRESS, .fixed = &progress},
                     MSG_DONTWAIT);
}

bool okb_channel_cancelled(okb_job *job)
{
    static OkbMessage message;
    while (!job->cancelled && okb_message_receive(job->channel, &message, MSG_DONTWAIT) > 0) {
        job->cancelled = message.type == OKB_MESSAGE_CANCEL;
        okb_message_close_fds(&message);
    }
    return job->cancelled;
}

void okb_channel_log(okb_job *job, uint32_t level, okb_str text)
{
    if (!job->verbose)
        return;
    char line[MAX_LOG_BYTES];
    snprintf(line, sizeof line, "%.*s", text.len < sizeof line ? (int)text.len : MAX_LOG_BYTES,
             text.data ? text.data : "");
    OkbLog log = {level, 0};
    okb_message_send(job->channel,
                     &(OkbOutgoing){.type = OKB_MESSAGE_LOG, .fixed = &log, .strings = {line}},
                     MSG_DONTWAIT);
}

/* Sends a question and waits for its answer, which may come behind a CANCEL. */
static bool ask(okb_job *job, const OkbOutgoing *question, OkbReply *ret_reply, int *ret_fd)
{
    static OkbMessage message;
    if (okb_message_send(job->channel, question, 0) != 0)
        return false;
    for (;;) {
        int got = okb_message_receive(job->channel, &message, 0);
        if (got <= 0) {
            errno = got == 0 ? EPIPE : errno;
            return false;
        }
        if (message.type == OKB_MESSAGE_REPLY)
            break;
        job->cancelled |= message.type == OKB_MESSAGE_CANCEL;
        okb_message_close_fds(&message);
    }
    *ret_reply = message.reply;
    *ret_fd = message.fds[0];
    return true;
}

okb_status okb_channel_sibling(okb_job *job, const char *path, int *ret_fd, uint64_t *ret_size)
{
    OkbReply reply;
    if (!ask(job, &(OkbOutgoing){.type = OKB_MESSAGE_SIBLING, .strings = {path}}, &reply,
             ret_fd))
        return OKB_E_IO;
    if (reply.status == OKB_OK && *ret_fd < 0)
        return OKB_E_IO;
    *ret_size = reply.size;
    return reply.status;
}

void okb_channel_file_name(OkbFileKind kind, uint32_t number, char ret_name[static 32])
{
    switch (kind) {
    case OKB_FILE_ASSET:
        snprintf(ret_name, 32, "assets/%08u.bin", number);
        return;
    case OKB_FILE_EMBED:
        snprintf(ret_name, 32, "embeds/%08u.bin", number);
        return;
    }
}

static int create_through_pool(okb_job *job, OkbFileKind kind, uint32_t number)
{
    OkbOpen open_request = {kind, number};
    OkbReply reply;
    int fd = -1;
    if (!ask(job, &(OkbOutgoing){.type = OKB_MESSAGE_OPEN, .fixed = &open_request}, &reply,
             &fd))
        return -1;
    if (fd < 0)
        errno = EIO;
    return fd;
}

int okb_channel_create(okb_job *job, OkbFileKind kind, uint32_t number)
{
    if (job->level == OKB_LEVEL_REDUCED)
        return create_through_pool(job, kind, number);
    char name[32];
    okb_channel_file_name(kind, number, name);
    int fd = openat(job->out, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    bool no_directory = fd < 0 && errno == ENOENT; /* that of the assets is not there yet */
    return no_directory ? create_through_pool(job, kind, number) : fd;
}
