# shellcheck shell=sh
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
# run.sh PLUGIN-DIRECTORY: openkb converts each file of tests/samples that has an .md beside it, in
# its sandbox, and gets the text of that.
set -eu
plugins=$1
cd "$(dirname -- "$0")/samples"
command -v openkb >/dev/null || { echo "skipped: openkb is not installed"; exit 77; }
out=$(mktemp)
trap 'rm -f "$out"' EXIT
tried=0
for sample in *; do
    expected=${sample%.*}.md
    { [ "$sample" != "$expected" ] && [ -f "$expected" ]; } || continue
    openkb convert --plugin-dir "$plugins" "$sample" >"$out"
    diff -u "$expected" "$out"
    echo "$sample: as expected"
    tried=$((tried + 1))
done
[ "$tried" -gt 0 ] || { echo "no samples in $PWD" >&2; exit 1; }
