# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# --dry-run tells what would be done, and then that is done; misspelt options are refused.
load helper

# would NAME ARGUMENT...: the lines of a dry run, and afterwards the same as what add did.
plan() {
    ok openkb add -n "$@"
    printf '%s\n' "$output" | cut -f 1,2,3
}

# What add really makes of it, in the form of plan.
done_by() {
    run --separate-stderr openkb add --jsonl "$@"
    python3 -c '
import json, sys
word = {"added": "add", "updated": "update", "duplicate": "duplicate"}
for line in sys.stdin:
    event = json.loads(line)
    if event["event"] in word:
        print(word[event["event"]], event["path"], event["document"], sep="\t")' <<<"$output"
}

@test "each source with what would become of it, its name and its plugin" {
    markdown src/one.md
    actor src/two.actor "Text."
    ok openkb add -n src
    [ "$output" = "$(printf '%s\t%s\t%s\t%s\n' add src/one.md one markdown \
        add src/two.actor two actor)" ]
    says "2 would be done"
    [ "$(count_documents)" = 0 ]
    ok openkb add -n --json src
    prints '"action": "add"'
    prints '"plugin": "actor"'
}

@test "the plan is what add does then: names that collide, duplicates, updates, what is unchanged" {
    markdown src/a/note.md "From a."
    markdown src/b/note.md "From b."
    markdown src/c/Note.md "From c."
    cp src/a/note.md src/d.md
    markdown src/e.md
    before=$(plan src)
    [ "$(wc -l <<<"$before")" = 5 ]
    [ "$(done_by src)" = "$before" ]
    markdown src/a/note.md "New words."
    cp src/e.md src/f.md
    rm src/b/note.md
    touch src/e.md src/d.md
    before=$(plan src)
    [ "$(wc -l <<<"$before")" = 3 ]
    [ "$(done_by src)" = "$before" ]
    before=$(plan --allow-duplicates src/f.md)
    [ "$(done_by --allow-duplicates src/f.md)" = "$before" ]
    [ "$(plan src)" = "" ]
    sound
}

@test "what would fail is told" {
    : >src/empty.md
    echo x >src/x.unheard-of
    markdown src/good.md
    gives 3 openkb add -n src/empty.md src/x.unheard-of src/good.md src/not-there.md
    says "src/empty.md: empty (open)"
    says "src/x.unheard-of: no-plugin (select)"
    says "src/not-there.md: missing (open)"
    prints "good.md"
}

@test "convert --dry-run names the files, and writes none" {
    markdown src/one.md
    actor src/sub/two.actor "Text."
    ok openkb convert -n --output-dir out src
    [ "$output" = "$(printf 'convert\t%s\t%s\t%s\n' src/one.md out/one.md markdown \
        src/sub/two.actor out/sub/two.md actor)" ]
    [ ! -e out ]
    ok openkb convert -n -o two.md src/sub/two.actor
    prints two.md
    [ ! -e two.md ]
    # Control: without it they are written.
    ok openkb convert --output-dir out src
    [ -e out/sub/two.md ]
}

@test "an option that no plugin has is refused, and the nearest is named" {
    [ -e "$OPENKB_BUILD/plugins-1/html.so" ] || skip "built without the HTML plugin"
    page src/one.html
    gives 2 openkb add --option nosuch=1 src
    says "--option nosuch=1: no plugin has this option; there are: "
    says "html.content"
    gives 2 openkb add --option contnet=full src
    says "did you mean “content”?"
    gives 2 openkb add --option html.contnet=full src
    says "did you mean “content”?"
    gives 2 openkb convert --option htm.content=full src/one.html
    says "there is no plugin “htm”"
    gives 2 openkb add --option content=most src
    says "not one of auto, main, full"
    gives 2 openkb add --plugin markdown --option content=full src
    says "no plugin has this option"
    gives 2 openkb add --option content src
    [ "$(count_documents)" = 0 ]
    # Control: what there is, is taken.
    ok openkb add --option content=full src
    [ "$(count_documents)" = 1 ]
}
