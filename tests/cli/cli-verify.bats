# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# verify: every fault planted is found, and nothing else.
load helper

setup_kb() {
    markdown src/one.md
    markdown src/two.md
    actor src/pic.actor "actor: image dot"
    ok openkb add src
    ok openkb verify
    [ -z "$output" ]
}

# finds PROBLEM PATH: the only finding.
finds() {
    gives 5 openkb verify
    [ "$(cut -f1,2 <<<"$output")" = "$1"$'\t'"$2" ] || { echo "$output"; return 1; }
}

@test "a file with other bytes is changed" {
    setup_kb
    printf x >>kb/raw/one.md
    finds changed raw/one.md
}

@test "a flipped byte in an image is found" {
    setup_kb
    image=$(cd kb && find wiki/sources/images -type f)
    printf X | dd of="kb/$image" bs=1 seek=2 conv=notrunc 2>/dev/null
    finds changed "$image"
}

@test "a file that is not there is missing" {
    setup_kb
    rm kb/wiki/summaries/two.md
    finds missing wiki/summaries/two.md
}

@test "a link in place of a file is not followed" {
    setup_kb
    cp kb/raw/one.md elsewhere
    rm kb/raw/one.md
    ln -s "$T/elsewhere" kb/raw/one.md
    finds unreadable raw/one.md
}

@test "a line of the index that is not there, double, or of the wrong kind" {
    setup_kb
    cp kb/wiki/index.md index
    grep -v 'summaries/one' index >kb/wiki/index.md
    finds index wiki/index.md
    sed '/summaries\/one/p' index >kb/wiki/index.md
    finds index wiki/index.md
    sed '/summaries\/one/s/(short)/(pageindex)/' index >kb/wiki/index.md
    finds index wiki/index.md
    cp index kb/wiki/index.md
    ok openkb verify
}

@test "a line of the index for a document that is not there" {
    setup_kb
    sed -i 's/^## Documents.*/&\n- [[summaries\/ghost]] (short)/' kb/wiki/index.md
    finds index wiki/index.md
    # A summary of a person's own may be listed.
    echo mine >kb/wiki/summaries/ghost.md
    ok openkb verify
    says "wiki/summaries/ghost.md"
}

@test "an entry that hashes.json lacks, and a torn hashes.json" {
    setup_kb
    cp kb/.openkb/hashes.json hashes
    python3 -c 'import json, sys
entries = json.load(open("hashes"))
entries.pop(next(k for k in entries if entries[k]["doc_name"] == "two"))
json.dump(entries, open("kb/.openkb/hashes.json", "w"))'
    finds registry .openkb/hashes.json
    head -c 40 hashes >kb/.openkb/hashes.json
    finds registry .openkb/hashes.json
}

@test "files of a person's own are told, and are no findings" {
    setup_kb
    echo mine >kb/raw/mine.bin
    echo mine >kb/wiki/sources/mine.md
    echo mine >kb/wiki/concepts/mine.md
    ok openkb verify
    says "raw/mine.bin"
    says "wiki/sources/mine.md"
    [[ $stderr != *concepts* ]]
}

@test "verify writes nothing" {
    setup_kb
    before=$(find kb -type f ! -name 'openkb.db-*' -print0 | sort -z | xargs -0 sha256sum)
    ok openkb verify
    [ "$(find kb -type f ! -name 'openkb.db-*' -print0 | sort -z | xargs -0 sha256sum)" = "$before" ]
}

@test "it waits for writers, but not for ever" {
    setup_kb
    exec 8>>kb/.openkb/ingest.lock
    flock -x 8
    gives 11 openkb verify --lock-timeout 0.2
    exec 8>&-
    ok openkb verify --lock-timeout 0.2
}

@test "while documents are added and removed it finds nothing" {
    for i in $(seq 60); do
        markdown "src/m$i.md" "Number $i."
    done
    ok openkb add src/m1.md
    "$OPENKB" add src 2>add.log 3>&- &
    pid=$!
    for i in 1 2 3 4 5; do
        ok openkb verify
    done
    wait "$pid"
    "$OPENKB" remove -y $(documents) 2>remove.log 3>&- &
    pid=$!
    for i in 1 2 3; do
        ok openkb verify
    done
    wait "$pid"
}

@test "findings as JSON" {
    setup_kb
    rm kb/raw/one.md
    gives 5 openkb verify --json
    [ "$(python3 -c 'import json, sys
d = json.load(sys.stdin)
print(d["documents"], [(f["document"], f["path"], f["problem"]) for f in d["findings"]])' \
        <<<"$output")" = "3 [('one', 'raw/one.md', 'missing')]" ]
}
