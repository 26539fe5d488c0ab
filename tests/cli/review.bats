# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# What once went wrong, or nearly did: each of these was found by trying to break add and convert.
load helper

@test "an image whose name changes in case only: the update ends, and is whole" {
    actor src/p.actor "# P" "actor: image Dot"
    ok openkb add src
    actor src/p.actor "# P" "actor: image dot" "More."
    ok timeout 60 "$OPENKB" add src
    says "1 updated"
    [ "$(find kb/wiki/sources/images/p -type f | wc -l)" = 1 ]
    grep -qF "](images/p/$(basename "$(find kb/wiki/sources/images/p -type f)"))" kb/wiki/sources/p.md
    ok openkb verify
    sound
}

@test "our own raw copies are no sources, however often they change" {
    markdown src/a.md "First."
    ok openkb add src
    ok openkb add kb
    says "1 unchanged"
    markdown src/a.md "Second."
    ok openkb add src kb
    ok openkb add kb src
    [ "$(documents)" = a ]
    [ "$(find kb/raw -type f | wc -l)" = 1 ]
    # Control: what a person drops there is one.
    markdown kb/raw/dropped.md
    ok openkb add kb
    [ "$(documents)" = $'a\ndropped' ]
    sound
}

@test "two files that swap their bytes keep their names" {
    markdown src/a.md "Alpha."
    markdown src/b.md "Beta."
    ok openkb add src
    mv src/a.md x
    mv src/b.md src/a.md
    mv x src/b.md
    ok openkb add src
    [ "$(documents)" = $'a\nb' ]
    grep -q Beta kb/wiki/sources/a.md
    grep -q Alpha kb/wiki/sources/b.md
    ok openkb add src
    says "2 unchanged"
    sound
}

@test "short, long and short again leaves nothing of either version behind" {
    pages() { for i in $(seq "$1"); do printf 'actor: page %s\n%s %s\n' "$i" "$2" "$i"; done; }
    printf 'pageindex_threshold: 20\n' >>kb/.openkb/config.yaml
    actor src/d.actor "Short one." "actor: image one"
    ok openkb add src
    pages 25 Second >src/d.actor
    ok openkb add src
    [ -e kb/wiki/sources/d.json ]
    [ ! -e kb/wiki/sources/d.md ]
    [ ! -e kb/wiki/sources/images/d ]
    actor src/d.actor "Short three." "actor: image three"
    ok openkb add src
    [ ! -e kb/wiki/sources/d.json ]
    grep -q three kb/wiki/sources/d.md
    [ "$(find kb/wiki/sources/images/d -type f | wc -l)" = 1 ]
    ok openkb verify
    sound
}

@test "a file named twice is taken once, and its crash counts once" {
    actor src/c.actor "actor: crash"
    gives 1 openkb add src src/c.actor "$PWD/src"
    says "1 failed"
    gives 1 openkb add src
    not says "--retry-failed"
}

@test "failed files too are opened only once" {
    need strace
    actor src/f.actor "actor: fail malformed"
    gives 1 openkb add src
    sleep 2.2
    gives 1 openkb add src
    gives 1 traced -f -o trace -e trace=open,openat,openat2 "$OPENKB" add src
    says "--retry-failed"
    not grep -F 'f.actor"' trace
    # Control.
    gives 1 traced -f -o trace -e trace=open,openat,openat2 "$OPENKB" add --retry-failed src
    grep -qF 'f.actor"' trace
}

@test "a failure of other bytes does not stick to a file that is itself again" {
    markdown src/i.md "![x](i.png)"
    actor src/d.actor "Good."
    cp -p src/d.actor good
    ok openkb add src
    actor src/d.actor "actor: fail malformed"
    gives 3 openkb add src
    cp -p good src/d.actor
    ok openkb add src
    [ "$(openkb status --json | python3 -c 'import json,sys; print(len(json.load(sys.stdin)["failures"]))')" = 0 ]
}

@test "the siblings of a document are opened only once" {
    need strace
    printf '# A\n\n![x](i.png)\n' >src/a.md
    printf '\x89PNG\r\n\x1a\n123' >src/i.png
    ok openkb add src
    sleep 2.2
    ok openkb add src
    ok traced -f -o trace -e trace=open,openat,openat2 "$OPENKB" add src
    not grep -F 'i.png"' trace
    # Control: one that changed is.
    printf '\x89PNG\r\n\x1a\n456' >src/i.png
    ok traced -o trace -e trace=open,openat,openat2 "$OPENKB" add src
    says "1 updated"
    grep -qF 'i.png"' trace
}

@test "whether an alias becomes a document does not depend on jobs" {
    sums() {
        local jobs=$1 i
        ok openkb init "kb$jobs"
        export OPENKB_DIR=$T/kb$jobs
        for i in $(seq 20); do markdown "src/m$i.md" "Number $i."; done
        markdown src/a.md "Old."
        cp src/a.md src/z.md
        touch -d "1 hour ago" src/*
        sleep 2.2
        ok openkb add --jobs "$jobs" src
        ok openkb add --jobs "$jobs" src
        markdown src/a.md "New."
        for i in $(seq 20); do markdown "src/m$i.md" "Number $i, new."; done
        ok openkb add --jobs "$jobs" src
        documents >"sum$jobs"
        contents "kb$jobs" >>"sum$jobs"
    }
    sums 1
    sums 8
    cmp sum1 sum8
    grep -qx z sum1
}

@test "the bytes of a document are a duplicate, not a failure, for any number of jobs" {
    actor src/a.actor "Text."
    cp src/a.actor src/z.html
    cp src/a.actor src/z.unknown
    for jobs in 1 8; do
        ok openkb init "kb$jobs"
        ok openkb --kb-dir "kb$jobs" add --jobs "$jobs" src/a.actor src/z.html src/z.unknown
        says "1 added, 2 duplicate"
    done
}

@test "a name that is not UTF-8 and a document without a title: the summary is UTF-8" {
    printf 'No heading in here, but text that is long enough.\n' >src/$'caf\xe9.md'
    printf 'No heading in here either, but another text.\n' >src/$'b.\xe9'
    ok openkb add src/$'caf\xe9.md'
    ok openkb add --plugin markdown src/$'b.\xe9'
    for file in kb/wiki/summaries/*.md kb/.openkb/hashes.json kb/wiki/log.md; do
        iconv -f UTF-8 -t UTF-8 "$file" >/dev/null
    done
    ok openkb verify
}

@test "a suffix that does not fit behind the name costs nothing but itself" {
    wide=$(python3 -c 'print("\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}" * 20)')
    markdown "src/$wide.$(printf 's%.0s' $(seq 190))"
    markdown src/z.md
    ok openkb add --plugin markdown src
    [ "$(count_documents)" = 2 ]
    ok openkb verify
    sound
}

@test "a directory in the way of one document costs only that document" {
    mkdir -p kb/raw/b.md/x kb/raw/c.md/x kb/raw/d.md/x
    for name in a b c d e f; do markdown "src/$name.md"; done
    gives 3 openkb add src
    [ "$(documents)" = $'a\ne\nf' ]
    says "b.md"
    sound --ignore I2
}

@test "an update keeps the day on which a document was added" {
    added() { openkb list --json | python3 -c 'import json,sys; print(json.load(sys.stdin)["documents"][0]["added"])'; }
    markdown src/a.md One.
    ok openkb add src
    first=$(added)
    sleep 1.1
    markdown src/a.md Two.
    ok openkb add src
    [ "$(added)" = "$first" ]
}

@test "no descriptor is kept for a document that is in" {
    for i in $(seq 150); do markdown "src/m$i.md" "Number $i."; done
    ok prlimit --nofile=120:120 "$OPENKB" add --jobs 2 src
    [ "$(count_documents)" = 150 ]
}

@test "closed standard streams do not become files of the knowledge base" {
    need strace
    markdown src/a.md
    ok traced -o trace -e trace=openat,openat2,dup,dup2,pipe2,socketpair,memfd_create \
        sh -c "exec \"$OPENKB\" add src <&- >&- 2>&-"
    # The loader may; from the first file of openkb's on nobody may.
    sed -n '/openkb/,$p' trace >after
    grep -q 'kb' after
    not grep -E '(kb|plugin).* = [012]$' after
    [ "$(documents)" = a ]
    ok openkb verify
}

# It looks at the lock and dozes in turn, in ppoll().
dozes() {
    grep -q '^271 ' "/proc/$pid/syscall"
}

@test "waiting for the lock with a limit heeds signals" {
    markdown src/a.md
    exec 8>>kb/.openkb/ingest.lock
    flock -x 8
    # Whoever waits without heeding signals ends by its limit, and with 11.
    start add --lock-timeout 50 src 8>&-
    wait_until dozes
    kill -TERM "$pid"
    status=0
    wait "$pid" || status=$?
    exec 8>&-
    [ "$status" = 143 ]
    [ "$(count_documents)" = 0 ]
}

@test "convert never writes two sources to one file, even with --force" {
    markdown a/x.md "From a."
    markdown b/x.md "From b."
    gives 3 openkb convert --force --output-dir out a/x.md b/x.md
    grep -rq "From a." out
    not grep -rq "From b." out
    markdown src/a.md "From md."
    actor src/a.actor "From actor."
    actor src/a.md.actor "From third."
    ok openkb convert --force --output-dir out2 src
    [ "$(find out2 -type f | wc -l)" = 3 ]
}

@test "convert replaces no device, FIFO or directory, and not its own source" {
    markdown src/a.md
    before=$(sha256sum <src/a.md)
    mkfifo pipe
    mkdir dir
    for place in pipe dir src/a.md; do
        gives 1 openkb convert --force -o "$place" src/a.md
    done
    [ -p pipe ]
    [ -d dir ]
    gives 1 openkb convert --force --output-dir src src
    [ "$(sha256sum <src/a.md)" = "$before" ]
    gives 2 openkb convert --output-dir "" src/a.md
    gives 2 openkb convert -o "" src/a.md
}

@test "an output directory inside the source directory is not converted again" {
    markdown src/a.md
    ok openkb convert --output-dir src/out src
    ok openkb convert --force --output-dir src/out src
    [ "$(find src -type f | wc -l)" = 2 ]
}

@test "convert copes with a name of 255 bytes" {
    markdown "src/$(printf 'x%.0s' $(seq 252)).md"
    ok openkb convert --output-dir out src
    [ "$(ls out | wc -c)" = 256 ]
}
