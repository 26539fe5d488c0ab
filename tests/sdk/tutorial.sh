#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
#   tutorial.sh CMAKE BUILD-DIRECTORY TUTORIAL
#
# Runs the commands of a tutorial as a reader would: the blocks marked "sh" in their order, in one
# shell, from an empty directory, against an installed prefix. A block marked "sh fails" must fail.
# Control: a tutorial whose command is wrong is found.
set -eu
cmake=$1 build=$2 tutorial=$3
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
chmod 755 "$scratch"

"$cmake" --install "$build" --prefix "$scratch/prefix" >/dev/null
PKG_CONFIG_PATH=$(dirname "$(find "$scratch/prefix" -name openkb-plugin.pc)")
PATH=$scratch/prefix/bin:$PATH
export PKG_CONFIG_PATH PATH
CMAKE_PREFIX_PATH=$scratch/prefix
CFLAGS="-Wall -Wextra -Werror ${EXAMPLE_FLAGS-}"
# The installed directory of plugins is compiled in, and is not the one of this prefix.
OPENKB_PLUGIN_PATH=$(pkg-config --variable=plugindir openkb-plugin)
export CMAKE_PREFIX_PATH CFLAGS OPENKB_PLUGIN_PATH
unset OPENKB_DIR

script() {
    awk -f "$here/tutorial.awk" "$1"
}

follow() { # TUTORIAL: in an empty directory
    rm -rf "$scratch/empty"
    mkdir "$scratch/empty"
    script "$1" >"$scratch/script"
    (cd "$scratch/empty" && sh -eu "$scratch/script") >"$scratch/log" 2>&1
}

if ! follow "$tutorial"; then
    cat "$scratch/log"
    exit 1
fi
commands=$(script "$tutorial" | awk '/<<.END.$/ { skip = 1; n++; next } /^END$/ { skip = 0; next }
    !skip && !/^(if \(|\);)/ && NF { n++ } END { print n }')
blocks=$(grep -c '^```sh' "$tutorial")
[ "$blocks" -ge 8 ] || { echo "only $blocks blocks were found"; exit 1; }
echo "$commands commands in $blocks blocks"

rm -f "$scratch/prefix/bin/openkb-plugin-check" # it has been tried, and takes the longest
for change in 's/okb_md_heading_begin(md, 1)/okb_md_heading_begin(md, 2)/' \
    's/^openkb plugins info recipe/openkb plugins info recipee/' \
    's/^ctest --test-dir build --output-on-failure$/true/'; do
    sed "$change" "$tutorial" >"$scratch/changed.md"
    if follow "$scratch/changed.md"; then
        echo "control: not found: $change"
        exit 1
    fi
done
