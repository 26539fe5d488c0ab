#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
# run.sh PLUGIN-DIRECTORY: openkb converts each tests/samples/*.@NAME@ in its sandbox, and gets the
# text of the .md beside it.
set -eu
plugins=$1
cd "$(dirname -- "$0")/samples"
command -v openkb >/dev/null || { echo "skipped: openkb is not installed"; exit 77; }
out=$(mktemp)
trap 'rm -f "$out"' EXIT
for sample in *.@NAME@; do
    openkb convert --plugin-dir "$plugins" "$sample" >"$out"
    diff -u "${sample%.*}.md" "$out"
    echo "$sample: as expected"
done
