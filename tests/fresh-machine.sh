#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# Runs tests/demo.sh on a machine with nothing on it: a Debian 12 that debootstrap makes in a
# temporary directory, so that a package installed here by hand cannot hide a missing one.
# Needs root. Leaves nothing behind.
. "$(dirname -- "$0")/machine.sh"
. "$(dirname -- "$0")/bare-root.sh"
[ "$(id -u)" = 0 ] || { echo "fresh-machine: needs root" >&2; exit 77; }
install_packages debootstrap git

root=$(mktemp -d "${TMPDIR:-/var/tmp}/openkb-fresh.XXXXXX")
trap 'remove_root "$root"' EXIT
trap 'exit 130' INT TERM HUP

make_bare_root "$root"
export_source "$root/openkb"
say "tests/demo.sh on the bare machine"
in_root "$root" root sh /openkb/tests/demo.sh
say "The demonstration works on a bare Debian 12"
