/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Pipe tables, a row at a time. The cells of a row are rendered one after another into `block`.
 */
#include "writer.h"

#include <stdlib.h>
#include <string.h>

void okb_md_table_begin(okb_md *md, size_t columns, const okb_md_align *aligns, bool header)
{
    if (!okb_md_ok(md))
        return;
    okb_md_open_block(md, BLOCK_NONE);
    if (columns == 0)
        columns = 1;
    free(md->table.aligns);
    md->table = (table_state){.columns = columns, .header = header};
    md->table.aligns = calloc(columns, sizeof *aligns);
    if (!md->table.aligns) {
        okb_md_latch(md, OKB_E_NOMEM);
        return;
    }
    if (aligns)
        memcpy(md->table.aligns, aligns, columns * sizeof *aligns);
}

static void add(okb_md *md, const char *s)
{
    if (!bytes_append(&md->block, s, strlen(s)))
        okb_md_latch(md, OKB_E_NOMEM);
}

static void put_delimiter_row(okb_md *md)
{
    static const char *const spelled[] = {
        [OKB_MD_ALIGN_NONE] = " --- |",
        [OKB_MD_ALIGN_LEFT] = " :-- |",
        [OKB_MD_ALIGN_CENTER] = " :-: |",
        [OKB_MD_ALIGN_RIGHT] = " --: |",
    };
    okb_md_start_line(md);
    okb_md_put(md, "|", 1);
    for (size_t i = 0; i < md->table.columns; i++)
        okb_md_put(md, spelled[md->table.aligns[i] & 3], strlen(spelled[0]));
    okb_md_put(md, "\n", 1);
}

static void put_empty_header(okb_md *md)
{
    okb_md_start_line(md);
    okb_md_put(md, "|", 1);
    for (size_t i = 0; i < md->table.columns; i++)
        okb_md_put(md, "  |", 3);
    okb_md_put(md, "\n", 1);
    put_delimiter_row(md);
    md->table.rows = 1;
}

void okb_md_row_begin(okb_md *md)
{
    if (!okb_md_ok(md) || !md->table.aligns)
        return;
    okb_md_row_end(md);
    md->table.in_row = true;
    md->table.row_cells = 0;
    md->block.len = md->alts.len = md->n_refs = 0;
}

/* A pipe ends a cell wherever it stands, in code and URLs too: double the room, backwards. */
static void escape_pipes(okb_md *md, size_t from)
{
    size_t pipes = 0, ref = md->n_refs;
    for (size_t i = from; i < md->block.len; i++)
        pipes += md->block.data[i] == '|';
    if (pipes == 0)
        return;
    if (!bytes_reserve(&md->block, pipes)) {
        okb_md_latch(md, OKB_E_NOMEM);
        return;
    }
    char *data = md->block.data;
    size_t read = md->block.len, write = read + pipes;
    md->block.len = write;
    for (; read > from; read--) {
        for (; ref > 0 && md->refs[ref - 1].at >= read; ref--)
            md->refs[ref - 1].at += write - read;
        data[--write] = data[read - 1];
        if (data[write] == '|')
            data[--write] = '\\';
    }
}

void okb_md_cell_begin(okb_md *md)
{
    if (!okb_md_ok(md) || !md->table.aligns)
        return;
    if (!md->table.in_row)
        okb_md_row_begin(md);
    okb_md_cell_end(md);
    okb_md_reset_inline(md);
    md->leaf = LEAF_CELL;
}

void okb_md_cell_end(okb_md *md)
{
    if (!okb_md_ok(md) || md->leaf != LEAF_CELL)
        return;
    okb_md_close_spans(md);
    if (md->table.row_cells < md->table.columns)
        add(md, "| ");
    size_t from = md->block.len;
    okb_md_render(md, LEAF_CELL);
    escape_pipes(md, from);
    add(md, md->block.len > from || md->table.row_cells < md->table.columns ? " " : "");
    md->table.row_cells++;
    okb_md_reset_inline(md);
    md->leaf = LEAF_NONE;
}

void okb_md_row_end(okb_md *md)
{
    if (!okb_md_ok(md) || !md->table.in_row)
        return;
    okb_md_cell_end(md);
    for (; md->table.row_cells < md->table.columns; md->table.row_cells++)
        add(md, "|  ");
    md->table.in_row = false;
    if (md->table.rows == 0) {
        okb_md_open_block(md, BLOCK_TABLE);
        if (!md->table.header)
            put_empty_header(md);
    }
    okb_md_start_line(md);
    okb_md_put_block(md, 0, md->block.len);
    okb_md_put(md, "|\n", 2);
    if (md->table.rows++ == 0)
        put_delimiter_row(md);
}

void okb_md_table_end(okb_md *md)
{
    if (!okb_md_ok(md) || !md->table.aligns)
        return;
    okb_md_row_end(md);
    free(md->table.aligns);
    md->table = (table_state){0};
}
