/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * On the wire: Header, the type's structure, then for each string its length (32 bits), its
 * bytes and a NUL.
 */
#include "worker/protocol.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct {
    uint32_t version, type;
} Header;

static const struct {
    size_t size;
    unsigned strings, min_fds, max_fds;
} shapes[] = {
    [OKB_MESSAGE_TOKEN] = {sizeof(OkbToken), 0, 0, 0},
    [OKB_MESSAGE_START] = {sizeof(OkbStart), 5, 0, 0},
    [OKB_MESSAGE_JOB] = {sizeof(OkbJobStart), 5, 5, 5},
    [OKB_MESSAGE_READY] = {sizeof(OkbReady), 0, 0, 0},
    [OKB_MESSAGE_REFUSED] = {0, 1, 0, 0},
    [OKB_MESSAGE_STARTED] = {sizeof(OkbStarted), 0, 1, 1},
    [OKB_MESSAGE_DONE] = {sizeof(OkbDone), 0, 0, 0},
    [OKB_MESSAGE_PROGRESS] = {sizeof(OkbProgress), 0, 0, 0},
    [OKB_MESSAGE_SIBLING] = {0, 1, 0, 0},
    [OKB_MESSAGE_OPEN] = {sizeof(OkbOpen), 0, 0, 0},
    [OKB_MESSAGE_LOG] = {sizeof(OkbLog), 1, 0, 0},
    [OKB_MESSAGE_REPLY] = {sizeof(OkbReply), 0, 0, 1},
    [OKB_MESSAGE_CANCEL] = {0, 0, 0, 0},
};

enum { N_SHAPES = sizeof shapes / sizeof *shapes };

/* ---- Sending ----------------------------------------------------------------------------- */

/* The parts of a message where they lie: a copy of it would be the deepest use of the stack
 * that the process of a document makes. */
typedef struct {
    Header header;
    uint32_t sizes[OKB_MESSAGE_STRINGS];
    struct iovec parts[2 + 3 * OKB_MESSAGE_STRINGS];
    size_t n, len;
} Packet;

static void put(Packet *packet, const void *bytes, size_t len)
{
    packet->parts[packet->n++] = (struct iovec){(void *)bytes, len};
    packet->len += len;
}

static void put_string(Packet *packet, unsigned i, const char *text)
{
    const char *bytes = text ? text : "";
    packet->sizes[i] = (uint32_t)strnlen(bytes, OKB_MESSAGE_MAX);
    put(packet, &packet->sizes[i], sizeof packet->sizes[i]);
    put(packet, bytes, packet->sizes[i]);
    put(packet, "", 1);
}

/* False when it is too long. */
static bool compose(Packet *packet, const OkbOutgoing *message)
{
    packet->header = (Header){OKB_PROTOCOL_VERSION, message->type};
    packet->n = packet->len = 0;
    put(packet, &packet->header, sizeof packet->header);
    if (message->fixed)
        put(packet, message->fixed, shapes[message->type].size);
    for (unsigned i = 0; i < shapes[message->type].strings; i++)
        put_string(packet, i, message->strings[i]);
    return packet->len <= OKB_MESSAGE_MAX;
}

/* Room for the descriptors of one message, aligned as control data must be. */
typedef union {
    char bytes[CMSG_SPACE(OKB_MESSAGE_FDS * sizeof(int))];
    struct cmsghdr align;
} Control;

static void attach_fds(struct msghdr *msg, Control *control, const int *fds, unsigned n)
{
    if (n == 0)
        return;
    memset(control, 0, sizeof *control);
    msg->msg_control = control->bytes;
    msg->msg_controllen = CMSG_SPACE(n * sizeof(int));
    struct cmsghdr *cmsg = CMSG_FIRSTHDR(msg);
    cmsg->cmsg_level = SOL_SOCKET;
    cmsg->cmsg_type = SCM_RIGHTS;
    cmsg->cmsg_len = CMSG_LEN(n * sizeof(int));
    memcpy(CMSG_DATA(cmsg), fds, n * sizeof(int));
}

int okb_message_send(int socket, const OkbOutgoing *message, int flags)
{
    Packet packet;
    if (!compose(&packet, message)) {
        errno = EMSGSIZE;
        return -1;
    }
    struct msghdr msg = {.msg_iov = packet.parts, .msg_iovlen = packet.n};
    Control control;
    attach_fds(&msg, &control, message->fds, message->n_fds);
    ssize_t sent;
    do
        sent = sendmsg(socket, &msg, flags | MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -1 : 0;
}

/* ---- Receiving --------------------------------------------------------------------------- */

static bool take_string(OkbMessage *message, unsigned i, size_t len, size_t *at)
{
    uint32_t size;
    if (len - *at < sizeof size)
        return false;
    memcpy(&size, message->buffer + *at, sizeof size);
    *at += sizeof size;
    if (size >= len - *at || message->buffer[*at + size] != '\0' ||
        memchr(message->buffer + *at, '\0', size) != NULL)
        return false;
    message->strings[i] = message->buffer + *at;
    message->lengths[i] = size;
    *at += size + 1;
    return true;
}

bool okb_message_parse(OkbMessage *message, size_t len)
{
    Header header;
    if (len < sizeof header || len > sizeof message->buffer)
        return false;
    memcpy(&header, message->buffer, sizeof header);
    if (header.version != OKB_PROTOCOL_VERSION || header.type == 0 || header.type >= N_SHAPES)
        return false;
    size_t fixed = shapes[header.type].size, at = sizeof header + fixed;
    if (len < at)
        return false;
    message->type = (OkbMessageType)header.type;
    memcpy(&message->start, message->buffer + sizeof header, fixed);
    for (unsigned i = 0; i < shapes[header.type].strings; i++)
        if (!take_string(message, i, len, &at))
            return false;
    return at == len;
}

/* Takes the descriptors that came; false when there are more than we asked room for. */
static bool take_fds(OkbMessage *message, struct msghdr *msg, unsigned *ret_n)
{
    *ret_n = 0;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < n; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
            if (*ret_n < OKB_MESSAGE_FDS)
                message->fds[(*ret_n)++] = fd;
            else
                close(fd);
        }
    }
    return !(msg->msg_flags & MSG_CTRUNC);
}

void okb_message_close_fds(OkbMessage *message)
{
    for (unsigned i = 0; i < OKB_MESSAGE_FDS; i++) {
        if (message->fds[i] >= 0)
            close(message->fds[i]);
        message->fds[i] = -1;
    }
}

static ssize_t receive_once(int socket, struct msghdr *msg, int flags)
{
    ssize_t len;
    do
        len = recvmsg(socket, msg, flags | MSG_CMSG_CLOEXEC);
    while (len < 0 && errno == EINTR);
    return len;
}

int okb_message_receive(int socket, OkbMessage *message, int flags)
{
    Control control;
    struct iovec iov = {message->buffer, sizeof message->buffer};
    struct msghdr msg = {.msg_iov = &iov,
                         .msg_iovlen = 1,
                         .msg_control = control.bytes,
                         .msg_controllen = sizeof control.bytes};
    for (unsigned i = 0; i < OKB_MESSAGE_FDS; i++)
        message->fds[i] = -1;
    ssize_t len = receive_once(socket, &msg, flags);
    if (len < 0 && errno == ECONNRESET) /* the other end left some of ours unread */
        len = receive_once(socket, &msg, flags);
    if (len <= 0)
        return (int)len;
    unsigned n;
    bool whole = take_fds(message, &msg, &n) && !(msg.msg_flags & MSG_TRUNC);
    if (whole && okb_message_parse(message, (size_t)len) &&
        n >= shapes[message->type].min_fds && n <= shapes[message->type].max_fds)
        return 1;
    okb_message_close_fds(message);
    errno = EPROTO;
    return -1;
}
