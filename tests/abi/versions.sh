#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
#   versions.sh CC SOURCE-DIRECTORY OPENKB VERSION
#
# Plugins and hosts of different ages together, as binaries: one plugin compiled with ABI 1.0 as it
# was frozen, with the present header, and with one of a later minor version, in which every
# structure has grown; the worker of today and one built with that later header. All pairs
# must do the same, and use the later service where both have it. Controls: a header with a slot
# inserted is noticed, and a plugin that cannot live with this host is refused with the reason.
set -eu
cc=$1 source=$2 openkb=$3 version=$4
here=$source/tests/abi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
chmod 755 "$scratch"

fail() {
    echo "$*"
    exit 1
}

# ---- Headers of the future ---------------------------------------------------------------

header() { # NAME SED-SCRIPT
    mkdir -p "$scratch/$1/openkb"
    sed "/^OKB_STATIC_ASSERT/d; $2" "$source/sdk/include/openkb/plugin.h" >"$scratch/$1/openkb/plugin.h"
}

header newer 's/^#define OKB_ABI_MINOR .*/#define OKB_ABI_MINOR 1/
    /(\*sibling_open)/a okb_status (*added)(okb_job *job);
    /(\*prepare)(/a void *added;
    /okb_str base_url;/a uint64_t added;
    /uint32_t max_depth;/a uint64_t added;
    /^typedef struct okb_sibling/,/^}/s/uint64_t size;/uint64_t size, added;/'
header broken '/(\*heading)/i okb_status (*inserted)(okb_job *job);'
[ "$(grep -c added "$scratch/newer/openkb/plugin.h")" = 5 ] || fail "the later header has not grown"
grep -q inserted "$scratch/broken/openkb/plugin.h" || fail "nothing was inserted"

# ---- Binaries ----------------------------------------------------------------------------

module() { # NAME INCLUDE-DIRECTORY FLAG...
    name=$1 include=$2
    shift 2
    mkdir -p "$scratch/plugins/$name"
    "$cc" -std=c17 -Wall -Wextra -Werror -O2 -shared -fPIC -fvisibility=hidden -I "$include" "$@" \
        -o "$scratch/plugins/$name/every.so" "$here/every.c"
    cp "$here/every.okbplugin" "$scratch/plugins/$name"
}

module frozen "$here/frozen"
module present "$source/sdk/include"
module newer "$scratch/newer" -DNEWER
module broken "$scratch/broken"
module demanding "$scratch/newer" -DNEWER -DMIN_HOST=1
module hinting "$source/sdk/include" -DFLAGS=0x8000
module insisting "$source/sdk/include" -DFLAGS=0x10000

# Today's worker, with the later header and the one service more that it has.
cp -r "$source/core" "$scratch/core"
cat >"$scratch/added.c" <<'END'
static okb_status added(okb_job *job)
{
    return body_write(job, "a newer service\n", 16);
}

END
awk -v added="$scratch/added.c" '/^static const okb_host host = / { while ((getline line < added) > 0) print line }
    { print }
    /\.sibling_open = sibling_open,/ { print "    .added = added," }' \
    "$source/core/worker/services.c" >"$scratch/core/worker/services.c"
# shellcheck disable=SC2046 # flags
"$cc" -std=c17 -D_GNU_SOURCE -O1 -DOPENKB_VERSION="\"$version\"" -I "$scratch/newer" -I "$scratch/core" \
    $(pkg-config --cflags jansson libseccomp) -o "$scratch/openkb-worker" "$scratch"/core/worker/*.c \
    $(pkg-config --libs jansson libseccomp) -ldl

# ---- Pairs -------------------------------------------------------------------------------

mkdir "$scratch/documents" "$scratch/libexec"
cp "$scratch/openkb-worker" "$scratch/libexec"
echo go >"$scratch/documents/it.every"
printf above >"$scratch/documents/beside.txt"
cat >"$scratch/expected" <<'END'
<!-- page 1 -->

# Every

![](it.assets/dot.png)

limits
sibling
eleven
END

convert() { # PLUGIN LIBEXEC: the exit code in $code
    code=0
    rm -rf "$scratch/out"
    OPENKB_LIBEXEC=$2 "$openkb" convert --plugin-dir "$scratch/plugins/$1" --option every.word=eleven \
        --output-dir "$scratch/out" "$scratch/documents/it.every" >"$scratch/log" 2>&1 || code=$?
}

same() { # PLUGIN LIBEXEC LAST-LINES
    convert "$1" "$2"
    [ $code = 0 ] || fail "$1: $(cat "$scratch/log")"
    { cat "$scratch/expected"; printf "$3"; } | diff - "$scratch/out/it.md" || fail "$1 does otherwise"
    [ -s "$scratch/out/it.assets/dot.png" ] || fail "$1: no asset"
    grep -q 'a warning' "$scratch/log" || fail "$1: no warning"
    age=later
    [ -n "$2" ] || age=present
    echo "$1 on the $age host: as expected"
}

none='no newer service\n'
same frozen '' "$none"
same present '' "$none"
same newer '' "$none"
same hinting '' "$none"
same frozen "$scratch/libexec" "$none"
same present "$scratch/libexec" "$none"
same newer "$scratch/libexec" 'the source has a newer member\na newer service\n'
same demanding "$scratch/libexec" 'the source has a newer member\na newer service\n'

convert demanding ''
[ $code = 1 ] || fail "a plugin that needs a later host: exit $code"
grep -q 'needs plugin ABI 1\.1, this openkb has 1\.0' "$scratch/log" || fail "$(cat "$scratch/log")"
convert insisting ''
[ $code = 1 ] || fail "a plugin with a flag that this host does not know: exit $code"
grep -q 'needs features this openkb does not have' "$scratch/log" || fail "$(cat "$scratch/log")"
convert broken ''
if [ $code = 0 ] && [ -e "$scratch/out/it.md" ] &&
    { cat "$scratch/expected"; printf "$none"; } | cmp -s - "$scratch/out/it.md"; then
    fail "control: an inserted slot was not noticed"
fi
echo "control: with a slot inserted: $(tail -n 1 "$scratch/log")"
