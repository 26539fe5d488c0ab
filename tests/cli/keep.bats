# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# init, adoption, remove and moving: what is the user's stays the user's.
load helper

@test "init makes the layout; again it changes nothing" {
    ok openkb init new
    for path in raw wiki/sources/images wiki/summaries wiki/index.md wiki/log.md wiki/AGENTS.md \
        .openkb/config.yaml .openkb/hashes.json; do
        [ -e "new/$path" ]
    done
    before=$(contents new)
    ok openkb init new
    [ "$(contents new)" = "$before" ]
}

@test "a knowledge base of Python's is adopted as it is" {
    mkdir -p old/.openkb old/raw old/wiki/sources old/wiki/summaries
    markdown src/legacy.md "From Python."
    cp src/legacy.md old/raw/legacy.md
    cp src/legacy.md old/wiki/sources/legacy.md
    printf -- '---\ndoc_type: short\nfull_text: sources/legacy.md\n---\n\nSummary.\n' \
        >old/wiki/summaries/legacy.md
    printf '# Knowledge Base Index\n\n## Documents\n- [[summaries/legacy]] (short) — A brief.\n\n## Concepts\n' \
        >old/wiki/index.md
    hash=$(sha256sum <src/legacy.md)
    printf '{"%s": {"name": "legacy.md", "doc_name": "legacy", "type": "md", "extra": [1]}}' \
        "${hash%% *}" >old/.openkb/hashes.json
    ok openkb init old
    markdown src/fresh.md
    ok openkb --kb-dir old add src/fresh.md
    ok openkb --kb-dir old list
    prints legacy
    prints fresh
    cmp src/legacy.md old/wiki/sources/legacy.md
    grep -q '^- \[\[summaries/legacy\]\] (short) — A brief.$' old/wiki/index.md
    python3 - old/.openkb/hashes.json "${hash%% *}" <<'END'
import json, sys
entries = json.load(open(sys.argv[1]))
assert entries[sys.argv[2]]["extra"] == [1], entries
assert len(entries) == 2, entries
END
}

@test "remove takes a document out whole and leaves the others" {
    markdown src/one.md
    actor src/two.actor "actor: image x"
    ok openkb add src
    ok openkb remove -y two
    [ "$(documents)" = one ]
    [ -z "$(find kb/raw kb/wiki -name '*two*')" ]
    sound
    ok openkb add src/two.actor
    [ "$(documents)" = $'one\ntwo' ]
    sound
}

@test "remove --keep-raw leaves the original" {
    markdown src/one.md
    ok openkb add src
    ok openkb remove -y --keep-raw one
    cmp src/one.md kb/raw/one.md
    [ "$(count_documents)" = 0 ]
}

@test "remove asks, and without somebody to ask it does nothing" {
    markdown src/one.md
    ok openkb add src
    gives 2 openkb remove one </dev/null
    says "-y"
    [ "$(documents)" = one ]
}

@test "remove never deletes what a person edited or put there" {
    markdown src/one.md
    ok openkb add src
    echo mine >>kb/wiki/summaries/one.md
    mine=$(sha256sum <kb/wiki/summaries/one.md)
    echo by-hand >kb/raw/by-hand.bin
    ok openkb remove -y one
    [ "$(cat kb/raw/by-hand.bin)" = by-hand ]
    find kb/.openkb/conflicts -type f -exec sha256sum {} + | grep -q "${mine%% *}"
}

@test "a knowledge base can be moved" {
    markdown src/one.md
    ok openkb add src
    mv kb elsewhere
    export OPENKB_DIR=$T/elsewhere
    ok openkb show one
    ok openkb verify
    ok openkb add src
    [ "$(count_documents)" = 1 ]
}

@test "links in raw/ or wiki/ lead nothing out of the knowledge base" {
    mkdir outside
    rm -r kb/wiki/summaries
    ln -s "$T/outside" kb/wiki/summaries
    markdown src/one.md
    gives 1 openkb add src
    says "wiki/summaries"
    [ -z "$(ls -A outside)" ]
}

@test "version tells what it is made of, at once" {
    ok openkb version
    prints "openkb"
    unset OPENKB_DIR
    cd /
    ok openkb version
}
