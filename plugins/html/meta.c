/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * What a page says about itself.
 */
#include "html.h"

static void report(context *c, const char *key, okb_str value)
{
    c->host->meta(c->job, (okb_str){key, strlen(key)}, value);
}

okb_status report_metadata(context *c)
{
    arena *a = &c->doc->arena;
    if (c->doc->title)
        report(c, OKB_M_TITLE, node_text(a, c->doc->title));
    report(c, OKB_M_LANGUAGE, c->doc->lang);
    return OKB_OK;
}
