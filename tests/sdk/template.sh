#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
#   template.sh CMAKE BUILD-DIRECTORY
#
# openkb-plugin-new against an installed prefix: what it makes in each language builds, passes its
# own tests, is installed and then found by openkb. Control: those tests fail when the plugin does
# something else. What is no name, or exists, is refused and nothing is left. The plugins that
# openkb brings have their manual pages there.
set -eu
cmake=$1 build=$2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
chmod 755 "$scratch"

fail() {
    echo "$*"
    exit 1
}

quietly() {
    "$@" >"$scratch/log" 2>&1 || fail "$*: $(cat "$scratch/log")"
}

prefix=$scratch/prefix
quietly "$cmake" --install "$build" --prefix "$prefix"
PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name openkb-plugin.pc)")
PATH=$prefix/bin:$PATH
export PKG_CONFIG_PATH PATH
plugin_dir=$(pkg-config --variable=plugindir openkb-plugin)
if [ -d "$prefix/share/man/man7" ] && [ -x "$prefix/bin/openkb-plugin-check" ]; then
    for manifest in "$plugin_dir"/*.okbplugin; do
        openkb-plugin-check "$manifest" --only manual >"$scratch/log" || fail "$(cat "$scratch/log")"
        grep -q '^passed *manual' "$scratch/log" || fail "$(cat "$scratch/log")"
    done
fi
mkdir "$scratch/work"
cd "$scratch/work"

make_new() { # LANGUAGE NAME
    quietly openkb-plugin-new "$2" --lang "$1"
    if grep -rn 'SPDX-\|@[A-Z]*@' "$2"; then
        fail "$1: something of the template was left over"
    fi
}

try_cmake() { # LANGUAGE COMPILED SOURCE
    make_new "$1" "my-$1"
    sed -i '1i # [not a group' "my-$1/my-$1.okbplugin.in"
    quietly "$cmake" -S "my-$1" -B "my-$1/build" -DCMAKE_PREFIX_PATH="$prefix" \
        "-D$2_FLAGS=-Werror ${EXAMPLE_FLAGS-}"
    quietly "$cmake" --build "my-$1/build"
    quietly ctest --test-dir "my-$1/build" --output-on-failure
    grep -q 'samples .*Passed' "$scratch/log" || fail "$1: its samples were not tried"
    quietly "$cmake" --install "my-$1/build"
    sed -i 's/heading_begin(md, 1)/heading_begin(md, 2)/' "my-$1/$3"
    quietly "$cmake" --build "my-$1/build"
    if ctest --test-dir "my-$1/build" -R samples >"$scratch/log" 2>&1; then
        fail "$1: control: its tests pass though the plugin writes another heading"
    fi
}

try_rust() {
    cargo=/usr/bin/cargo # of Debian, where it is there: the oldest that is promised
    [ -x $cargo ] || cargo=$(command -v cargo) || { echo "rust: skipped, no cargo"; return 0; }
    make_new rust my-rust
    quietly make -C my-rust CARGO="$cargo" RUSTFLAGS='-D warnings' test install
    grep -q 'as expected' "$scratch/log" || fail "rust: its samples were not tried"
    quietly env PATH="${PATH#*:}" make -C my-rust CARGO="$cargo" test
    grep -q 'skipped: openkb' "$scratch/log" || fail "rust: found openkb: $(cat "$scratch/log")"
    sed -i 's/format!("# /format!("## /' my-rust/src/lib.rs
    if make -C my-rust CARGO="$cargo" test >"$scratch/log" 2>&1; then
        fail "rust: control: its tests pass though the plugin writes another heading"
    fi
    grep -q '^+## ' "$scratch/log" || fail "rust: $(cat "$scratch/log")"
}

try_installed() { # LANGUAGE
    sample=my-$1/tests/samples/my-$1.my-$1
    quietly openkb plugins list --plugin-dir "$plugin_dir"
    openkb convert --plugin-dir "$plugin_dir" "$sample" >"$scratch/out" 2>"$scratch/log" ||
        fail "$1: $(cat "$scratch/log")"
    cmp "$scratch/out" "my-$1/tests/samples/my-$1.md"
    sed 's/$/\r/' "$sample" >"$scratch/crlf.my-$1"
    openkb convert --plugin-dir "$plugin_dir" "$scratch/crlf.my-$1" 2>"$scratch/log" |
        cmp - "my-$1/tests/samples/my-$1.md" || fail "$1: other line ends, another text"
    printf '\na *b*\n' >"$scratch/untitled.my-$1"
    openkb convert --plugin-dir "$plugin_dir" "$scratch/untitled.my-$1" >"$scratch/out" 2>"$scratch/log"
    printf '#\n\na \\*b\\*\n' | cmp - "$scratch/out" || fail "$1, no title: $(cat -A "$scratch/out")"
    echo "$1: builds, tests, installs"
}

try_cmake c CMAKE_C plugin.c
try_cmake cpp CMAKE_CXX plugin.cpp
try_rust
for language in c cpp rust; do
    [ ! -d "my-$language" ] || try_installed $language
done

refused() { # EXIT-CODE TEXT ARGUMENT...
    code=0 wanted=$1 text=$2
    shift 2
    openkb-plugin-new "$@" >"$scratch/log" 2>&1 || code=$?
    [ $code = "$wanted" ] || fail "openkb-plugin-new $*: exit $code"
    grep -qF -- "$text" "$scratch/log" || fail "openkb-plugin-new $*: $(cat "$scratch/log")"
}

mkdir empty taken
touch taken/file
ln -s nowhere link
cd empty
for name in Upper 1st -dash a_b 'a b' a/b ../up . a- "$(printf '%040d' 0 | tr 0 a)" 'a
b'; do
    refused 2 "" "$name"
done
refused 2 'openkb brings' pdf
refused 2 'means something' test
refused 2 'c, cpp or rust' fine --lang go
refused 2 'usage:'
refused 2 'one name' one two
[ -z "$(ls -A)" ] || fail "something was left: $(ls -A)"
cd ..
refused 1 'exists' taken
refused 1 'exists' link
[ "$(ls -A taken)" = file ] || fail "an existing directory was changed"
echo "what is no name, or exists, is refused"
