/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * ABI 1.0, written down apart from the header and never changed: what plugins of that time were
 * compiled with.
 */
#ifndef OPENKB_PLUGIN_H
#define OPENKB_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#define OKB_ABI_MAJOR    1
#define OKB_ABI_MINOR    0
#define OKB_PLUGIN_MAGIC UINT32_C(0x31424b4f)
#define OKB_STR(literal) ((okb_str){"" literal, sizeof(literal) - 1})
#define OKB_OK           0
#define OKB_DECLINED     (-1)
#define OKB_E_INTERNAL   (-10)

typedef int32_t okb_status;
typedef uint32_t okb_asset_id, okb_embed_id;
typedef struct okb_job okb_job;
typedef struct okb_str {
    const char *data;
    size_t len;
} okb_str;
typedef struct okb_source {
    uint32_t struct_size;
    int32_t fd;
    const void *data;
    uint64_t size;
    okb_str name, media_type, charset, base_url;
} okb_source;
typedef struct okb_limits {
    uint32_t struct_size, max_assets;
    uint64_t max_body_bytes, max_asset_bytes, max_total_bytes, memory_bytes;
    uint32_t wall_ms, idle_ms, cpu_ms, max_depth;
} okb_limits;
typedef struct okb_sibling {
    uint32_t struct_size;
    int32_t fd;
    uint64_t size;
} okb_sibling;

typedef struct okb_host {
    uint32_t struct_size;
    uint16_t abi_major, abi_minor;
    okb_str name, version;
    okb_status (*body_write)(okb_job *, const void *, size_t);
    okb_status (*body_asset_ref)(okb_job *, okb_asset_id, okb_str);
    okb_status (*asset_begin)(okb_job *, okb_str, okb_str, okb_asset_id *, int32_t *);
    okb_status (*asset_write)(okb_job *, okb_asset_id, const void *, size_t);
    okb_status (*asset_end)(okb_job *, okb_asset_id);
    okb_status (*page_begin)(okb_job *, uint32_t, okb_str);
    okb_status (*heading)(okb_job *, uint32_t, okb_str, uint32_t);
    okb_status (*outline)(okb_job *, uint32_t, okb_str, uint32_t);
    okb_status (*meta)(okb_job *, okb_str, okb_str);
    okb_status (*embed_begin)(okb_job *, okb_str, okb_str, okb_embed_id *, int32_t *);
    okb_status (*embed_write)(okb_job *, okb_embed_id, const void *, size_t);
    okb_status (*embed_end)(okb_job *, okb_embed_id);
    okb_status (*warn)(okb_job *, okb_str, uint32_t, okb_str);
    void (*log)(okb_job *, uint32_t, okb_str);
    okb_status (*fail)(okb_job *, okb_status, okb_str);
    okb_status (*progress)(okb_job *, uint64_t, uint64_t);
    okb_status (*limits)(okb_job *, okb_limits *);
    okb_str (*option)(okb_job *, okb_str);
    okb_status (*sibling_open)(okb_job *, okb_str, okb_sibling *);
} okb_host;

typedef struct okb_plugin {
    uint32_t magic, struct_size;
    uint16_t abi_major, abi_minor, min_host_minor, reserved0;
    uint32_t flags, output_version;
    const char *id, *version;
    okb_status (*warm)(const okb_host *);
    okb_status (*prepare)(okb_job *, const okb_host *, const okb_source *);
} okb_plugin;

__attribute__((visibility("default"))) const okb_plugin *openkb_plugin_v1(uint32_t);

#endif
