/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * SHA-256, as lower-case hex, which is how every digest here is stored and compared.
 */
#pragma once

#include <glib.h>
#include <nettle/sha2.h>
#include <stdbool.h>
#include <stddef.h>

enum { OKB_DIGEST_HEX = 65 }; /* 64 digits and a NUL */

typedef struct {
    struct sha256_ctx context;
} OkbDigest;

void okb_digest_init(OkbDigest *digest);
void okb_digest_update(OkbDigest *digest, const void *bytes, size_t len);
void okb_digest_hex(OkbDigest *digest, char hex[static OKB_DIGEST_HEX]);

/* Digest of some bytes. */
void okb_digest_bytes(const void *bytes, size_t len, char hex[static OKB_DIGEST_HEX]);

/* Digest of a file from its start, by pread(): the offset does not move. -1 and errno on
 * failure. */
int okb_digest_fd(int fd, char hex[static OKB_DIGEST_HEX]);

/* 64 lower-case hex digits. */
bool okb_digest_is_hex(const char *text);
