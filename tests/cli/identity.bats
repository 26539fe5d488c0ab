# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# What docs/documents.md says: when two sources are one document, what happens when a file changes,
# and what is tried again.
load helper

# remembered: the last failure was not tried again. tried: it was.
remembered() {
    says "[as before; not tried again]"
}

tried() {
    not grep -q "not tried again" <<<"$stderr"
}

# ---- Names and duplicates

@test "a name is the file's, cleaned; one that is taken gets eight digits of its path's digest" {
    markdown "src/My report, v2 (final).md"
    markdown src/a/notes.md
    markdown src/b/notes.md
    ok openkb add src
    digits=$(printf %s "$T/src/b/notes.md" | sha256sum | cut -c1-8)
    [ "$(documents)" = "$(printf '%s\n' My-report-v2-final- notes "notes-$digits" |
        sed 's/-$//')" ]
    sound
}

@test "a document keeps its name when the one it collided with goes" {
    markdown src/a/notes.md
    markdown src/b/notes.md
    ok openkb add src
    second=$(documents | tail -n 1)
    ok openkb remove -y notes
    markdown src/b/notes.md "New words."
    ok openkb add src/b
    says "1 updated"
    [ "$(documents)" = "$second" ]
    sound
}

@test "the same bytes are one document; the second path is unchanged from then on" {
    markdown src/one.md "Same."
    cp src/one.md src/two.md
    ok openkb add src
    says "src/two.md has the bytes of one"
    ok openkb add src
    says "2 unchanged"
    ok openkb status
    prints "Other sources with the same bytes: 1"
    [ "$(documents)" = one ]
}

@test "a duplicate that gets other bytes becomes a document of its own, and the first stays" {
    markdown src/one.md "Same."
    cp src/one.md src/two.md
    ok openkb add src
    before=$(sha256sum kb/wiki/sources/one.md)
    markdown src/two.md "Different."
    ok openkb add src
    says "1 added, 1 unchanged"
    [ "$(documents)" = $'one\ntwo' ]
    [ "$(sha256sum kb/wiki/sources/one.md)" = "$before" ]
    grep -q Different kb/wiki/sources/two.md
    ok openkb status
    prints "Other sources with the same bytes: 0"
    sound
}

@test "when the first gets other bytes, the duplicate becomes a document of its own" {
    markdown src/one.md "Same."
    cp src/one.md src/two.md
    ok openkb add src
    markdown src/one.md "Different."
    ok openkb add src
    says "1 added, 1 updated"
    grep -q Different kb/wiki/sources/one.md
    grep -q Same kb/wiki/sources/two.md
    sound
}

@test "--allow-duplicates makes two, of a known duplicate too, and they stay two" {
    markdown src/one.md "Same."
    cp src/one.md src/two.md
    ok openkb add src
    [ "$(documents)" = one ]
    ok openkb add --allow-duplicates src
    [ "$(documents)" = $'one\ntwo' ]
    ok openkb add --allow-duplicates src
    says "2 unchanged"
    ok openkb add src
    says "2 unchanged"
    ok openkb status
    prints "Other sources with the same bytes: 0"
    sound
    ok openkb remove -y one
    [ "$(documents)" = two ]
    grep -q Same kb/wiki/sources/two.md
    sound
}

# image FILE RED: one pixel.
image() {
    python3 - "$1" "$2" <<'END'
import struct, sys, zlib
chunk = lambda kind, data: (struct.pack(">I", len(data)) + kind + data
                            + struct.pack(">I", zlib.crc32(kind + data)))
open(sys.argv[1], "wb").write(
    b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
    + chunk(b"IDAT", zlib.compress(bytes([0, int(sys.argv[2]), 0, 0]))) + chunk(b"IEND", b""))
END
}

@test "an image beside the source that changes, goes or comes updates the document" {
    image src/dot.png 1
    markdown src/one.md "![a dot](dot.png)"
    ok openkb add src
    cmp src/dot.png kb/wiki/sources/images/one/*.png
    ok openkb add src
    says "1 unchanged"
    image src/dot.png 255
    ok openkb add src
    says "1 updated"
    cmp src/dot.png kb/wiki/sources/images/one/*.png
    mv src/dot.png dot.png
    ok openkb add src
    says "1 updated"
    [ ! -e kb/wiki/sources/images/one ]
    mv dot.png src/dot.png
    ok openkb add src
    says "1 updated"
    cmp src/dot.png kb/wiki/sources/images/one/*.png
    sound
}

@test "what is deleted or moved stays as it is until --prune" {
    markdown src/one.md "Words."
    ok openkb add src
    mv src/one.md src/moved.md
    ok openkb add src
    says "src/moved.md has the bytes of one"
    [ "$(documents)" = one ]
    rm src/moved.md
    ok openkb add src
    [ "$(documents)" = one ]
    ok openkb show one
    prints Words
}

# ---- What is tried again

@test "a verdict about the bytes is remembered, until bytes, plugin or options change" {
    actor src/bad.actor "actor: fail no wheel"
    gives 1 openkb add src
    tried
    gives 1 openkb add src
    remembered
    # A touched file has the same bytes.
    sleep 0.1
    touch src/bad.actor
    gives 1 openkb add src
    remembered
    # Another version of the plugin.
    sql "UPDATE failure SET plugin_version = '0.9'"
    gives 1 openkb add src
    tried
    gives 1 openkb add src
    remembered
    sql "UPDATE failure SET output_version = 0"
    gives 1 openkb add src
    tried
    sql "UPDATE failure SET options = 'wheels=3'"
    gives 1 openkb add src
    tried
    gives 1 openkb add --retry-failed src
    tried
    # Another plugin, asked for by name, may succeed.
    ok openkb add --plugin markdown src
    [ "$(documents)" = bad ]
}

@test "an empty file is remembered, and taken when it has bytes" {
    : >src/later.md
    gives 1 openkb add src
    gives 1 openkb add src
    remembered
    markdown src/later.md
    ok openkb add src
    [ "$(documents)" = later ]
    ok openkb status
    not grep -q "sources failed" <<<"$output"
}

@test "a crash is believed the second time" {
    actor src/bad.actor "actor: crash"
    gives 1 openkb add src
    gives 1 openkb add src
    tried
    gives 1 openkb add src
    remembered
    gives 1 openkb add --retry-failed src
    tried
    # Other bytes begin anew.
    actor src/bad.actor "Other words." "actor: crash"
    gives 1 openkb add src
    tried
    gives 1 openkb add src
    tried
    gives 1 openkb add src
    remembered
}

@test "a limit is believed the second time" {
    actor src/hot.actor "actor: spin"
    for i in 1 2; do
        gives 1 openkb add --cpu 1 --wall 30 src
        says "limit"
        tried
    done
    gives 1 openkb add --cpu 1 --wall 30 src
    remembered
    gives 1 openkb add --cpu 1 --wall 30 --retry-failed src
    tried
}

@test "a plugin that cannot be loaded is tried each time" {
    mkdir broken
    cp "$OPENKB_BUILD"/tests/fixtures/plugins/actor.okbplugin broken/
    echo "no shared object" >broken/actor.so
    chmod -R go-w broken
    actor src/a.actor "Text."
    for i in 1 2 3; do
        gives 1 openkb add --plugin-dir broken src
        says refused
        tried
    done
    ok openkb add src
    [ "$(documents)" = a ]
}

@test "what failed for lack of time is tried each time" {
    actor src/slow.actor "actor: sleep"
    for i in 1 2 3; do
        gives 1 openkb add --wall 1 src
        says "timeout"
        tried
    done
}

@test "a file that no plugin reads is tried as soon as one does" {
    actor src/two.actor "Text."
    OPENKB_PLUGIN_PATH=$OPENKB_BUILD/plugins-1 gives 1 openkb add src/two.actor
    says no-plugin
    ok openkb add src/two.actor
    [ "$(documents)" = two ]
}

@test "a failed update leaves the document as it was, and is told each time" {
    actor src/good.actor "Words."
    ok openkb add src
    before=$(contents kb)
    actor src/good.actor "actor: fail no wheel"
    gives 1 openkb add src
    gives 1 openkb add src
    remembered
    [ "$(contents kb)" = "$before" ]
    actor src/good.actor "Words."
    ok openkb add src
    says "1 unchanged"
    ok openkb status
    not grep -q "sources failed" <<<"$output"
    sound
}
