# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# add --prune: what vanished from a directory goes, and nothing else.
load helper

# Three documents below src/docs, one beside it; two of the three lose their source.
three_and_one() {
    markdown src/docs/one.md
    markdown src/docs/two.md
    markdown src/docs/sub/three.md
    markdown src/other/four.md
    ok openkb add src
    rm src/docs/one.md src/docs/sub/three.md
    rmdir src/docs/sub
}

@test "what vanished from the directory is listed and removed, and nothing else" {
    three_and_one
    rm src/other/four.md
    markdown src/other/five.md
    ok openkb add --prune src/docs --yes
    says "remove one ($T/src/docs/one.md is gone)"
    says "remove three ($T/src/docs/sub/three.md is gone)"
    says "2 removed"
    [ "$(documents)" = $'four\ntwo' ]
    [ -z "$(find kb/raw kb/wiki \( -name '*one*' -o -name '*three*' \))" ]
    grep -q 'remove | three' kb/wiki/log.md
    sound
}

@test "without --yes it lists, changes nothing and says so" {
    three_and_one
    before=$(contents kb)
    gives 2 openkb add --prune src/docs
    [ "$output" = "$(printf 'remove\t%s\t%s\t-\n' "$T/src/docs/one.md" one \
        "$T/src/docs/sub/three.md" three)" ]
    says "--prune would remove 2 documents; nothing was changed. --yes does it"
    [ "$(contents kb)" = "$before" ]
    [ "$(count_documents)" = 4 ]
    ok openkb add -n --prune src/docs
    [ "$(wc -l <<<"$output")" = 2 ]
    [ "$(count_documents)" = 4 ]
    # The same without anything to agree to.
    ok openkb add --prune src/other
    says "nothing to do"
}

@test "without --yes nothing is added either" {
    three_and_one
    markdown src/docs/new.md
    gives 2 openkb add src/docs --prune src/docs
    not grep -q new <(documents)
    ok openkb add src/docs --prune src/docs --yes
    [ "$(documents)" = $'four\nnew\ntwo' ]
    sound
}

@test "--json and --jsonl tell what would be and what was done" {
    three_and_one
    gives 2 openkb add --json --prune src/docs
    python3 -c '
import json, sys
said = json.load(sys.stdin)
assert [(i["event"], i["action"], i["document"]) for i in said["items"]] == [
    ("would", "remove", "one"), ("would", "remove", "three")], said
assert said["exit_code"] == 2 and "--yes" in said["error"], said' <<<"$output"
    ok openkb add --jsonl --yes --prune src/docs
    python3 -c '
import json, sys
lines = [json.loads(line) for line in sys.stdin]
assert [(l["event"], l.get("document")) for l in lines[:-1]] == [
    ("removed", "one"), ("removed", "three")], lines
assert lines[-1]["counts"]["removed"] == 2, lines' <<<"$output"
    sound
}

# one_and_its_copy ONE COPY: a source in src/docs and one with its bytes in src/else, added; then the
# first is gone, and src/docs is not empty.
one_and_its_copy() {
    case $1 in
    *.html) page "src/docs/$1" "Same words." ;;
    *) markdown "src/docs/$1" "Same words." ;;
    esac
    mkdir src/else
    cp "src/docs/$1" "src/else/$2"
    ok openkb add src
    rm "src/docs/$1"
    markdown src/docs/stays.md
}

@test "a document whose bytes live on at another path is kept, and that path updates it" {
    one_and_its_copy one.md copy.md
    ok openkb add --prune src/docs --yes
    says "keep one ($T/src/docs/one.md is gone, $T/src/else/copy.md has its bytes)"
    says "1 promoted"
    [ "$(documents)" = one ]
    sound
    ok openkb add src/else
    says "1 unchanged"
    markdown src/else/copy.md "Other words."
    ok openkb add src/else
    says "1 updated"
    grep -q "Other words" kb/wiki/sources/one.md
    [ "$(documents)" = one ]
    sound
}

@test "an heir whose name speaks for another plugin is converted by that" {
    one_and_its_copy one.html copy.actor
    ok openkb add --prune src/docs --yes
    says "1 promoted"
    ok openkb add src/else
    says "1 updated"
    [ "$(documents)" = one ]
    ok openkb list --plugin actor
    prints one
    [ "$(find kb/raw -name 'one.*')" = kb/raw/one.actor ]
    sound
}

@test "an alias whose bytes have changed is no heir" {
    one_and_its_copy one.md copy.md
    markdown src/else/copy.md "Other words."
    ok openkb add --prune src/docs --yes
    says "1 removed"
    [ "$(count_documents)" = 0 ]
    ok openkb add src
    grep -q "Other words" kb/wiki/sources/copy.md
    sound
}

@test "a file that moved keeps its document when it is added and pruned at once" {
    markdown src/old.md "The words."
    markdown src/stays.md
    ok openkb add src
    mv src/old.md src/renamed.md
    ok openkb add src --prune src --yes
    [ "$(documents)" = $'old\nstays' ]
    says "1 promoted"
    ok openkb list --json
    prints "$T/src/renamed.md"
    ok openkb add src --prune src
    says "2 unchanged"
    sound
}

@test "aliases and failures of files that are gone are forgotten" {
    markdown src/one.md "Same."
    cp src/one.md src/two.md
    actor src/bad.actor "actor: fail no wheel"
    gives 3 openkb add src
    rm src/two.md src/bad.actor
    ok openkb status
    prints "Attention: 1 sources failed"
    prints "Other sources with the same bytes: 1"
    ok openkb add --prune src --yes
    says "2 forgotten"
    ok openkb status
    not prints "sources failed" >/dev/null
    prints "Other sources with the same bytes: 0"
    [ "$(documents)" = one ]
    sound
}

@test "a directory that is not there prunes nothing" {
    three_and_one
    rm -r src/docs
    gives 1 openkb add --prune src/docs --yes
    says "src/docs: No such file or directory; nothing was pruned"
    [ "$(count_documents)" = 4 ]
    # Control: the directory above may say so.
    ok openkb add --prune src --yes
    [ "$(documents)" = four ]
}

@test "an empty directory looks like one that is not mounted: nothing is pruned" {
    three_and_one
    rm src/docs/*
    gives 1 openkb add --prune src/docs --yes
    says "it is empty, as if something were not mounted there; nothing was pruned"
    [ "$(count_documents)" = 4 ]
    mkdir src/docs/lost+found
    gives 1 openkb add --prune src/docs --yes
    # One that lies deeper keeps what came from there, and the rest goes.
    rm -r src/docs/lost+found src/other/four.md
    markdown src/other/five.md
    gives 3 openkb add --prune src --yes
    says "$T/src/docs: empty-directory (prune)"
    says "3 sources from there are kept"
    says "1 removed"
    [ "$(documents)" = $'one\nthree\ntwo' ]
    # When it is deleted, they go.
    rmdir src/docs
    ok openkb add --prune src --yes
    [ "$(count_documents)" = 0 ]
    sound
}

@test "an empty directory from which nothing came is none of prune's business" {
    mkdir src/new
    ok openkb add --prune src/new --yes
    says "nothing to do"
}

@test "what cannot be looked at is not gone" {
    need_root
    need setpriv
    three_and_one
    user() {
        gives "$1" setpriv --reuid 65534 --regid 65534 --clear-groups "$OPENKB" "${@:2}"
    }
    mkdir src/secret
    markdown src/secret/five.md
    chown -R 65534:65534 kb src home
    user 0 add src
    rm src/secret/five.md
    echo x >src/secret/other.txt
    chown root src/secret
    chmod 700 src/secret
    user 3 add --prune src --yes
    says "$T/src/secret: unreadable (prune): Permission denied; 1 source from there is kept"
    [ "$(documents)" = $'five\nfour\ntwo' ]
    user 1 add --prune src/secret --yes
    says "src/secret: Permission denied; nothing was pruned"
    [ "$(count_documents)" = 3 ]
    # Control: with the permission it is gone.
    chmod 755 src/secret
    user 0 add --prune src --yes
    [ "$(documents)" = $'four\ntwo' ]
}

@test "a link that leads nowhere keeps what came from behind it" {
    markdown disk/one.md
    markdown stays.md
    ok openkb add disk
    mv disk away
    ln -s "$T/nowhere" disk
    gives 1 openkb add --prune "$T" --yes
    says "$T/disk: unreadable (prune): No such file or directory"
    [ "$(documents)" = one ]
    # Control: without the link it is gone.
    rm disk
    ok openkb add --prune "$T" --yes
    [ "$(count_documents)" = 0 ]
}

@test "a document in place of whose source something else stands is kept" {
    markdown src/one.md
    ok openkb add src
    rm src/one.md
    mkdir src/one.md
    ok openkb add --prune src --yes
    [ "$(documents)" = one ]
}

@test "documents whose source lies in the knowledge base are pruned by that directory" {
    markdown kb/raw/inside.md
    markdown kb/raw/stays.md
    markdown src/docs/outside.md
    ok openkb add kb/raw src
    rm kb/raw/inside.md
    ok openkb add --prune src --yes
    [ "$(count_documents)" = 3 ]
    ok openkb add --prune kb/raw --yes
    [ "$(documents)" = $'outside\nstays' ]
    ok openkb verify
}

@test "what came from standard input has no file that could vanish" {
    openkb add --name piped.md - <<<"# Piped"
    markdown src/one.md
    ok openkb add src
    ok openkb add --prune "$T" --prune / --yes
    [ "$(documents)" = $'one\npiped' ]
}

@test "what a person edited is kept, and told" {
    three_and_one
    echo mine >>kb/wiki/summaries/one.md
    mine=$(sha256sum <kb/wiki/summaries/one.md)
    ok openkb add --prune src/docs --yes
    says "wiki/summaries/one.md"
    says "conflicts"
    find kb/.openkb/conflicts -type f -exec sha256sum {} + | grep -q "${mine%% *}"
    sound
}

@test "a directory whose name begins like another's is another" {
    markdown src/doc/one.md
    markdown src/docs/two.md
    markdown src/doc-old/three.md
    markdown src/doc/stays.md
    ok openkb add src
    rm src/doc/one.md src/docs/two.md src/doc-old/three.md
    ok openkb add --prune src/doc --yes
    [ "$(documents)" = $'stays\nthree\ntwo' ]
}

@test "many go in a few transactions" {
    for i in $(seq 300); do
        markdown "src/m$i.md" "Number $i."
    done
    ok openkb add src
    rm src/m?.md src/m1??.md src/m2??.md
    ok openkb add --prune src --yes
    says "209 removed"
    [ "$(count_documents)" = 91 ]
    sound
}

@test "on a terminal it asks, and no means no" {
    need script
    three_and_one
    run script -qec "$OPENKB add --prune src/docs" /dev/null <<<n
    [[ $output == *"remove 2 documents? [y/N]"* ]]
    [ "$status" = 1 ]
    [ "$(count_documents)" = 4 ]
    # Who is asked sees what it is about, with -q too.
    run script -qec "$OPENKB add -q --prune src/docs" /dev/null <<<n
    [[ $output == *"remove one ($T/src/docs/one.md is gone)"* ]]
    [ "$(count_documents)" = 4 ]
    run script -qec "$OPENKB add --prune src/docs" /dev/null <<<y
    [ "$status" = 0 ]
    [ "$(count_documents)" = 2 ]
}
