/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: the openkb authors
 *
 * Every offset is held against the file's size before it is followed.
 */
#include "elf-file.h"

#include "util/error.h"

#include <elf.h>
#include <link.h>
#include <string.h>

typedef struct {
    const char *bytes;
    gsize len;
} File;

static const void *part(const File *file, guint64 offset, guint64 len)
{
    return offset <= file->len && len <= file->len - offset ? file->bytes + offset : NULL;
}

static const char *text_in(const File *file, const ElfW(Shdr) * strings, guint64 at)
{
    if (at >= strings->sh_size || !part(file, strings->sh_offset, strings->sh_size))
        return NULL;
    const char *text = file->bytes + strings->sh_offset + at;
    return memchr(text, '\0', strings->sh_size - at) ? text : NULL;
}

static void read_segments(const File *file, const ElfW(Ehdr) * header, ElfFacts *facts)
{
    const ElfW(Phdr) *segments =
        part(file, header->e_phoff, (guint64)header->e_phnum * sizeof *segments);
    for (guint i = 0; segments && i < header->e_phnum; i++) {
        facts->relro |= segments[i].p_type == PT_GNU_RELRO;
        facts->executable_stack |=
            segments[i].p_type == PT_GNU_STACK && segments[i].p_flags & PF_X;
    }
}

static void read_dynamic(const File *file, const ElfW(Shdr) * section,
                         const ElfW(Shdr) * strings, ElfFacts *facts)
{
    const ElfW(Dyn) *entries = part(file, section->sh_offset, section->sh_size);
    for (gsize i = 0; entries && i < section->sh_size / sizeof *entries; i++) {
        guint64 value = entries[i].d_un.d_val;
        switch (entries[i].d_tag) {
        case DT_TEXTREL:
            facts->text_relocations = true;
            break;
        case DT_FLAGS:
            facts->text_relocations |= (value & DF_TEXTREL) != 0;
            facts->bind_now |= (value & DF_BIND_NOW) != 0;
            break;
        case DT_FLAGS_1:
            facts->bind_now |= (value & DF_1_NOW) != 0;
            break;
        case DT_RPATH:
        case DT_RUNPATH:
            g_free(facts->search_path);
            facts->search_path = g_strdup(text_in(file, strings, value));
            break;
        default:
            break;
        }
    }
}

static void read_symbols(const File *file, const ElfW(Shdr) * section,
                         const ElfW(Shdr) * strings, ElfFacts *facts)
{
    const ElfW(Sym) *symbols = part(file, section->sh_offset, section->sh_size);
    for (gsize i = 1; symbols && i < section->sh_size / sizeof *symbols; i++) {
        const char *name = text_in(file, strings, symbols[i].st_name);
        if (!name || !*name)
            continue;
        if (symbols[i].st_shndx == SHN_UNDEF)
            g_ptr_array_add(facts->imported, g_strdup(name));
        else if (ELF64_ST_BIND(symbols[i].st_info) != STB_LOCAL)
            g_ptr_array_add(facts->exported, g_strdup(name));
    }
}

static void read_sections(const File *file, const ElfW(Ehdr) * header, ElfFacts *facts)
{
    const ElfW(Shdr) *sections =
        part(file, header->e_shoff, (guint64)header->e_shnum * sizeof *sections);
    for (guint i = 0; sections && i < header->e_shnum; i++) {
        if (sections[i].sh_link >= header->e_shnum)
            continue;
        const ElfW(Shdr) *strings = &sections[sections[i].sh_link];
        if (sections[i].sh_type == SHT_DYNAMIC)
            read_dynamic(file, &sections[i], strings, facts);
        else if (sections[i].sh_type == SHT_DYNSYM)
            read_symbols(file, &sections[i], strings, facts);
    }
}

static guint16 own_machine(void)
{
    const ElfW(Ehdr) *self = NULL;
    g_autofree char *bytes = NULL;
    gsize len = 0;
    if (g_file_get_contents("/proc/self/exe", &bytes, &len, NULL) && len > sizeof *self)
        self = (const ElfW(Ehdr) *)bytes;
    return self ? self->e_machine : EM_NONE;
}

bool elf_read(const char *path, ElfFacts *ret_facts, GError **error)
{
    g_autofree char *bytes = NULL;
    File file = {0};
    *ret_facts = (ElfFacts){.exported = g_ptr_array_new_with_free_func(g_free),
                            .imported = g_ptr_array_new_with_free_func(g_free)};
    if (!g_file_get_contents(path, &bytes, &file.len, error))
        return false;
    file.bytes = bytes;
    const ElfW(Ehdr) *header = part(&file, 0, sizeof *header);
    if (!header || memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 || header->e_type != ET_DYN)
        return okb_error_set(error, OKB_ERROR_FAILED, "%s is not a shared object", path);
    ret_facts->other_machine =
        header->e_machine != own_machine() ||
        header->e_ident[EI_CLASS] != (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32);
    if (!ret_facts->other_machine) {
        read_segments(&file, header, ret_facts);
        read_sections(&file, header, ret_facts);
    }
    return true;
}

void elf_clear(ElfFacts *facts)
{
    g_free(facts->search_path);
    g_clear_pointer(&facts->exported, g_ptr_array_unref);
    g_clear_pointer(&facts->imported, g_ptr_array_unref);
}
