#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
#   documented.sh CMAKE SOURCE-DIRECTORY [OPENKB]
#
# The plugin author's manual against the truth: every host function, status and manifest key is in
# it, its program compiles, its manifest is accepted.
set -eu
cmake=$1 source=$2 openkb=${3-}
page=$source/docs/man/openkb-plugin.3.md manifest_page=$source/docs/man/openkb-plugin-manifest.5.md
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
faults=0

want() { # WORD PAGE
    if ! grep -qwF -- "$1" "$2"; then
        echo "$(basename "$2"): does not tell of $1"
        faults=$((faults + 1))
    fi
}

block() { # LANGUAGE PAGE: the first fenced block in it
    awk -v mark="^\`\`\`$1\$" '$0 ~ mark { inside = 1; next } /^```/ && inside { exit } inside' "$2"
}

slots=$(sed -n 's/.*(\*\([a-z_]*\))(okb_job \*job.*/\1/p' "$source/sdk/include/openkb/plugin.h")
[ "$(echo "$slots" | wc -l)" -ge 19 ] || { echo "host functions were not found"; exit 1; }
for name in $slots; do
    want "$name" "$page"
done
statuses=$(sed -n 's/^#define \(OKB_DECLINED\|OKB_E_[A-Z]*\) .*/\1/p' \
    "$source/sdk/include/openkb/plugin.h")
[ "$(echo "$statuses" | wc -l)" -ge 10 ] || { echo "statuses were not found"; exit 1; }
for name in $statuses; do
    want "$name" "$page"
done
claims=0
for manifest in "$source"/plugins/*/*.okbplugin.in; do
    id=$(sed -n 's/^Id=//p' "$manifest")
    for name in $(sed -n 's/^\[Option \(.*\)\]/\1/p' "$manifest"); do
        want "$id.$name" "$source/docs/man/openkb-plugin-$id.7.md"
        claims=$((claims + 1))
    done
    for name in $(sed -n 's/^Extensions=//p' "$manifest" | tr ';' ' '); do
        want ".$name" "$source/docs/man/openkb-plugin-$id.7.md"
        claims=$((claims + 1))
    done
done
[ "$claims" -ge 11 ] || { echo "options and extensions of plugins were not found"; exit 1; }
keys=$(grep -oE '(_group|group), "[A-Z][A-Za-z]+"' "$source/core/plugins/manifest.c" |
    sed 's/.*"\(.*\)"/\1/' | sort -u)
[ "$(echo "$keys" | wc -l)" -ge 20 ] || { echo "manifest keys were not found"; exit 1; }
for name in $keys; do
    want "$name" "$manifest_page"
done
sets=$(sed -n 's/^    {"\([a-z-]*\)",.*/\1/p' "$source/core/plugins/data-sets.c")
[ "$(echo "$sets" | wc -l)" -ge 5 ] || { echo "data sets were not found"; exit 1; }
for name in $sets; do
    want "$name" "$manifest_page"
done

block c "$page" >"$scratch/hello.c"
"${CC:-cc}" -std=c17 -Wall -Wextra -Wno-unused-parameter -Werror -shared -fPIC \
    -I "$source/sdk/include" -o "$scratch/epub.so" "$scratch/hello.c" || faults=$((faults + 1))

block ini "$manifest_page" >"$scratch/epub.okbplugin"
"$cmake" -DMANIFEST="$scratch/epub.okbplugin" -DMODULE=epub.so -DABI_MAJOR=1 -DABI_MINOR=0 \
    -P "$source/sdk/cmake/check-manifest.cmake" || faults=$((faults + 1))
if [ -n "$openkb" ]; then
    chmod 755 "$scratch"
    "$openkb" plugins list --json --plugin-dir "$scratch" |
        python3 -c '
import json, sys
(epub,) = [p for p in json.load(sys.stdin)["plugins"] if p["id"] == "epub"]
sys.exit(epub["refused"])' || faults=$((faults + 1))
fi

want() { grep -qwF -- "$1" "$2"; } # control: what is not told is missed
if want no_such_function "$page"; then
    faults=$((faults + 1))
fi
exit $((faults > 0))
