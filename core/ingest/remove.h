/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * One document out of the knowledge base, for whoever has a transaction open.
 */
#pragma once

#include "store/transaction.h"

/* Its files as intents, its row, a failure of its source, a line of the log, under a savepoint
 * of its own. On failure the transaction is to be given up. */
bool okb_remove_document(OkbTxn *txn, OkbStore *store, const OkbDocument *document,
                         bool keep_raw, GError **error);
