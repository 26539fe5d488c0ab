#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
#   installed.sh CMAKE BUILD-DIRECTORY RUN-PLUGIN [OPENKB]
#
# Installs the SDK into an empty prefix, moves the prefix, and builds its examples against it: with
# CMake, and with nothing but a compiler and pkg-config. Then converts a file with each.
set -eu
cmake=$1 build=$2 run_plugin=$3 openkb=${4-}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

fail() {
    echo "$*"
    exit 1
}

"$cmake" --install "$build" --component plugin-dev --prefix "$scratch/first" >/dev/null
mv "$scratch/first" "$scratch/prefix"
prefix=$scratch/prefix
examples=$prefix/share/doc/openkb-plugin-dev/examples
pc=$(find "$prefix" -name openkb-plugin.pc)
PKG_CONFIG_PATH=$(dirname "$pc")
export PKG_CONFIG_PATH

# pkg-config
[ -z "$(pkg-config --libs-only-l openkb-plugin)" ] || fail "openkb-plugin links something"
[ "$(pkg-config --variable=abi_major openkb-plugin)" = 1 ] || fail "abi_major"
pkg-config --variable=abi_minor openkb-plugin | grep -qx '[0-9]*' || fail "abi_minor"
case $(pkg-config --variable=plugindir openkb-plugin) in
*/openkb/plugins-1) ;;
*) fail "plugindir" ;;
esac
pkg-config --atleast-version=1.0 openkb-plugin || fail "version"

# Examples with CMake, warnings are errors
cp -r "$examples" "$scratch/examples"
for example in "$scratch"/examples/*/; do
    name=$(basename "$example")
    "$cmake" -S "$example" -B "$scratch/build/$name" -DCMAKE_PREFIX_PATH="$prefix" \
        -DCMAKE_INSTALL_PREFIX="$scratch/installed" \
        "-DCMAKE_C_FLAGS=-Wall -Wextra -Werror ${EXAMPLE_FLAGS-}" >"$scratch/log" 2>&1 || fail "$(cat "$scratch/log")"
    "$cmake" --build "$scratch/build/$name" >"$scratch/log" 2>&1 || fail "$(cat "$scratch/log")"
    for module in "$scratch/build/$name"/plugins/*.so; do
        exported=$(nm -D --defined-only "$module" | awk '{ print $3 }')
        [ "$exported" = openkb_plugin_v1 ] || fail "$module exports $exported"
    done
    echo "built $name"
    # a sanitizer's allocator and clock are not the checker's
    [ -z "${EXAMPLE_FLAGS-}" ] || continue
    ctest --test-dir "$scratch/build/$name" --output-on-failure >"$scratch/log" 2>&1 ||
        fail "$(cat "$scratch/log")"
    grep -q 'Test *#1: openkb-plugin-check-.* Passed' "$scratch/log" || fail "$(cat "$scratch/log")"
    echo "checked $name"
done

# The first of them with a compiler alone
cc=${CC:-cc}
# shellcheck disable=SC2046
"$cc" -std=c17 -Wall -Wextra -Werror -shared -fPIC -fvisibility=hidden \
    $(pkg-config --cflags openkb-plugin) -o "$scratch/hello.so" "$scratch/examples/01-hello/hello.c" \
    $(pkg-config --libs openkb-plugin)
echo World >"$scratch/world.hello"
for module in "$scratch/hello.so" "$scratch/build/01-hello/plugins/hello.so"; do
    "$run_plugin" "$module" "$scratch/world.hello" >"$scratch/out" 2>/dev/null
    printf '# Hello\n\nWorld\n' | cmp - "$scratch/out" || fail "$module greets otherwise"
done

# What the others make of their samples
convert() { # EXAMPLE SAMPLE, which has the expected text on standard input
    "$run_plugin" "$scratch/build/$1/plugins/${1#*-}.so" "$2" >"$scratch/out" 2>/dev/null
    cmp - "$scratch/out" || fail "$1 gives: $(cat "$scratch/out")"
}
printf 'a,b\r\n"1|2","x, ""*y*""\nz"\n3,\303\251\n' >"$scratch/t.csv"
convert 02-csv "$scratch/t.csv" <<'END'
|  |  |
| --- | --- |
| a | b |
| 1\|2 | x, "\*y\*"<br>z |
| 3 | é |
END
printf '\211PNG\r\n\032\n' >"$scratch/p.png"
printf 'My # album\np.png\tA [b]\nnone.png\tC\n' >"$scratch/t.album"
convert 03-album "$scratch/t.album" <<'END'
# My # album

![A \[b\]](okb-asset:00000001)

C
END

# As openkb finds it
if [ -n "$openkb" ]; then
    "$openkb" convert --plugin-dir "$scratch/build/01-hello/plugins" "$scratch/world.hello" \
        >"$scratch/out" 2>"$scratch/log" || fail "$(cat "$scratch/log")"
    printf '# Hello\n\nWorld\n' | cmp - "$scratch/out" || fail "openkb greets otherwise"
    "$openkb" convert --plugin-dir "$scratch/build/02-csv/plugins" "$scratch/t.csv" \
        >"$scratch/out" 2>"$scratch/log" || fail "$(cat "$scratch/log")"
    grep -qx '| a | b |' "$scratch/out" || fail "openkb's table: $(cat "$scratch/out")"
fi

# A manifest that openkb would refuse is refused when the build is configured
sed -i 's/^Role=.*/Role=cook/; s/^Id=.*/Id=Hello World/' "$scratch/examples/01-hello/hello.okbplugin.in"
if "$cmake" -S "$scratch/examples/01-hello" -B "$scratch/build/refused" \
    -DCMAKE_PREFIX_PATH="$prefix" >"$scratch/log" 2>&1; then
    fail "a bad manifest was not refused"
fi
grep -q 'Role is not convert' "$scratch/log" || fail "$(cat "$scratch/log")"
grep -q 'Id is not' "$scratch/log" || fail "$(cat "$scratch/log")"

# Another major version is not found
sed -i 's/OpenKBPlugin 1.0/OpenKBPlugin 2.0/' "$scratch/examples/01-hello/CMakeLists.txt"
if "$cmake" -S "$scratch/examples/01-hello" -B "$scratch/build/major" \
    -DCMAKE_PREFIX_PATH="$prefix" >"$scratch/log" 2>&1; then
    fail "ABI 2.0 was found"
fi
grep -q OpenKBPlugin "$scratch/log" || fail "$(cat "$scratch/log")"
