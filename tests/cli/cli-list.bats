# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# list and status: what there is.
load helper

three() {
    markdown src/one.md
    page src/two.html
    actor src/Three.actor "actor: page" "A" "actor: page" "B"
    ok openkb add src
}

field() {
    python3 -c 'import json, sys; print(eval(sys.argv[1], {"d": json.load(sys.stdin)}))' "$1" \
        <<<"$output"
}

@test "list has a line for each document under a head, in order of name" {
    three
    ok openkb list
    [ "$(cut -d' ' -f1 <<<"$output")" = $'NAME\nThree\none\ntwo' ]
    grep -qE '^Three +actor +2 +20[0-9-]+ +/.*/src/Three.actor$' <<<"$output"
}

@test "list of an empty knowledge base says so and prints nothing" {
    ok openkb list
    [ -z "$output" ]
    says "No documents"
}

@test "patterns fit names and file names of sources, in whatever case" {
    three
    ok openkb list 'T*'
    [ "$(tail -n +2 <<<"$output" | cut -d' ' -f1)" = $'Three\ntwo' ]
    ok openkb list '*.HTML'
    [ "$(tail -n +2 <<<"$output" | cut -d' ' -f1)" = two ]
    gives 4 openkb list 'nothing*'
    gives 4 openkb list --json 'nothing*'
    [ "$(field 'd["documents"]')" = "[]" ]
}

@test "--type and --plugin filter" {
    three
    ok openkb list --type md
    [ "$(tail -n +2 <<<"$output" | cut -d' ' -f1)" = one ]
    ok openkb list --plugin actor
    [ "$(tail -n +2 <<<"$output" | cut -d' ' -f1)" = Three ]
}

@test "list --json has what its manual says" {
    three
    ok openkb list --json
    [ "$(field 'sorted(d["documents"][0])')" = "['added', 'name', 'pages', 'plugin', 'sha256', \
'source', 'source_name', 'title', 'type', 'updated']" ]
    [ "$(field 'd["documents"][0]["pages"], d["documents"][1]["pages"]')" = "(2, None)" ]
    [ "$(field 'd["documents"][1]["sha256"]')" = "$(sha256sum <src/one.md | cut -d' ' -f1)" ]
}

@test "the source of a document below the knowledge base is relative" {
    markdown kb/raw/dropped.md
    ok openkb add kb/raw/dropped.md
    ok openkb list --json
    [ "$(field 'd["documents"][0]["source"]')" = raw/dropped.md ]
}

@test "status begins with the path, counts, and is quiet when all is well" {
    three
    ok openkb status
    [ "${lines[0]}" = "Knowledge base: $T/kb" ]
    [ "${lines[1]}" = "Documents: 3 (actor 1, html 1, md 1)" ]
    prints "Pages: 2"
    [[ $output != *Attention* ]]
}

@test "status tells of failures and of what was taken out of the way" {
    markdown src/one.md
    actor src/bad.actor "actor: fail no wheel"
    gives 3 openkb add src
    echo mine >>kb/wiki/sources/one.md
    markdown src/one.md "Other words."
    gives 3 openkb add src
    ok openkb status
    prints "Attention: 1 sources failed"
    prints "conflicts/"
    ok openkb status --json
    [ "$(field 'd["failures"][0]["reason"], len(d["conflicts"])')" = "('malformed', 1)" ]
}

@test "status tells who is changing the knowledge base" {
    ok openkb status --json
    [ "$(field 'd["locked_by"]')" = None ]
    exec 8>>kb/.openkb/ingest.lock
    flock -x 8
    ok openkb status
    prints "Being changed by"
    exec 8>&-
}
