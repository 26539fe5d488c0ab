#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
#   packages.sh [ROOT]
#
# Builds the Debian packages twice, in two directories: they must be the same bytes. lintian must
# find no error in them. Then installs them on a machine with nothing on it, ingests documents and
# follows the tutorial; without a plugin's package openkb names it, and with it again the document
# goes in. ROOT is a bare Debian 12 to copy; without it debootstrap makes one. Needs root. Leaves
# nothing behind.
. "$(dirname -- "$0")/machine.sh"
. "$(dirname -- "$0")/bare-root.sh"
[ "$(id -u)" = 0 ] || { echo "packages: needs root" >&2; exit 77; }
# shellcheck disable=SC2086 # lists
install_packages $BUILD_PACKAGES $PACKAGE_PACKAGES git

scratch=$(mktemp -d "${TMPDIR:-/var/tmp}/openkb-packages.XXXXXX")
chmod 755 "$scratch"
root=$scratch/root
trap 'remove_root "$root"; rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM HUP

fail() {
    printf 'packages: %s\n' "$*" >&2
    exit 1
}

# ---- The same bytes wherever they are built ----------------------------------------------

build() { # SOURCE OBJECTS UMASK ZONE
    umask "$3"
    export_source "$1"
    cmake -G Ninja -S "$1" -B "$2" -DCMAKE_BUILD_TYPE=Release -DBUILD_TESTING=OFF \
        -DCMAKE_INSTALL_PREFIX=/usr >"$scratch/log" 2>&1 || fail "$(cat "$scratch/log")"
    ninja -C "$2" --quiet
    umask 022 # cpack puts its own into the packages' frames
    pack "$2" "$4" 1700000000
}

pack() { # OBJECTS ZONE SOURCE_DATE_EPOCH
    (cd "$1" && TZ=$2 SOURCE_DATE_EPOCH=$3 cpack >"$scratch/log" 2>&1) ||
        fail "$(cat "$scratch/log")"
    (cd "$1/packages" && sha256sum -- *.deb) >"$1/sums"
}

say "Building the packages in two directories"
one=$scratch/one/objects
other=$scratch/the-other/source/build/deb
build "$scratch/one/source" "$one" 022 UTC
build "$scratch/the-other/source" "$other" 077 Asia/Tokyo
cat "$one/sums"
[ "$(wc -l <"$one/sums")" = 5 ] || fail "there are not five packages"
cmp "$one/sums" "$other/sums" || fail "the two builds differ: $(diff "$one/sums" "$other/sums")"
pack "$other" UTC 1700000001
if cmp -s "$one/sums" "$other/sums"; then
    fail "control: another SOURCE_DATE_EPOCH gave the same packages"
fi
debs=$one/packages

say "lintian"
lintian --allow-root --fail-on error "$debs"/*.deb || fail "lintian found errors"
dpkg-deb -R "$debs"/openkb_*.deb "$scratch/bad"
rm -r "$scratch/bad/usr/share/doc"
dpkg-deb -b "$scratch/bad" "$scratch/bad.deb" >/dev/null
if lintian --allow-root --fail-on error "$scratch/bad.deb" >/dev/null 2>&1; then
    fail "control: lintian finds no error in a package without copyright and changelog"
fi

# ---- On a machine with nothing on it -----------------------------------------------------

if [ $# -gt 0 ]; then
    cp -a "$1" "$root"
else
    make_bare_root "$root"
fi
mkdir "$root/debs" "$root/home/user"
cp "$debs"/*.deb "$root/debs"
cp "$OPENKB_SOURCE/tests/fuzz/pdf/seeds/text.pdf" "$OPENKB_SOURCE/tests/fuzz/html/seeds/blocks.html" \
    "$OPENKB_SOURCE/README.md" "$root/home/user"
chown -R 1000:1000 "$root/home/user"

apt() {
    in_root "$root" root apt-get -q -y --no-install-recommends -o Dpkg::Use-Pty=0 "$@" \
        >"$scratch/log" 2>&1 || fail "apt-get $*: $(tail -20 "$scratch/log")"
}

deb() { # NAME: its path on that machine
    echo "/debs/$(basename "$debs/$1"_*.deb)"
}

openkb() { # its exit code in $code, what it says in log
    code=0
    in_root "$root" user sh -c 'cd /home/user && HOME=/home/user exec openkb "$@"' sh "$@" \
        >"$scratch/log" 2>&1 || code=$?
}

expect() { # CODE TEXT: of the last openkb
    [ "$code" = "$1" ] || fail "exit $code, not $1: $(cat "$scratch/log")"
    grep -qF -- "$2" "$scratch/log" || fail "no \"$2\" in: $(cat "$scratch/log")"
}

say "Installing them on it"
apt update
apt install "$(deb openkb)" "$(deb openkb-plugin-pdf)" "$(deb openkb-plugin-html)" \
    "$(deb openkb-plugin-markdown)"
openkb init kb
expect 0 ''
openkb --kb-dir kb add text.pdf blocks.html README.md
expect 0 ''
openkb --kb-dir kb list
for document in text blocks README; do
    expect 0 "$document"
done
openkb --kb-dir kb verify
expect 0 ''

say "The tutorial, with the packages alone"
apt install "$(deb openkb-plugin-dev)" gcc cmake make pkg-config
mkdir "$root/empty"
awk -f "$OPENKB_SOURCE/tests/sdk/tutorial.awk" "$OPENKB_SOURCE/docs/first-plugin.md" >"$root/tutorial"
in_root "$root" root sh -c 'cd /empty && exec sh -eu /tutorial' >"$scratch/log" 2>&1 ||
    fail "the tutorial: $(cat "$scratch/log")"

say "Without one of the plugins"
openkb --kb-dir kb remove text
apt remove openkb-plugin-pdf
openkb --kb-dir kb add text.pdf
expect 1 'install openkb-plugin-pdf'
cat "$scratch/log"
apt install "$(deb openkb-plugin-pdf)"
openkb --kb-dir kb add text.pdf
expect 0 ''
openkb --kb-dir kb show text
expect 0 '<!-- page 1 -->'
apt remove openkb
if in_root "$root" root dpkg -s openkb-plugin-pdf 2>/dev/null | grep -q '^Status: install ok installed'; then
    fail "a plugin stays installed without anything that provides its ABI"
fi
say "The packages are reproducible, without errors, and work on a bare Debian 12"
