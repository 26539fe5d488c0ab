# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# remove: whole or not at all.
load helper

@test "several documents go at once, each named once" {
    markdown src/one.md
    markdown src/two.md
    markdown src/three.md
    ok openkb add src
    ok openkb remove -y one two one.md
    [ "$(documents)" = three ]
    [ "$(grep -c '^removed' <<<"$stderr")" = 2 ]
    [ "$(grep -c 'remove | ' kb/wiki/log.md)" = 2 ]
    sound
}

@test "one unknown name and nothing is removed" {
    markdown src/one.md
    markdown src/two.md
    ok openkb add src
    gives 4 openkb remove -y one nothing-like-it
    [ "$(count_documents)" = 2 ]
    sound
}

@test "--dry-run lists the files and changes nothing" {
    markdown src/one.md
    ok openkb add src
    before=$(contents kb)
    ok openkb remove --dry-run one
    [ "$(sort <<<"$output")" = "$(printf 'delete\t%s\n' raw/one.md wiki/sources/one.md \
        wiki/summaries/one.md)" ]
    [ "$(contents kb)" = "$before" ]
    ok openkb remove --dry-run --keep-raw one
    [[ $output != *raw/one.md* ]]
}

@test "what a person edited is kept, and told" {
    markdown src/one.md
    ok openkb add src
    echo mine >>kb/wiki/summaries/one.md
    ok openkb remove -y one
    says "wiki/summaries/one.md"
    says "conflicts"
    sound
}

@test "a document that was removed can be added again" {
    markdown src/one.md
    ok openkb add src
    ok openkb remove -y one
    ok openkb add src
    says added
    [ "$(documents)" = one ]
    sound
}

@test "many go in a few transactions" {
    for i in $(seq 300); do
        markdown "src/m$i.md" "Number $i."
    done
    ok openkb add src
    ok openkb remove -y $(documents)
    [ "$(count_documents)" = 0 ]
    [ -z "$(find kb/raw kb/wiki/sources kb/wiki/summaries -type f)" ]
    sound
}

@test "on a terminal it asks, and no means no" {
    command -v script >/dev/null || skip "script is not installed"
    markdown src/one.md
    ok openkb add src
    run script -qec "$OPENKB remove one" /dev/null <<<n
    [[ $output == *"remove 1 document?"* ]]
    [ "$status" = 1 ]
    [ "$(documents)" = one ]
    run script -qec "$OPENKB remove one" /dev/null <<<y
    [ "$status" = 0 ]
    [ "$(count_documents)" = 0 ]
}
