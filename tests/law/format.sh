#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# All C is as clang-format 14 leaves it. Exit 77 (skipped) where that version is missing:
# another one formats otherwise.
#
#   format.sh SOURCE-DIR
set -eu
cd "$1"
if ! command -v clang-format-14 >/dev/null; then
    echo "skipped: clang-format-14 is not installed"
    exit 77
fi
control=$(mktemp --suffix=.c)
trap 'rm -f "$control"' EXIT
printf 'int  f( void ){return 1;}\n' >"$control"
if clang-format-14 --style=file:.clang-format --dry-run -Werror "$control" 2>/dev/null; then
    echo "control not caught: a badly formatted file passed"
    exit 1
fi
find core plugins sdk tests -name '*.[ch]' -print0 |
    xargs -0 clang-format-14 --style=file:.clang-format --dry-run -Werror
echo "formatted"
