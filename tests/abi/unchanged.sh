#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
#   unchanged.sh CC ABIDIFF INCLUDE-DIRECTORY
#
# Compares the header, but for what was appended to the structures that begin with their size,
# with the stored description of ABI 1.0: openkb-plugin-1.0.abi, made by `abidw --no-corpus-path
# --no-comp-dir-path --no-show-locs` from probe.c. Nothing may differ. Then the controls: an append
# passes, and every other kind of change is found.
set -eu
cc=$1 abidiff=$2 include=$3
here=$(dirname "$0")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

judge() { # HEADER: abidiff's verdict on it
    mkdir -p "$scratch/include/openkb"
    awk -f "$here/first-minor.awk" "$1" >"$scratch/include/openkb/plugin.h"
    "$cc" -g -O0 -shared -fPIC -I "$scratch/include" -o "$scratch/probe.so" "$here/probe.c"
    "$abidiff" --harmless "$here/openkb-plugin-1.0.abi" "$scratch/probe.so" >"$scratch/report" 2>&1
}

plugin_h=$include/openkb/plugin.h
if ! judge "$plugin_h"; then
    echo "the plugin ABI differs from 1.0 by more than appended members:"
    cat "$scratch/report"
    exit 1
fi

expect() { # pass|fail LABEL SED-SCRIPT
    sed "$3" "$plugin_h" >"$scratch/changed.h"
    if cmp -s "$plugin_h" "$scratch/changed.h"; then
        echo "$2: the change was not made"
        exit 1
    fi
    verdict=fail
    if judge "$scratch/changed.h"; then
        verdict=pass
    fi
    if [ $verdict != "$1" ]; then
        echo "$2: $verdict, but should $1"
        cat "$scratch/report"
        exit 1
    fi
    echo "$2: $verdict, as it should"
}

after_host='/(\*sibling_open)/a okb_status (*added)(okb_job *job);'
expect pass "a slot appended to okb_host" "$after_host"
expect pass "a member appended to okb_plugin" '/(\*prepare)/a void *added;'
expect pass "two members appended to okb_source" '/okb_str base_url;/a int added;\nint too;'
expect pass "a member appended to okb_limits" '/uint32_t max_depth;/a uint64_t added;'
expect fail "a slot inserted into okb_host" '/^    void (\*log)/i okb_status (*added)(okb_job *job);'
expect fail "a slot inserted first" '/okb_status (\*body_write)/i okb_status (*added)(okb_job *job);'
expect fail "a slot removed" '/okb_status (\*sibling_open)/d'
expect fail "two slots exchanged" 's/(\*embed_end)(okb_job \*job, okb_embed_id embed)/(*X)(void)/;
    s/(\*asset_end)(okb_job \*job, okb_asset_id asset)/(*embed_end)(okb_job *job, okb_embed_id embed)/;
    s/(\*X)(void)/(*asset_end)(okb_job *job, okb_asset_id asset)/'
expect fail "a parameter added" 's/(\*progress)(okb_job \*job, uint64_t done,/(*progress)(okb_job *job, int added, uint64_t done,/'
expect fail "a member retyped" 's/uint32_t output_version;/uint64_t output_version;/'
expect fail "a member appended to okb_str, which has no size" '/^    size_t len;/a size_t added;'
