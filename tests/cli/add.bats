# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# What add makes of sources, and what it does when it is given again.
load helper

@test "each source becomes a document with its original, its text and a summary" {
    markdown src/one.md "First text."
    page src/two.html "Second text."
    ok openkb add src
    [ "$(documents)" = $'one\ntwo' ]
    cmp src/one.md kb/raw/one.md
    cmp src/two.html kb/raw/two.html
    grep -q "First text." kb/wiki/sources/one.md
    grep -q "Second text." kb/wiki/sources/two.md
    [ -s kb/wiki/summaries/one.md ]
    grep -q '^- \[\[summaries/two\]\] (short)' kb/wiki/index.md
    sound
}

@test "show prints the text that was converted" {
    page src/two.html "Second text."
    ok openkb add src/two.html
    ok openkb show two
    prints "# two"
    prints "Second text."
}

@test "images of a document are in its directory and linked from its text" {
    actor src/pic.actor "# Pic" "actor: image dot"
    ok openkb add src
    image=$(find kb/wiki/sources/images/pic -type f)
    [ "$(wc -l <<<"$image")" = 1 ]
    grep -qF "](images/pic/$(basename "$image"))" kb/wiki/sources/pic.md
    sound
}

@test "an empty file fails, with its reason, and the rest goes in" {
    : >src/empty.md
    markdown src/full.md
    gives 3 openkb add src
    says "empty.md"
    says "empty"
    [ "$(documents)" = full ]
}

@test "walking skips FIFOs and links and counts them; naming a FIFO fails" {
    markdown src/real.md
    mkfifo src/pipe.md
    ln -s real.md src/link.md
    ok timeout 60 "$OPENKB" add src
    [ "$(documents)" = real ]
    gives 1 timeout 60 "$OPENKB" add src/pipe.md
    says "pipe.md"
}

@test "hidden files are skipped, and so are our own pages when the knowledge base is inside" {
    markdown src/seen.md
    markdown src/.hidden.md
    markdown src/.git/note.md
    export OPENKB_DIR=$T/src/own
    ok openkb init src/own
    markdown src/own/wiki/concepts/page.md
    ok openkb add src
    [ "$(documents)" = seen ]
}

@test "a missing path is told and the others go in" {
    markdown src/there.md
    gives 3 openkb add src/there.md src/not-there.md
    says "not-there.md"
    [ "$(documents)" = there ]
}

@test "with --dry-run nothing changes" {
    markdown src/one.md
    # SQLite notes in its -shm that somebody reads; it is no file of anybody's.
    snapshot() {
        find kb -type f ! -name '*-shm' -print0 | LC_ALL=C sort -z | xargs -0 sha256sum
    }
    snapshot >before
    ok openkb add --dry-run src
    prints "one.md"
    snapshot | diff before -
}

@test "changed bytes at the same path update the document in place" {
    markdown src/one.md "Old words."
    ok openkb add src
    markdown src/one.md "New words, and more."
    ok openkb add src
    [ "$(documents)" = one ]
    grep -q "New words" kb/wiki/sources/one.md
    not grep -q "Old words" kb/wiki/sources/one.md
    sound
}

@test "an update takes away the images that the new version lacks" {
    actor src/pic.actor "actor: image first" "actor: image second"
    ok openkb add src
    [ "$(find kb/wiki/sources/images/pic -type f | wc -l)" = 2 ]
    actor src/pic.actor "actor: image second"
    ok openkb add src
    [ "$(find kb/wiki/sources/images/pic -type f | wc -l)" = 1 ]
    sound
}

@test "the same bytes at another path are one document" {
    markdown src/one.md
    cp src/one.md src/two.md
    ok openkb add src
    says duplicate
    [ "$(count_documents)" = 1 ]
    ok openkb add src
    [ "$(count_documents)" = 1 ]
    sound
}

@test "two sources of one stem get two names" {
    markdown src/a/note.md "From a."
    markdown src/b/note.md "From b."
    ok openkb add src
    [ "$(count_documents)" = 2 ]
    [ "$(documents | sort -u | wc -l)" = 2 ]
    documents | grep -qE '^note-[0-9a-f]{8}$'
    sound
}

@test "names that differ in case only are told apart" {
    markdown src/a/Note.md "From a."
    markdown src/b/note.md "From b."
    ok openkb add src
    [ "$(documents | tr A-Z a-z | sort -u | wc -l)" = 2 ]
    sound
}

@test "two adds of one directory at once: each document once, both exit 0" {
    for i in $(seq 20); do
        markdown "src/m$i.md" "Number $i."
        actor "src/a$i.actor" "Number $i."
    done
    openkb add --jobs 2 src 2>first.log &
    first=$!
    ok openkb add --jobs 2 src
    wait "$first"
    [ "$(count_documents)" = 40 ]
    sound
}

@test "jobs 1, 2 and 8 give the same bytes, whatever order conversions end in" {
    for i in $(seq 24); do
        actor "src/d$((i % 5))/doc$((i / 5)).actor" "# Doc $i" "actor: image i$i" "Text $i."
        markdown "src/d$((i % 5))/doc$((i / 5)).md" "Markdown $i."
    done
    for jobs in 1 2 8; do
        ok openkb init "kb$jobs"
        ok openkb --kb-dir "kb$jobs" add --jobs "$jobs" src
        contents "kb$jobs" >"sum$jobs"
    done
    cmp sum1 sum2
    cmp sum1 sum8
    # Control: the comparison sees one byte.
    file=$(find kb8/wiki/sources -name 'doc*.md' | head -1)
    printf x >>"$file"
    not cmp sum8 <(contents kb8)
}

@test "add again on an unchanged tree opens no source; a changed one is opened" {
    need strace
    for i in $(seq 8); do
        markdown "src/m$i.md" "Number $i."
    done
    ok openkb add src
    # Times within two seconds of our reading are not trusted, by design: be older than that.
    sleep 2.2
    ok openkb add src
    # Only the owner opens sources; a worker of a build with sanitizers cannot be traced.
    ok traced -o trace -e trace=open,openat,openat2 "$OPENKB" add "$T/src"
    not grep -E 'src/m[0-9]+\.md|"m[0-9]+\.md"' trace
    # Control: the same trace shows the one that changed.
    markdown src/m3.md "Number three, rewritten."
    ok traced -o trace -e trace=open,openat,openat2 "$OPENKB" add "$T/src"
    [ "$(grep -oE 'm[0-9]+\.md' trace | sort -u)" = m3.md ]
    ok openkb show m3
    prints rewritten
}

@test "a source rewritten at the same size within one tick of the clock is found" {
    printf '# Tick\n\nfirst.\n' >src/tick.md
    ok openkb add src
    stamp=$(stat -c %y src/tick.md)
    printf '# Tick\n\nothxr.\n' >src/tick.md
    touch -d "$stamp" src/tick.md
    [ "$(stat -c '%s %y' src/tick.md)" = "15 $stamp" ]
    ok openkb add src
    ok openkb show tick
    prints othxr
}

@test "a file that a person edited is moved to conflicts, never overwritten" {
    markdown src/one.md "Old words."
    ok openkb add src
    echo "my own words" >>kb/wiki/sources/one.md
    mine=$(sha256sum <kb/wiki/sources/one.md)
    markdown src/one.md "New words."
    ok openkb add src
    grep -q "New words" kb/wiki/sources/one.md
    [ "$(find kb/.openkb/conflicts -type f -exec sha256sum {} + | grep -c "${mine%% *}")" = 1 ]
    sound
}

@test "what a person wrote into index.md stays byte for byte" {
    printf '# My index\n\nWords of mine.\n\n## Documents\n\nMore words.\n\n## Concepts\n\n- [[concepts/x]]\n' \
        >kb/wiki/index.md
    markdown src/one.md
    ok openkb add src
    grep -v '^- \[\[summaries/' kb/wiki/index.md >rest
    printf '# My index\n\nWords of mine.\n\n## Documents\n\nMore words.\n\n## Concepts\n\n- [[concepts/x]]\n' |
        cmp - rest
}

@test "with few descriptors allowed it runs fewer jobs, and finishes" {
    for n in $(seq 60); do markdown "src/$n.md" "Text $n."; done
    (
        ulimit -n 64
        ok openkb add -j 32 src
    )
    [ "$(openkb list | grep -c "\.md$")" = 60 ]
    sound
}
