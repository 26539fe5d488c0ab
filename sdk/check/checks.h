/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The functions of the checks; the table in checks.c says what each holds a plugin to.
 */
#pragma once

#include "check.h"

/* checks-file.c: what the files say */
CHECK_FUNCTION(manifest);
CHECK_FUNCTION(module_file);
CHECK_FUNCTION(one_export);
CHECK_FUNCTION(hardened);
CHECK_FUNCTION(loads);
CHECK_FUNCTION(imports);
CHECK_FUNCTION(match);
CHECK_FUNCTION(license);

/* checks-load.c: loading and the descriptor */
CHECK_FUNCTION(descriptor);
CHECK_FUNCTION(agrees);
CHECK_FUNCTION(load_time);
CHECK_FUNCTION(quiet_load);
CHECK_FUNCTION(entry);
CHECK_FUNCTION(host_sizes);

/* checks-select.c: whose files it takes */
CHECK_FUNCTION(foreign_answers);
CHECK_FUNCTION(foreign_magic);
CHECK_FUNCTION(own_magic);

/* checks-output.c: what it writes */
CHECK_FUNCTION(converts);
CHECK_FUNCTION(dialect);
CHECK_FUNCTION(asset_refs);
CHECK_FUNCTION(structure);
CHECK_FUNCTION(metadata);
CHECK_FUNCTION(warnings);

/* Converts each sample in this process and judges what came of those that convert. */
typedef void CheckJudge(const Sample *sample, const harness_result *result, Verdict *verdict);
void check_each_result(const Subject *subject, Verdict *verdict, CheckJudge *judge);
/* The line of the text, from 1, at this offset. */
guint check_line(const char *body, gsize at);

/* checks-parsed.c: what a parser makes of it */
CHECK_FUNCTION(parsed);

/* checks-same.c: the same output whatever surrounds it */
CHECK_FUNCTION(deterministic);
CHECK_FUNCTION(order);
CHECK_FUNCTION(unmapped);

/* checks-damage.c: damaged and hostile sources */
CHECK_FUNCTION(truncation);
CHECK_FUNCTION(bit_flips);
CHECK_FUNCTION(bombs);
CHECK_FUNCTION(bounds);

/* checks-host.c: a host and a machine that fail */
CHECK_FUNCTION(host_failures);
CHECK_FUNCTION(memory_failures);
CHECK_FUNCTION(cancellation);
CHECK_FUNCTION(heartbeat);
CHECK_FUNCTION(limits);
CHECK_FUNCTION(memory);

/* checks-sandbox.c: what it does to the system */
CHECK_FUNCTION(one_thread);
CHECK_FUNCTION(denied_calls);
CHECK_FUNCTION(no_writes);
CHECK_FUNCTION(confined);
CHECK_FUNCTION(data_needed);
CHECK_FUNCTION(old_kernels);
CHECK_FUNCTION(valgrind);

/* checks-package.c: what is shipped */
CHECK_FUNCTION(directory);
CHECK_FUNCTION(manual);
CHECK_FUNCTION(cost);
CHECK_FUNCTION(golden);
