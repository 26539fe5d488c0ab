# shellcheck shell=sh
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# A Debian 12 with nothing on it, in a directory of its own; read with "." after machine.sh. Needs
# root. The directory is gone when the shell ends.

# make_bare_root DIR: debootstrap, from the first Debian mirror that apt uses here.
make_bare_root() {
    # shellcheck disable=SC2016 # apt's own format
    mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 2>/dev/null |
        grep -m1 '/debian/*$' || echo http://deb.debian.org/debian)
    say "A bare Debian 12 in $1, from $mirror"
    debootstrap --variant=minbase bookworm "$1" "$mirror" >"$1.log" 2>&1 ||
        { tail -20 "$1.log"; rm -f "$1.log"; return 1; }
    rm -f "$1.log"
    chmod 755 "$1"
    set_up_apt "$1"
}

# apt there as here: Debian's own sources, and how to reach them.
set_up_apt() {
    : >"$1/etc/apt/sources.list"
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
        if [ -f "$file" ] && grep -q bookworm "$file" && ! grep -qE 'https?://[^ ]*(nodesource|google|docker)' "$file"; then
            cp "$file" "$1/etc/apt/${file#/etc/apt/}"
        fi
    done
    grep -lE '^Acquire' /etc/apt/apt.conf.d/* /etc/apt/apt.conf 2>/dev/null | while read -r file; do
        cp "$file" "$1/etc/apt/apt.conf.d/"
    done
    [ -s "$1/etc/apt/sources.list" ] || [ -n "$(ls "$1/etc/apt/sources.list.d")" ] ||
        echo "deb $mirror bookworm main" >"$1/etc/apt/sources.list"
    cp /etc/resolv.conf "$1/etc/resolv.conf"
}

# in_root DIR USER COMMAND...: as on a machine that has only this; USER is "root" or "user".
in_root() {
    there=$1 who=$2
    shift 2
    mountpoint -q "$there/proc" || mount -t proc proc "$there/proc"
    case $who in
    root) ids=0:0 ;;
    *) ids=1000:1000 ;;
    esac
    chroot --userspec=$ids "$there" /usr/bin/env -i HOME=/root TERM=dumb LC_ALL=C.UTF-8 \
        DEBIAN_FRONTEND=noninteractive PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        ${http_proxy:+http_proxy="$http_proxy"} "$@"
}

remove_root() {
    if mountpoint -q "$1/proc"; then
        umount "$1/proc" || umount -l "$1/proc"
    fi
    rm -rf --one-file-system "$1"
}

# export_source DIR: what git has of this checkout, with what is not committed yet.
export_source() {
    mkdir -p "$1"
    (cd "$OPENKB_SOURCE" && git -c safe.directory='*' ls-files -z -co --exclude-standard |
        xargs -0 sh -c 'for f; do [ -e "$f" ] && printf "%s\0" "$f"; done' sh |
        tar -c --null -T - -f -) | tar -x -C "$1" --no-same-owner
}
