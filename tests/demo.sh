#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# From a bare checkout to a knowledge base: installs what is needed, builds, installs into a
# prefix, makes a knowledge base, adds real PDF, HTML and Markdown documents that Debian packages
# bring and our own documentation, and shows what became of them. Run as root or with sudo.
. "$(dirname -- "$0")/machine.sh"
work=$OPENKB_WORK/demo
mkdir -p "$work"

# shellcheck disable=SC2086 # a list
install_packages $BUILD_PACKAGES

say "Building and installing into $work/prefix"
configure_and_build "$work/objects" -DCMAKE_BUILD_TYPE=Release -DBUILD_TESTING=OFF \
    -DCMAKE_INSTALL_PREFIX="$work/prefix"
cmake --install "$work/objects" >/dev/null
PATH=$work/prefix/bin:$PATH
openkb version

say "Fetching documents: $DOCUMENT_PACKAGES"
# shellcheck disable=SC2086 # a list
fetch_packages "$work/packages" $DOCUMENT_PACKAGES
documents=$work/documents
rm -rf "$documents"
mkdir "$documents"
cp -r "$work/packages/debian-policy/usr/share/doc/debian-policy" "$documents/debian-policy"
cp -r "$work/packages/developers-reference/usr/share/developers-reference" "$documents/"
mkdir "$documents/nodejs"
cp "$work/packages/nodejs-doc/usr/share/doc/nodejs/api/"*.md.gz "$documents/nodejs"
find "$documents" -name '*.pdf.gz' -exec gunzip {} + -o -name '*.md.gz' -exec gunzip {} +
mkdir "$documents/openkb"
cp "$OPENKB_SOURCE/README.md" "$OPENKB_SOURCE/docs/"*.md "$documents/openkb"

say "Making a knowledge base and adding $documents"
rm -rf "$work/kb"
openkb init "$work/kb"
OPENKB_DIR=$work/kb
export OPENKB_DIR
openkb add "$documents"

say "What is in it"
openkb list
say "One converted document: openkb show developers-reference"
openkb show developers-reference >"$work/shown.md"
sed -n '1,40p' "$work/shown.md"
say "Every byte against the registry"
openkb verify

cat <<END

The knowledge base is $work/kb
To go on with it:
    export PATH=$work/prefix/bin:\$PATH OPENKB_DIR=$work/kb
    openkb list
END
