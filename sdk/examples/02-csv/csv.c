/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * 02-csv: the Markdown writer. Turns comma-separated values into a table; the writer sees to it
 * that whatever a cell holds comes out as text. Also shown: an option, a warning, a limit.
 */
#include <openkb/markdown.h>
#include <openkb/plugin.h>

#include <stdbool.h>
#include <string.h>

#define MAX_COLUMNS 1000u

typedef struct {
    const char *p, *end;
} reader;

typedef enum { CELL_ENDS, ROW_ENDS, FILE_ENDS } stop;

static bool is_special(char c)
{
    return c == '"' || c == ',' || c == '\n' || c == '\r';
}

/* What lies between two special characters is written at once: a character must not be split
 * over two calls of the writer. */
static void write_run(reader *r, okb_md *md)
{
    const char *start = r->p;
    while (r->p < r->end && !is_special(*r->p))
        r->p++;
    okb_md_text(md, (okb_str){start, (size_t)(r->p - start)});
}

/* One cell, written to `md` unless that is NULL. Two quotation marks inside quotes are one. */
static stop read_cell(reader *r, okb_md *md)
{
    for (bool quoted = false; r->p < r->end;) {
        write_run(r, md);
        char c = r->p < r->end ? *r->p++ : '\r';
        if (c == '"' && quoted && r->p < r->end && *r->p == '"')
            okb_md_text(md, (okb_str){r->p++, 1});
        else if (c == '"')
            quoted = !quoted;
        else if (c == ',' && quoted)
            okb_md_text(md, OKB_STR(","));
        else if (c == '\n' && quoted)
            okb_md_break(md);
        else if (c == ',')
            return CELL_ENDS;
        else if (c == '\n')
            return r->p == r->end ? FILE_ENDS : ROW_ENDS;
    }
    return FILE_ENDS;
}

/* The most columns of any row; `*even` tells whether all rows have as many. */
static size_t count_columns(reader r, bool *even)
{
    size_t most = 0, columns = 0;
    *even = true;
    for (stop s = CELL_ENDS; s != FILE_ENDS;) {
        s = read_cell(&r, NULL);
        columns++;
        if (s == CELL_ENDS)
            continue;
        *even = *even && (most == 0 || columns == most);
        most = columns > most ? columns : most;
        columns = 0;
    }
    return most;
}

static void write_rows(okb_md *md, reader r)
{
    for (stop s = ROW_ENDS; s != FILE_ENDS;) {
        okb_md_row_begin(md);
        do {
            okb_md_cell_begin(md);
            s = read_cell(&r, md);
            okb_md_cell_end(md);
        } while (s == CELL_ENDS);
        okb_md_row_end(md);
    }
}

static bool is_true(okb_str value)
{
    return value.len == 4 && memcmp(value.data, "true", 4) == 0;
}

static okb_status prepare(okb_job *job, const okb_host *host, const okb_source *source)
{
    reader r = {source->data, (const char *)source->data + source->size};
    bool even;
    if (!source->data)
        return host->fail(job, OKB_E_LIMIT, OKB_STR("the file is too large to be mapped"));
    if (!okb_md_is_text((okb_str){r.p, (size_t)source->size}))
        return host->fail(job, OKB_E_MALFORMED, OKB_STR("the file is not text in UTF-8"));
    size_t columns = count_columns(r, &even);
    if (columns > MAX_COLUMNS)
        return host->fail(job, OKB_E_LIMIT, OKB_STR("the file has more than 1,000 columns"));
    if (!even)
        host->warn(job, OKB_STR(OKB_W_STRUCTURE), 0,
                   OKB_STR("not all rows have the same number of cells"));
    okb_md *md = okb_md_new_for_host(host, job);
    okb_md_table_begin(md, columns, NULL, is_true(host->option(job, OKB_STR("header"))));
    write_rows(md, r);
    okb_md_table_end(md);
    okb_status status = okb_md_finish(md);
    okb_md_free(md);
    return status;
}

static const okb_plugin plugin = {
    .magic = OKB_PLUGIN_MAGIC,
    .struct_size = sizeof(okb_plugin),
    .abi_major = OKB_ABI_MAJOR,
    .abi_minor = OKB_ABI_MINOR,
    .output_version = 1,
    .id = "csv",
    .version = "1.0",
    .prepare = prepare,
};

const okb_plugin *openkb_plugin_v1(uint32_t host_minor)
{
    (void)host_minor;
    return &plugin;
}
