#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
#   headers.sh COMPILER INCLUDE-DIRECTORY...
#
# Every public header alone, in every language level it promises, without a warning. Control: a
# header that needs something it does not include is found.
set -eu
compiler=$1
shift
case $compiler in
*++) language=c++ levels="c++11 c++14 c++17 c++20" ending="h*" ;;
*) language=c levels="c11 c17 c2x" ending=h ;;
esac
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

compile() { # LEVEL SOURCE: no feature macros, nothing but the C library on the include path
    "$compiler" -x "$language" -std="$1" -Wall -Wextra -Wpedantic -Wshadow -Wundef -Wconversion \
        -Werror -fsyntax-only $includes -I "$scratch" "$2"
}

includes=
headers=
for directory; do
    includes="$includes -I $directory"
    headers="$headers $(echo "$directory"/openkb/*.$ending | grep -vF '*' || true)"
done
for header in $headers; do
    printf '#include <openkb/%s>\n' "$(basename "$header")" >"$scratch/alone.c"
    for level in $levels; do
        compile "$level" "$scratch/alone.c"
        echo "$compiler $level $(basename "$header")"
    done
done

cat >"$scratch/use.c" <<'END'
#include <openkb/plugin.h>
static okb_status prepare(okb_job *job, const okb_host *host, const okb_source *source)
{
    okb_str name = OKB_STR("name");
    if (!OKB_HAS(host, sibling_open) || source->size == 0)
        return host->fail(job, OKB_DECLINED, OKB_STR(""));
    return host->meta(job, OKB_STR(OKB_M_TITLE), name);
}
static const okb_plugin plugin = {
    OKB_PLUGIN_MAGIC, sizeof(okb_plugin), OKB_ABI_MAJOR, OKB_ABI_MINOR, 0, 0, 0, 1, "x", "1", NULL,
    prepare};
const okb_plugin *openkb_plugin_v1(uint32_t host_minor)
{
    (void)host_minor;
    return &plugin;
}
END
for level in $levels; do
    compile "$level" "$scratch/use.c"
    echo "$compiler $level a plugin"
done

mkdir "$scratch/openkb"
echo 'size_t needs_stddef(void);' >"$scratch/openkb/planted.h"
echo '#include <openkb/planted.h>' >"$scratch/planted.c"
if compile "${levels%% *}" "$scratch/planted.c" 2>/dev/null; then
    echo "a header that does not stand alone was not found"
    exit 1
fi
