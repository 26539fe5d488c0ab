#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
#   bindings.sh CMAKE BUILD-DIRECTORY OPENKB cpp|rust
#
# A plugin in C++ or Rust, built with the installed bindings and run by openkb in the sandbox: all
# services work, and whatever it throws fails one document with a reason. Control: without the
# bindings the same exception is a crash.
set -eu
cmake=$1 build=$2 openkb=$3 language=$4
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
chmod 755 "$scratch"

fail() {
    echo "$*"
    exit 1
}

"$cmake" --install "$build" --component plugin-dev --prefix "$scratch/prefix" >/dev/null
PKG_CONFIG_PATH=$(dirname "$(find "$scratch/prefix" -name openkb-plugin.pc)")
export PKG_CONFIG_PATH

compile_cpp() { # COMPILER LEVEL SOURCE MODULE
    # shellcheck disable=SC2046 # flags
    "$1" -std="$2" -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -O2 -shared -fPIC \
        -fvisibility=hidden $(pkg-config --cflags openkb-plugin) -o "$4" "$3"
}

# rustc alone, of Debian where it is there: the oldest that is promised.
compile_rust() {
    rustc=/usr/bin/rustc
    [ -x $rustc ] || rustc=$(command -v rustc) || { echo "skipped: no rustc"; exit 77; }
    $rustc --version
    crate=$(pkg-config --variable=rustcrate openkb-plugin)
    $rustc --edition 2021 -D warnings -O --crate-type rlib --crate-name openkb_plugin \
        -o "$scratch/libopenkb_plugin.rlib" "$crate/src/lib.rs"
    $rustc --edition 2021 -D warnings -O --crate-type cdylib -C link-arg=-Wl,-z,now \
        --extern openkb_plugin="$scratch/libopenkb_plugin.rlib" -o "$plugins/all.so" "$here/all.rs"
}

plugins=$scratch/plugins
mkdir "$plugins"
cp "$here/all.okbplugin" "$plugins"
case $language in
cpp)
    # tests/abi/headers.sh tries every level with every compiler.
    ! command -v clang++ >/dev/null || compile_cpp clang++ c++20 "$here/all.cpp" "$plugins/all.so"
    ! command -v g++ >/dev/null || compile_cpp g++ c++11 "$here/all.cpp" "$plugins/all.so"
    ;;
rust) compile_rust ;;
esac
[ -e "$plugins/all.so" ] || { echo "skipped: no compiler"; exit 77; }
exported=$(nm -D --defined-only "$plugins/all.so" | awk '$2 == "T" { print $3 }')
[ "$exported" = openkb_plugin_v1 ] || fail "exports $exported"

convert() { # WORD: the result in $scratch/out, what was said in $scratch/log, the code in $code
    echo "$1" >"$scratch/documents/$1.all"
    code=0
    "$openkb" convert --plugin-dir "$plugins" --option all.word=eleven --force \
        --output-dir "$scratch/out" "$scratch/documents/$1.all" 2>"$scratch/log" || code=$?
}

expect_failure() { # WORD TEXT
    convert "$1"
    [ $code = 1 ] || fail "$1: exit $code"
    grep -qF -- "$2" "$scratch/log" || fail "$1: no \"$2\" in: $(cat "$scratch/log")"
    if [ "$2" != crashed ] && grep -q crashed "$scratch/log"; then
        fail "$1: $(cat "$scratch/log")"
    fi
    echo "$1: $2"
}

mkdir "$scratch/documents"
printf '\211PNG\r\n\032\n\0\0\0\015IHDR\0\0\0\001\0\0\0\001' >"$scratch/documents/dot.png"
convert everything
[ $code = 0 ] || fail "$(cat "$scratch/log")"
cat >"$scratch/expected" <<'END'
<!-- page 1 -->

# Everything

![dot](everything.assets/dot.png)

name everything.all, word eleven, limits
END
cmp "$scratch/expected" "$scratch/out/everything.md" || fail "$(cat "$scratch/out/everything.md")"
cmp "$scratch/documents/dot.png" "$scratch/out/everything.assets/dot.png"
grep -qF 'a warning' "$scratch/log" || fail "no warning in: $(cat "$scratch/log")"

expect_failure malformed 'the third byte is wrong'
expect_failure declined 'no-plugin'
expect_failure misuse 'heading'
expect_failure memory 'not enough memory for this file'
expect_failure thrown 'oh no'
expect_failure odd 'internal (convert): the plugin '
expect_failure else 'what is else'

if [ "$language" = cpp ]; then
    "${CXX:-g++}" -std=c++17 -shared -fPIC -fvisibility=hidden \
        "-I$scratch/prefix/include" -o "$plugins/all.so" "$here/bare.cpp"
    expect_failure thrown 'crashed'
fi
