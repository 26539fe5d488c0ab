/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The messages between the pool (ingest/pool.h) and openkb-worker: one datagram of a
 * SOCK_SEQPACKET socket each, a header, a structure of fixed size, and counted strings. Some
 * carry descriptors. Neither side believes the other: a message of another version, type, size,
 * number of strings or number of descriptors is refused as a whole with EPROTO, and descriptors
 * that a type does not carry are closed.
 *
 *     control socket, one per worker         job socket, one per document
 *     pool -> worker  TOKEN, START, JOB...   child -> pool  PROGRESS, SIBLING, OPEN, LOG
 *     worker -> pool  READY or REFUSED,      pool -> child  REPLY (to SIBLING and OPEN), CANCEL
 *                     STARTED, DONE...
 *
 * TOKEN is a random number without which the worker's seccomp filter forks nothing. A helper
 * process reads it to build the filter, so that it is not in the worker's memory while code of
 * the plugin is loaded and warmed; each JOB brings it again.
 *
 * libc only: the worker links it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    OKB_PROTOCOL_VERSION = 1,
    OKB_MESSAGE_MAX = 96 * 1024,
    OKB_MESSAGE_STRINGS = 8,
    OKB_MESSAGE_FDS = 5,
};

/* Descriptors that a worker is started with. */
enum { OKB_FD_CONTROL = 3, OKB_FD_SLOT = 4, OKB_FD_MODULE = 5, OKB_FD_MODULE_DIR = 6 };
/* Descriptors that a document is converted with; there are no others. */
enum {
    OKB_FD_SOURCE = 3,
    OKB_FD_OUT = 4,
    OKB_FD_CHANNEL = 5,
    OKB_FD_BODY = 6,
    OKB_FD_RESULT = 7,
};

/* Exit status of a process that could not be confined as asked, and so did nothing. */
enum { OKB_EXIT_UNCONFINED = 97 };

typedef enum {
    OKB_MESSAGE_TOKEN = 1,
    OKB_MESSAGE_START, /* strings: id, version, module path, option defaults, data paths
                          joined by "\n" */
    OKB_MESSAGE_JOB,   /* strings: name, media type, charset, base url, options;
                          fds: source, out directory, job socket, and body.md and
                          result.json, two empty files in memory; a result is whole
                          when a newline ends it */
    OKB_MESSAGE_READY,
    OKB_MESSAGE_REFUSED, /* strings: why */
    OKB_MESSAGE_STARTED, /* fds: pidfd of the child */
    OKB_MESSAGE_DONE,
    OKB_MESSAGE_PROGRESS,
    OKB_MESSAGE_SIBLING, /* strings: path */
    OKB_MESSAGE_OPEN,
    OKB_MESSAGE_LOG,   /* strings: text */
    OKB_MESSAGE_REPLY, /* fds: one when status is 0 */
    OKB_MESSAGE_CANCEL,
} OkbMessageType;

typedef enum { OKB_LEVEL_NONE, OKB_LEVEL_REDUCED, OKB_LEVEL_FULL } OkbLevel;

typedef struct {
    uint64_t token;
    uint32_t level; /* OkbLevel */
    uint32_t exec_per_document;
} OkbToken;

typedef struct {
    int32_t owner_pid;
    uint32_t level; /* OkbLevel */
    uint32_t abi_minor, output_version;
    uint32_t exec_per_document; /* this process converts one document and ends */
    uint32_t verbose;           /* send LOG */
} OkbStart;

typedef struct {
    uint64_t token, number, size;
    uint64_t memory_bytes, output_bytes;
    uint32_t wall_ms, idle_ms, cpu_ms, files, depth;
    uint32_t reserved;
} OkbJobStart;

typedef struct {
    int32_t landlock_abi;
    uint32_t needs_exec; /* threads after warm(): start it again with exec_per_document */
} OkbReady;

typedef struct {
    uint64_t number;
    int32_t pid;
    uint32_t reserved;
} OkbStarted;

typedef struct {
    uint64_t number, peak_bytes;
    int32_t status; /* as of wait() */
    uint32_t cpu_ms;
} OkbDone;

typedef struct {
    uint64_t done, total;
} OkbProgress;

/* Files that only the pool may create, at level reduced. */
typedef enum { OKB_FILE_ASSET = 1, OKB_FILE_EMBED } OkbFileKind;

typedef struct {
    uint32_t kind; /* OkbFileKind */
    uint32_t number;
} OkbOpen;

typedef struct {
    uint32_t level, reserved;
} OkbLog;

typedef struct {
    int32_t status; /* okb_status: 0 or DECLINED, or E_LIMIT */
    uint32_t reserved;
    uint64_t size;
} OkbReply;

typedef struct {
    OkbMessageType type;
    union {
        OkbToken token;
        OkbStart start;
        OkbJobStart job;
        OkbReady ready;
        OkbStarted started;
        OkbDone done;
        OkbProgress progress;
        OkbOpen open;
        OkbLog log;
        OkbReply reply;
    };
    const char *strings[OKB_MESSAGE_STRINGS]; /* NUL-terminated, no NUL inside; in `buffer` */
    size_t lengths[OKB_MESSAGE_STRINGS];
    int fds[OKB_MESSAGE_FDS]; /* -1 when absent; the receiver closes them */
    char buffer[OKB_MESSAGE_MAX];
} OkbMessage;

/* What a sender says. Strings and descriptors must be as many as the type carries; a NULL
 * string is sent empty. */
typedef struct {
    OkbMessageType type;
    const void *fixed; /* the type's structure, or NULL when it has none */
    const char *strings[OKB_MESSAGE_STRINGS];
    int fds[OKB_MESSAGE_FDS];
    unsigned n_fds;
} OkbOutgoing;

/* 0, or -1 and errno: EMSGSIZE when it does not fit, EAGAIN with MSG_DONTWAIT in `flags`. */
int okb_message_send(int socket, const OkbOutgoing *message, int flags);

/* 1 and *message, 0 at the end, -1 and errno: EPROTO for what is not a message. */
int okb_message_receive(int socket, OkbMessage *message, int flags);

/* Reads one datagram that has been received already: what the fuzzer drives. Does not look at
 * descriptors. */
bool okb_message_parse(OkbMessage *message, size_t len);

/* Closes the descriptors that are still in the message. */
void okb_message_close_fds(OkbMessage *message);
