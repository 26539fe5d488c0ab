/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The control: an exception that crosses to the host, as the bindings never let it.
 */
#include <openkb/plugin.h>

#include <stdexcept>

static okb_status prepare(okb_job *, const okb_host *, const okb_source *)
{
    throw std::runtime_error("oh no");
}

extern "C" const okb_plugin *openkb_plugin_v1(uint32_t)
{
    static const okb_plugin plugin = {
        OKB_PLUGIN_MAGIC, sizeof(okb_plugin), 1, 0, 0, 0, 0, 1, "all", "1.0", nullptr, prepare};
    return &plugin;
}
