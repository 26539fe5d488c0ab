#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# Runs tests/demo.sh on a machine with nothing on it: a Debian 12 that debootstrap makes in a
# temporary directory, so that a package installed here by hand cannot hide a missing one.
# Needs root. Leaves nothing behind.
. "$(dirname -- "$0")/machine.sh"
[ "$(id -u)" = 0 ] || { echo "fresh-machine: needs root" >&2; exit 77; }
install_packages debootstrap git

root=$(mktemp -d "${TMPDIR:-/var/tmp}/openkb-fresh.XXXXXX")
clean_up() {
    if mountpoint -q "$root/proc"; then
        umount "$root/proc" || umount -l "$root/proc"
    fi
    rm -rf --one-file-system "$root"
}
trap clean_up EXIT
trap 'exit 130' INT TERM HUP

# The first Debian mirror that apt uses here.
mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 2>/dev/null |
    grep -m1 '/debian/*$' || echo http://deb.debian.org/debian)
say "A bare Debian 12 in $root, from $mirror"
debootstrap --variant=minbase bookworm "$root" "$mirror" >"$root.log" 2>&1 ||
    { tail -20 "$root.log"; rm -f "$root.log"; exit 1; }
rm -f "$root.log"

# apt there as here: Debian's own sources, and how to reach them.
: >"$root/etc/apt/sources.list"
for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
    if [ -f "$file" ] && grep -q bookworm "$file" && ! grep -qE 'https?://[^ ]*(nodesource|google|docker)' "$file"; then
        cp "$file" "$root/etc/apt/${file#/etc/apt/}"
    fi
done
grep -lE '^Acquire' /etc/apt/apt.conf.d/* /etc/apt/apt.conf 2>/dev/null | while read -r file; do
    cp "$file" "$root/etc/apt/apt.conf.d/"
done
[ -s "$root/etc/apt/sources.list" ] || [ -n "$(ls "$root/etc/apt/sources.list.d")" ] ||
    echo "deb $mirror bookworm main" >"$root/etc/apt/sources.list"
cp /etc/resolv.conf "$root/etc/resolv.conf"
mount -t proc proc "$root/proc"

# What git has of this checkout, with what is not committed yet.
mkdir "$root/openkb"
(cd "$OPENKB_SOURCE" && git -c safe.directory='*' ls-files -z -co --exclude-standard |
    xargs -0 sh -c 'for f; do [ -e "$f" ] && printf "%s\0" "$f"; done' sh |
    tar -c --null -T - -f -) | tar -x -C "$root/openkb" --no-same-owner

say "tests/demo.sh on the bare machine"
chroot "$root" /usr/bin/env -i HOME=/root TERM=dumb LC_ALL=C.UTF-8 \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    ${http_proxy:+http_proxy="$http_proxy"} sh /openkb/tests/demo.sh
say "The demonstration works on a bare Debian 12"
