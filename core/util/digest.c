/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "util/digest.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

void okb_digest_init(OkbDigest *digest)
{
    sha256_init(&digest->context);
}

void okb_digest_update(OkbDigest *digest, const void *bytes, size_t len)
{
    sha256_update(&digest->context, len, bytes);
}

void okb_digest_hex(OkbDigest *digest, char hex[static OKB_DIGEST_HEX])
{
    static const char digits[] = "0123456789abcdef";
    guint8 raw[SHA256_DIGEST_SIZE];
    sha256_digest(&digest->context, sizeof raw, raw);
    for (size_t i = 0; i < sizeof raw; i++) {
        hex[2 * i] = digits[raw[i] >> 4];
        hex[2 * i + 1] = digits[raw[i] & 15];
    }
    hex[2 * sizeof raw] = '\0';
}

void okb_digest_bytes(const void *bytes, size_t len, char hex[static OKB_DIGEST_HEX])
{
    OkbDigest digest;
    okb_digest_init(&digest);
    okb_digest_update(&digest, bytes, len);
    okb_digest_hex(&digest, hex);
}

int okb_digest_fd(int fd, char hex[static OKB_DIGEST_HEX])
{
    enum { CHUNK = 256 * 1024 };
    g_autofree char *buffer = g_malloc(CHUNK);
    OkbDigest digest;
    okb_digest_init(&digest);
    for (off_t offset = 0;;) {
        ssize_t n = pread(fd, buffer, CHUNK, offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        okb_digest_update(&digest, buffer, (size_t)n);
        offset += n;
    }
    okb_digest_hex(&digest, hex);
    return 0;
}

bool okb_digest_is_hex(const char *text)
{
    return strlen(text) == OKB_DIGEST_HEX - 1 &&
           strspn(text, "0123456789abcdef") == OKB_DIGEST_HEX - 1;
}
