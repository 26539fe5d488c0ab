#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# The top level is exactly this list; hidden files and what .gitignore names do not count.
#
#   toplevel.sh SOURCE-DIR
set -eu
cd "$1"
expected="CMakeLists.txt
LICENSE
README.md
core
docs
plugins
sdk
tests"

# Prints what stands at the top level of the tree in the working directory.
toplevel() {
    if git rev-parse --show-toplevel >/dev/null 2>&1; then
        git -c safe.directory='*' ls-files -co --exclude-standard
    else
        find . -mindepth 1 -maxdepth 1 ! -name 'build*' ! -name prefix | sed 's,^\./,,'
    fi | sed 's,/.*,,' | grep -v '^\.' | LC_ALL=C sort -u
}

check() {
    actual=$(toplevel)
    [ "$actual" = "$expected" ]
}

if ! check; then
    echo "the top level is not the agreed one; it holds:"
    echo "$actual"
    exit 1
fi

# Control: one more file at the top is seen.
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
cd "$copy"
for entry in $expected stray.txt; do
    mkdir "$entry"
    : >"$entry/file"
done
if check; then
    echo "control not caught: stray.txt"
    exit 1
fi
echo "top level as agreed; the planted stray file was seen"
