# shellcheck shell=sh disable=SC2034,SC1091
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# What tests/demo.sh, tests/all.sh and tests/fresh-machine.sh share; read with ".", in a
# POSIX shell. Assumes Debian 12 and root, or sudo.
set -eu

OPENKB_SOURCE=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
# Everything these scripts make is below this directory, which git ignores.
OPENKB_WORK=${OPENKB_WORK:-$OPENKB_SOURCE/build}

BUILD_PACKAGES="gcc libc6-dev cmake ninja-build pkg-config
    libglib2.0-dev libsqlite3-dev nettle-dev libjansson-dev libyaml-dev libseccomp-dev
    libpoppler-glib-dev poppler-data libqpdf-dev libcairo2-dev zlib1g-dev
    libxml2-dev libuchardet-dev libcmark-gfm-dev libcmark-gfm-extensions-dev go-md2man"
TEST_PACKAGES="clang g++ libcmocka-dev bats python3 git strace procps util-linux
    clang-format-14 e2fsprogs xfsprogs btrfs-progs rustc cargo valgrind cmark-gfm qpdf"
PACKAGE_PACKAGES="debootstrap dpkg-dev file lintian"
DOCUMENT_PACKAGES="debian-policy developers-reference nodejs-doc"

say() {
    printf '\n==> %s\n' "$*"
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

is_installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# Installs what is missing of the packages named; asks the network only then.
install_packages() {
    missing=
    for package in "$@"; do
        is_installed "$package" || missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    say "Installing$missing"
    as_root apt-get -q -o DPkg::Lock::Timeout=300 update
    # shellcheck disable=SC2086 # a list
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends \
        -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 install $missing
}

# fetch_packages DIR PACKAGE...: unpacks packages to DIR/PACKAGE without installing them.
fetch_packages() {
    cache=$1
    shift
    mkdir -p "$cache"
    for package in "$@"; do
        [ -d "$cache/$package" ] && continue
        rm -rf "$cache/.download"
        mkdir "$cache/.download"
        (cd "$cache/.download" && apt-get -q download "$package" 2>&1 | grep -v '^W: ') ||
            { as_root apt-get -q update && (cd "$cache/.download" && apt-get -q download "$package"); }
        dpkg -x "$cache/.download/"*.deb "$cache/.download/root"
        mv "$cache/.download/root" "$cache/$package"
    done
    rm -rf "$cache/.download"
}

# configure_and_build DIR OPTION...: a build tree of this checkout.
configure_and_build() {
    tree=$1
    shift
    if command -v ccache >/dev/null; then
        set -- "$@" -DCMAKE_C_COMPILER_LAUNCHER=ccache
    fi
    cmake -G Ninja -S "$OPENKB_SOURCE" -B "$tree" "$@" >"$tree.log" 2>&1 ||
        { cat "$tree.log"; return 1; }
    ninja -C "$tree" --quiet
}
