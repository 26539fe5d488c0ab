/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "cli/work.h"

#include "cli/policy.h"
#include "cli/signals.h"
#include "plugins/set-aside.h"
#include "util/cleanup.h"

#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>

enum { JOBS_MAX = 1024, READ_CHUNK = 1 << 16 };

GOptionEntry *okb_work_entries(OkbWork *work, const GOptionEntry *own)
{
    const GOptionEntry shared[] = {
        {"jobs", 'j', 0, G_OPTION_ARG_INT, &work->jobs,
         "Convert so many at a time (default: the number of CPUs)", "N"},
        {"dry-run", 'n', 0, G_OPTION_ARG_NONE, &work->dry_run,
         "Only show what would be done, by which plugin", NULL},
        {"files-from", 0, 0, G_OPTION_ARG_FILENAME, &work->files_from,
         "Read more paths from FILE (“-”: stdin), one a line or NUL-separated", "FILE"},
        {"name", 0, 0, G_OPTION_ARG_FILENAME, &work->name,
         "File name for what comes from standard input (the path “-”)", "NAME"},
        {"include", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &work->include,
         "In directories take only what fits the shell pattern; repeatable", "PATTERN"},
        {"exclude", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &work->exclude,
         "In directories leave out what fits the shell pattern; repeatable", "PATTERN"},
        {"plugin", 0, 0, G_OPTION_ARG_FILENAME, &work->plugin,
         "Convert with this plugin instead of the one that fits", "ID"},
        {"option", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &work->options,
         "Set an option of a plugin; repeatable", "[ID.]NAME=VALUE"},
        {"sandbox", 0, 0, G_OPTION_ARG_FILENAME, &work->sandbox,
         "How converters are confined: as well as possible, fully or fail, not at all",
         "auto|require|off"},
        {"memory", 0, 0, G_OPTION_ARG_FILENAME, &work->limits[OKB_WORK_MEMORY],
         "Address space that one document may take", "SIZE"},
        {"wall", 0, 0, G_OPTION_ARG_FILENAME, &work->limits[OKB_WORK_WALL],
         "Time that one document may take", "SECONDS"},
        {"idle", 0, 0, G_OPTION_ARG_FILENAME, &work->limits[OKB_WORK_IDLE],
         "Time that one document may take without progress", "SECONDS"},
        {"cpu", 0, 0, G_OPTION_ARG_FILENAME, &work->limits[OKB_WORK_CPU],
         "CPU time that one document may take", "SECONDS"},
        {"max-output", 0, 0, G_OPTION_ARG_FILENAME, &work->limits[OKB_WORK_OUTPUT],
         "Bytes that the conversion of one document may write", "SIZE"},
        {"max-files", 0, 0, G_OPTION_ARG_FILENAME, &work->limits[OKB_WORK_FILES],
         "Pictures that one document may bring", "N"},
        {"max-depth", 0, 0, G_OPTION_ARG_FILENAME, &work->limits[OKB_WORK_DEPTH],
         "Nesting that one document's text may have", "N"},
        {"plugin-dir", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &work->plugin_dirs,
         "Look for plugins here first; repeatable", "DIR"},
        {"no-third-party-plugins", 0, 0, G_OPTION_ARG_NONE, &work->no_third_party,
         "Use only the plugins of the installed directory", NULL},
        {NULL},
    };
    g_autoptr(GArray) all = g_array_new(TRUE, TRUE, sizeof(GOptionEntry));
    for (const GOptionEntry *entry = own; entry->long_name; entry++)
        g_array_append_val(all, *entry);
    g_array_append_vals(all, shared, G_N_ELEMENTS(shared) - 1);
    return (GOptionEntry *)(void *)g_array_free(g_steal_pointer(&all), FALSE);
}

static bool read_sandbox(OkbWork *work, GError **error)
{
    static const char *const names[] = {[OKB_SANDBOX_AUTO] = "auto",
                                        [OKB_SANDBOX_REQUIRE] = "require",
                                        [OKB_SANDBOX_OFF] = "off"};
    if (!work->sandbox)
        return true;
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        if (strcmp(names[i], work->sandbox) == 0) {
            work->ingest.sandbox = (OkbSandboxPolicy)i;
            return true;
        }
    return okb_error_set(error, OKB_ERROR_USAGE, "--sandbox is auto, require or off, not “%s”",
                         work->sandbox);
}

static bool read_limits(OkbWork *work, GError **error)
{
    static const char *const names[OKB_WORK_LIMITS] = {"memory", "wall",  "idle", "cpu",
                                                       "output", "files", "depth"};
    for (gsize i = 0; i < OKB_WORK_LIMITS; i++)
        if (work->limits[i] &&
            !okb_cli_set_limit(&work->ingest.limits, names[i], work->limits[i], error))
            return false;
    return true;
}

/* As many as there are descriptors for: with the documents that wait for their turn a job holds
 * up to 14, the rest of the program up to 50. The limit that a user is given is the soft one.
 */
static guint affordable_jobs(void)
{
    enum { FOR_THE_REST = 50, FOR_A_JOB = 14 };
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return JOBS_MAX;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    getrlimit(RLIMIT_NOFILE, &limit);
    rlim_t room = MIN(limit.rlim_cur, 1 << 20);
    return room < FOR_THE_REST + 2 * FOR_A_JOB ? 1 : (guint)(room - FOR_THE_REST) / FOR_A_JOB;
}

static bool read_jobs(OkbWork *work, GError **error)
{
    if (work->jobs < 0 || work->jobs > JOBS_MAX)
        return okb_error_set(error, OKB_ERROR_USAGE, "--jobs is a number from 1 to %d",
                             JOBS_MAX);
    guint wanted = work->jobs ? (guint)work->jobs : g_get_num_processors();
    work->ingest.jobs = MIN(wanted, affordable_jobs());
    return true;
}

static GByteArray *read_to_end(int fd, const char *name, GError **error)
{
    GByteArray *bytes = g_byte_array_new();
    g_autofree guint8 *chunk = g_malloc(READ_CHUNK);
    for (;;) {
        ssize_t n = read(fd, chunk, READ_CHUNK);
        if (n > 0)
            g_byte_array_append(bytes, chunk, (guint)n);
        if (n == 0)
            return bytes;
        if (n < 0 && (errno != EINTR || *okb_signals_flag())) {
            okb_error_errno(error, errno, "cannot read the list of files %s", name);
            g_byte_array_unref(bytes);
            return NULL;
        }
    }
}

/* A list with a NUL in it is separated by NULs, any other by newlines. */
static void add_lines(GPtrArray *paths, const GByteArray *bytes)
{
    const char *at = (const char *)bytes->data, *end = at + bytes->len;
    char separator = bytes->len > 0 && memchr(at, '\0', bytes->len) ? '\0' : '\n';
    while (at < end) {
        const char *stop = memchr(at, separator, (gsize)(end - at));
        if (!stop)
            stop = end;
        if (stop > at)
            g_ptr_array_add(paths, g_strndup(at, (gsize)(stop - at)));
        at = stop + 1;
    }
}

static bool read_files_from(OkbWork *work, GPtrArray *paths, GError **error)
{
    if (!work->files_from)
        return true;
    bool from_stdin = strcmp(work->files_from, "-") == 0;
    okb_autofd int opened = from_stdin ? -1 : open(work->files_from, O_RDONLY | O_CLOEXEC);
    if (!from_stdin && opened < 0)
        return okb_error_errno(error, errno, "cannot open the list of files %s",
                               work->files_from);
    g_autoptr(GByteArray) bytes =
        read_to_end(from_stdin ? STDIN_FILENO : opened, work->files_from, error);
    if (!bytes)
        return false;
    add_lines(paths, bytes);
    return true;
}

static bool gather_paths(OkbWork *work, OkbCli *cli, GError **error)
{
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    for (char **argument = cli->arguments; *argument; argument++)
        g_ptr_array_add(paths, g_strdup(*argument));
    if (!read_files_from(work, paths, error))
        return false;
    if (paths->len == 0 && !work->files_from && !work->may_lack_paths)
        return okb_error_set(error, OKB_ERROR_USAGE,
                             "name at least one file or directory; see `openkb %s --help`",
                             cli->command->name);
    g_ptr_array_add(paths, NULL);
    work->paths = (char **)g_ptr_array_free(g_steal_pointer(&paths), FALSE);
    return true;
}

/* The path "-" is standard input, which needs a name to be known by; it is read once. */
static bool take_stdin(OkbWork *work, GError **error)
{
    bool wanted = g_strv_contains((const char *const *)work->paths, "-");
    if (!wanted && !work->name)
        return true;
    if (wanted && g_strcmp0(work->files_from, "-") == 0)
        return okb_error_set(error, OKB_ERROR_USAGE,
                             "standard input cannot be the list of files and a file");
    if (!wanted || !work->name)
        return okb_error_set(error, OKB_ERROR_USAGE,
                             "the path “-” and --name=NAME go together: the name tells what "
                             "standard input is");
    return okb_spool_stdin(&work->spool, work->name, error);
}

static bool load_plugins(OkbWork *work, GError **error)
{
    work->plugins = okb_cli_load_plugins(work->plugin_dirs, !work->no_third_party, error);
    if (!work->plugins)
        return false;
    if (work->plugin && !okb_plugins_find(work->plugins, work->plugin))
        return okb_error_set(error, OKB_ERROR_USAGE,
                             "there is no plugin “%s”; `openkb plugins list` names them",
                             work->plugin);
    return okb_plugins_check_options(work->plugins, work->plugin,
                                     (const char *const *)work->options, error);
}

bool okb_work_prepare(OkbWork *work, OkbCli *cli, GError **error)
{
    if (!read_sandbox(work, error) || !read_limits(work, error) || !read_jobs(work, error) ||
        !gather_paths(work, cli, error) || !load_plugins(work, error) ||
        !take_stdin(work, error))
        return false;
    OkbIngestOptions *ingest = &work->ingest;
    ingest->paths = (const char *const *)work->paths;
    ingest->stdin_file = work->spool.path;
    ingest->plugin = work->plugin;
    ingest->options = (const char *const *)work->options;
    ingest->include = (const char *const *)work->include;
    ingest->exclude = (const char *const *)work->exclude;
    ingest->dry_run = work->dry_run;
    ingest->verbose = cli->verbose;
    ingest->stop = okb_signals_flag();
    return true;
}

void okb_work_tell_set_aside(const OkbWork *work, const OkbObserver *observer,
                             const OkbCounts *counts)
{
    const GPtrArray *all = okb_plugins_all(work->plugins);
    for (guint i = 0; i < all->len && counts->failed > 0; i++) {
        okb_set_aside_recall(all->pdata[i]);
        g_autofree char *text = okb_cli_set_aside_text(all->pdata[i]);
        if (text)
            observer->notice(text, observer->data);
    }
}

void okb_work_clear(OkbWork *work)
{
    g_clear_pointer(&work->plugins, okb_plugins_free);
    g_clear_pointer(&work->paths, g_strfreev);
    okb_spool_clear(&work->spool);
    char **strings[] = {&work->plugin, &work->sandbox, &work->files_from, &work->name};
    for (gsize i = 0; i < G_N_ELEMENTS(strings); i++)
        g_clear_pointer(strings[i], g_free);
    for (gsize i = 0; i < OKB_WORK_LIMITS; i++)
        g_clear_pointer(&work->limits[i], g_free);
    char ***lists[] = {&work->options, &work->plugin_dirs, &work->include, &work->exclude};
    for (gsize i = 0; i < G_N_ELEMENTS(lists); i++)
        g_clear_pointer(lists[i], g_strfreev);
}
