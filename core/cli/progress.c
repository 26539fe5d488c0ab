/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 */
#include "cli/progress.h"

#include "util/text.h"

#include <sys/ioctl.h>

enum { REDRAW_US = 100 * 1000, RATE_AFTER_US = 1000 * 1000 };

void okb_progress_init(OkbProgress *progress, OkbOutput *output)
{
    *progress = (OkbProgress){.output = output, .started_us = g_get_monotonic_time()};
}

static guint columns(const OkbOutput *output)
{
    struct winsize size;
    if (ioctl(fileno(output->talk), TIOCGWINSZ, &size) != 0 || size.ws_col < 20)
        return 80;
    return size.ws_col;
}

static char *time_left(guint64 done, guint64 total, gint64 elapsed_us)
{
    gint64 seconds = (gint64)((double)elapsed_us / (double)done * (double)(total - done) / 1e6);
    if (seconds < 90)
        return g_strdup_printf("%" G_GINT64_FORMAT " s", seconds);
    if (seconds < 90 * 60)
        return g_strdup_printf("%" G_GINT64_FORMAT " min", (seconds + 30) / 60);
    return g_strdup_printf("%" G_GINT64_FORMAT " h %" G_GINT64_FORMAT " min", seconds / 3600,
                           seconds % 3600 / 60);
}

char *okb_progress_text(guint64 done, guint64 total, guint running, const char *slowest,
                        gint64 elapsed_us)
{
    GString *text = g_string_new(NULL);
    g_string_append_printf(text, "%" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT, done, total);
    if (done > 0 && elapsed_us >= RATE_AFTER_US) {
        g_string_append_printf(text, ", %.1f/s", (double)done * 1e6 / (double)elapsed_us);
        if (done < total) {
            g_autofree char *left = time_left(done, total, elapsed_us);
            g_string_append_printf(text, ", %s left", left);
        }
    }
    if (running > 0)
        g_string_append_printf(text, ", %u running", running);
    if (slowest) {
        g_autofree char *name = okb_text_escape(slowest);
        g_string_append_printf(text, ": %s", name);
    }
    return g_string_free(text, FALSE);
}

void okb_progress_update(OkbProgress *progress, guint64 done, guint64 total, guint running,
                         const char *slowest)
{
    OkbOutput *output = progress->output;
    gint64 now = g_get_monotonic_time();
    if (!output->terminal || output->quiet || now - progress->drawn_us < REDRAW_US)
        return;
    progress->drawn_us = now;
    g_autofree char *text =
        okb_progress_text(done, total, running, slowest, now - progress->started_us);
    g_autofree char *line = okb_text_fit(text, columns(output) - 1);
    fprintf(output->talk, "\r\033[K%s", line);
    fflush(output->talk);
    output->live = true;
}
