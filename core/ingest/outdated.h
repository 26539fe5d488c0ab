/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Whether `add`, given the unchanged source of a document and no options, would convert it
 * anew: by another plugin, by another OutputVersion, or without the options that were given.
 * The document's own copy stands for the source; files beside the source are not looked at.
 */
#pragma once

#include "plugins/plugins.h"
#include "store/registry.h"

bool okb_outdated(OkbStore *store, const OkbPlugins *plugins, const OkbDocument *document);
