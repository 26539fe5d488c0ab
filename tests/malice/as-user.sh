#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# Runs a command as an ordinary user: as nobody when root runs it, as oneself otherwise. Skips
# (77) where nobody cannot reach the build.
[ "$(id -u)" = 0 ] || exec "$@"
as_nobody="setpriv --reuid=65534 --regid=65534 --clear-groups"
$as_nobody test -x "$1" || { echo "as-user: nobody cannot run $1: skipped"; exit 77; }
exec $as_nobody "$@"
