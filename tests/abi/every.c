/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * A plugin that uses every service of ABI 1.0, and of a later one where its header has it
 * (NEWER). versions.sh compiles it with headers of several ages.
 */
#include <openkb/plugin.h>

#include <string.h>
#include <unistd.h>

#ifndef MIN_HOST
#define MIN_HOST 0
#endif
#ifndef FLAGS
#define FLAGS 0
#endif

/* What lies behind a structure belongs to the plugin, however large the host's is. */
typedef struct {
    okb_limits limits;
    unsigned char behind[64];
} guarded_limits;

typedef struct {
    okb_sibling sibling;
    unsigned char behind[64];
} guarded_sibling;

static okb_str of(const char *text)
{
    return (okb_str){text, strlen(text)};
}

static int is_untouched(const unsigned char behind[64])
{
    for (int i = 0; i < 64; i++)
        if (behind[i] != 0xa5)
            return 0;
    return 1;
}

static int limits_work(okb_job *job, const okb_host *host)
{
    guarded_limits g;
    memset(&g, 0xa5, sizeof g);
    g.limits.struct_size = sizeof g.limits;
    return host->limits(job, &g.limits) == OKB_OK && g.limits.max_depth > 0 &&
           g.limits.max_body_bytes > 0 && is_untouched(g.behind);
}

static int sibling_works(okb_job *job, const okb_host *host)
{
    guarded_sibling g;
    char text[8] = "";
    memset(&g, 0xa5, sizeof g);
    g.sibling.struct_size = sizeof g.sibling;
    if (host->sibling_open(job, OKB_STR("beside.txt"), &g.sibling) != OKB_OK)
        return 0;
    ssize_t n = read(g.sibling.fd, text, sizeof text);
    close(g.sibling.fd);
    return n == 5 && g.sibling.size == 5 && memcmp(text, "above", 5) == 0 &&
           is_untouched(g.behind);
}

static okb_status newer(okb_job *job, const okb_host *host, const okb_source *source)
{
#ifdef NEWER
    if (source->struct_size >= offsetof(okb_source, added) + sizeof source->added)
        host->body_write(job, "the source has a newer member\n", 30);
    if (OKB_HAS(host, added))
        return host->added(job);
#endif
    (void)source;
    return host->body_write(job, "no newer service\n", 17);
}

static okb_status prepare(okb_job *job, const okb_host *host, const okb_source *source)
{
    okb_asset_id asset = 0;
    okb_embed_id embed = 0;
    const char *limits = limits_work(job, host) ? "limits\n" : "no limits\n";
    const char *sibling = sibling_works(job, host) ? "sibling\n" : "no sibling\n";
    okb_str option = host->option(job, OKB_STR("word"));
    host->meta(job, OKB_STR("title"), OKB_STR("Every"));
    host->page_begin(job, 1, OKB_STR("i"));
    host->outline(job, 1, OKB_STR("Every"), 1);
    host->heading(job, 1, OKB_STR("Every"), 1);
    host->body_write(job, "# Every\n\n![](", 13);
    host->asset_begin(job, OKB_STR("image/png"), OKB_STR("dot"), &asset, NULL);
    host->asset_write(job, asset, "\211PNG\r\n\032\n", 8);
    host->asset_end(job, asset);
    host->body_asset_ref(job, asset, OKB_STR(""));
    host->body_write(job, ")\n\n", 3);
    host->embed_begin(job, OKB_STR("text/plain"), OKB_STR("in.txt"), &embed, NULL);
    host->embed_write(job, embed, "in\n", 3);
    host->embed_end(job, embed);
    host->warn(job, OKB_STR("x-every"), 1, OKB_STR("a warning"));
    host->log(job, 0, OKB_STR("a line"));
    host->progress(job, 1, 1);
    host->body_write(job, limits, strlen(limits));
    host->body_write(job, sibling, strlen(sibling));
    host->body_write(job, option.data, option.len);
    host->body_write(job, "\n", 1);
    if (source->size == 5 && memcmp(source->data, "fail\n", 5) == 0)
        return host->fail(job, OKB_E_INTERNAL, of("as asked"));
    return newer(job, host, source);
}

static const okb_plugin plugin = {
    .magic = OKB_PLUGIN_MAGIC,
    .struct_size = sizeof(okb_plugin),
    .abi_major = OKB_ABI_MAJOR,
    .abi_minor = OKB_ABI_MINOR,
    .min_host_minor = MIN_HOST,
    .flags = FLAGS,
    .output_version = 1,
    .id = "every",
    .version = "1.0",
    .prepare = prepare,
};

const okb_plugin *openkb_plugin_v1(uint32_t host_minor)
{
    (void)host_minor;
    return &plugin;
}
