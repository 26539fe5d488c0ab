/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "misuses.h"

#include <string.h>
#include <unistd.h>

static okb_status write_text(okb_job *job, const okb_host *host, const char *text)
{
    return host->body_write(job, text, strlen(text));
}

static okb_status bad_text(okb_job *job, const okb_host *host)
{
    return write_text(job, host, "\xc0\xaf");
}

static okb_status split_at_a_page(okb_job *job, const okb_host *host)
{
    write_text(job, host, "\xc3");
    return host->page_begin(job, 1, OKB_STR(""));
}

static okb_status page_out_of_order(okb_job *job, const okb_host *host)
{
    return host->page_begin(job, 2, OKB_STR(""));
}

static okb_status unknown_asset(okb_job *job, const okb_host *host)
{
    return host->body_asset_ref(job, 1, OKB_STR(""));
}

static okb_status write_to_ended_asset(okb_job *job, const okb_host *host)
{
    okb_asset_id id;
    host->asset_begin(job, OKB_STR(""), OKB_STR(""), &id, NULL);
    host->asset_end(job, id);
    return host->asset_write(job, id, "x", 1);
}

static okb_status title_of_two_lines(okb_job *job, const okb_host *host)
{
    return host->heading(job, 1, OKB_STR("a\nb"), 0);
}

static okb_status heading_on_no_page(okb_job *job, const okb_host *host)
{
    return host->heading(job, 1, OKB_STR("a"), 1);
}

static okb_status outline_that_skips(okb_job *job, const okb_host *host)
{
    return host->outline(job, 2, OKB_STR("a"), 0);
}

static okb_status unknown_key(okb_job *job, const okb_host *host)
{
    return host->meta(job, OKB_STR("colour"), OKB_STR("red"));
}

static okb_status key_set_twice(okb_job *job, const okb_host *host)
{
    host->meta(job, OKB_STR(OKB_M_TITLE), OKB_STR("a"));
    return host->meta(job, OKB_STR(OKB_M_TITLE), OKB_STR("b"));
}

static okb_status too_many_assets(okb_job *job, const okb_host *host)
{
    okb_status status = OKB_OK;
    okb_asset_id id;
    for (int i = 0; i < 4; i++)
        status = host->asset_begin(job, OKB_STR(""), OKB_STR(""), &id, NULL);
    return status;
}

static okb_status too_many_bytes(okb_job *job, const okb_host *host)
{
    char block[600] = {0};
    memset(block, 'x', sizeof block);
    host->body_write(job, block, sizeof block);
    return host->body_write(job, block, sizeof block);
}

static okb_status outline_too_deep(okb_job *job, const okb_host *host)
{
    okb_status status = OKB_OK;
    for (uint32_t depth = 1; depth <= 4; depth++)
        status = host->outline(job, depth, OKB_STR("a"), 0);
    return status;
}

static okb_status split_at_a_heading(okb_job *job, const okb_host *host)
{
    write_text(job, host, "\xe2\x82");
    return host->heading(job, 1, OKB_STR("a"), 0);
}

static okb_status split_at_a_reference(okb_job *job, const okb_host *host)
{
    okb_asset_id id;
    host->asset_begin(job, OKB_STR(""), OKB_STR(""), &id, NULL);
    host->asset_end(job, id);
    write_text(job, host, "\xc3");
    return host->body_asset_ref(job, id, OKB_STR(""));
}

static okb_status name_of_two_lines(okb_job *job, const okb_host *host)
{
    okb_asset_id id;
    return host->asset_begin(job, OKB_STR(""), OKB_STR("a\nb"), &id, NULL);
}

static okb_status key_of_two_lines(okb_job *job, const okb_host *host)
{
    return host->meta(job, OKB_STR("x-a\nb"), OKB_STR("red"));
}

static okb_status value_with_a_control(okb_job *job, const okb_host *host)
{
    return host->meta(job, OKB_STR(OKB_M_TITLE), OKB_STR("a\x1b[0m"));
}

static okb_status too_many_of_both_kinds(okb_job *job, const okb_host *host)
{
    okb_asset_id id;
    for (int i = 0; i < 2; i++)
        host->asset_begin(job, OKB_STR(""), OKB_STR(""), &id, NULL);
    host->embed_begin(job, OKB_STR(""), OKB_STR(""), &id, NULL);
    return host->embed_begin(job, OKB_STR(""), OKB_STR(""), &id, NULL);
}

static okb_status too_many_bytes_of_both_kinds(okb_job *job, const okb_host *host)
{
    okb_asset_id id;
    char block[600] = {0};
    memset(block, 'x', sizeof block);
    host->body_write(job, block, sizeof block);
    host->asset_begin(job, OKB_STR(""), OKB_STR(""), &id, NULL);
    return host->asset_write(job, id, block, sizeof block);
}

static okb_status too_many_bytes_past_the_host(okb_job *job, const okb_host *host)
{
    okb_asset_id id;
    int32_t fd = -1;
    char block[1100] = {0};
    host->asset_begin(job, OKB_STR(""), OKB_STR(""), &id, &fd);
    if (write(fd, block, sizeof block) != (ssize_t)sizeof block)
        return OKB_E_IO;
    return host->asset_end(job, id);
}

const Misuse misuses[] = {
    {"text that is not UTF-8", bad_text, OKB_E_MISUSE},
    {"a page inside a character", split_at_a_page, OKB_E_MISUSE},
    {"a page out of order", page_out_of_order, OKB_E_MISUSE},
    {"a reference to no asset", unknown_asset, OKB_E_MISUSE},
    {"an asset after its end", write_to_ended_asset, OKB_E_MISUSE},
    {"a title of two lines", title_of_two_lines, OKB_E_MISUSE},
    {"a heading on a page that is not", heading_on_no_page, OKB_E_MISUSE},
    {"an outline that skips a depth", outline_that_skips, OKB_E_MISUSE},
    {"an unknown key", unknown_key, OKB_E_MISUSE},
    {"a key set twice", key_set_twice, OKB_E_MISUSE},
    {"more assets than allowed", too_many_assets, OKB_E_LIMIT},
    {"more bytes than allowed", too_many_bytes, OKB_E_LIMIT},
    {"an outline deeper than allowed", outline_too_deep, OKB_E_LIMIT},
    {"a heading inside a character", split_at_a_heading, OKB_E_MISUSE},
    {"a reference inside a character", split_at_a_reference, OKB_E_MISUSE},
    {"a name of two lines", name_of_two_lines, OKB_E_MISUSE},
    {"a key of two lines", key_of_two_lines, OKB_E_MISUSE},
    {"a value with a control character", value_with_a_control, OKB_E_MISUSE},
    {"more assets and sources than allowed", too_many_of_both_kinds, OKB_E_LIMIT},
    {"more text and assets than allowed", too_many_bytes_of_both_kinds, OKB_E_LIMIT},
    {"more than allowed, by the descriptor", too_many_bytes_past_the_host, OKB_E_LIMIT},
};

const size_t n_misuses = sizeof misuses / sizeof *misuses;
