/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * The commands: one file each, one function each, one row each in main.c.
 *
 * A command parses its own arguments, does its work and returns an exit code of util/error.h.
 * It writes data to `cli->output` with okb_data() or okb_output_json() and talks with
 * okb_say(); main.c reports what went wrong when stdout is flushed.
 *
 *     int okb_command_x(OkbCli *cli, char **argv)
 *     {
 *         XOptions options = {0};
 *         const GOptionEntry entries[] = {...};
 *         int code = okb_cli_parse(cli, OKB_CLI_KB | OKB_CLI_JSON, entries, argv);
 *         if (code != OKB_CLI_GO)
 *             return code;
 *         g_autoptr(GError) error = NULL;
 *         ...
 *         return okb_cli_fail(cli, error);
 *     }
 *
 * Threads: none.
 */
#pragma once

#include "cli/output.h"
#include "kb/kb.h"
#include "store/store.h"
#include "util/error.h"

#include <glib.h>
#include <stdbool.h>

typedef struct OkbCommand OkbCommand;

typedef struct {
    const OkbCommand *commands; /* the table, for the help */
    const OkbCommand *command;  /* the one that runs */
    OkbOutput output;
    /* The options that every command knows; filled by okb_cli_parse(). */
    char *kb_dir;
    char *lock_timeout;    /* as given */
    guint lock_timeout_ms; /* when it was given */
    gboolean quiet, verbose, json, help;
    char **arguments; /* what is left after the options; never NULL once parsed */
} OkbCli;

struct OkbCommand {
    const char *name;
    const char *arguments; /* "DOC...", for the usage line */
    const char *help;      /* one line */
    int (*run)(OkbCli *cli, char **argv);
};

/* Which of the common options a command takes. -q, -v and --help are always there. */
enum { OKB_CLI_KB = 1u << 0, OKB_CLI_JSON = 1u << 1 };

/* What okb_cli_parse() returns when the command is to go on. */
enum { OKB_CLI_GO = -1 };

/* `commands` ends with a NULL name and outlives `cli`. */
void okb_cli_init(OkbCli *cli, const OkbCommand *commands);
void okb_cli_clear(OkbCli *cli);

/* The usage of openkb as a whole, as data. */
void okb_cli_show_commands(OkbCli *cli);

/* Options that stand before the command's name. On success *argv is at the command's name. */
int okb_cli_parse_global(OkbCli *cli, char ***argv);

/* Parses argv[1] and on. Prints the help or what is wrong; OKB_CLI_GO, or an exit code. Values
 * of `entries` are bytes as they were given: use G_OPTION_ARG_FILENAME for every string. */
int okb_cli_parse(OkbCli *cli, guint takes, const GOptionEntry *entries, char **argv);

/* USAGE with "see openkb X --help" when the number of arguments is not min..max; max -1: any.
 */
int okb_cli_want_arguments(OkbCli *cli, int min, int max);

/* Both. */
int okb_cli_parse_counted(OkbCli *cli, guint takes, const GOptionEntry *entries, char **argv,
                          int min, int max);

/* Says what failed; returns the exit code of `error`. */
int okb_cli_fail(OkbCli *cli, const GError *error);
int okb_cli_usage(OkbCli *cli, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* The knowledge base that the options mean, opened. */
OkbKb *okb_cli_open_kb(OkbCli *cli, GError **error);

/* Milliseconds as in OkbStoreOptions. */
int okb_cli_lock_timeout(const OkbCli *cli);

/* Its store, for reading only or to change it. */
OkbStore *okb_cli_open_store(OkbCli *cli, OkbKb *kb, bool read_only, GError **error);

/* Tells what acquiring the lock had to do: what was finished, reaped, imported. */
void okb_cli_tell_recovery(OkbCli *cli, const OkbRecoveryReport *report);
/* The same as a JSON object. */
json_t *okb_cli_recovery_json(const OkbRecoveryReport *report);

/* "512M" (K, M, G, T: powers of 1024) and "90", "1.5m" (ms, s, m, h; plain: seconds). */
bool okb_cli_size(const char *text, guint64 *ret_bytes, GError **error);
bool okb_cli_duration(const char *text, guint *ret_ms, GError **error);
