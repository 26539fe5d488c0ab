# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# A plugin or a document can at worst fail its own document.
load helper

neighbours() {
    markdown src/before.md
    markdown src/later.md
    actor src/good.actor "# Good"
}

@test "a plugin that crashes costs one document, and the signal is named" {
    neighbours
    actor src/bad.actor "actor: crash"
    gives 3 openkb add --jobs 2 src
    says "bad.actor"
    says "crashed"
    [ "$(documents)" = $'before\ngood\nlater' ]
    sound
}

@test "a plugin that sleeps costs one document when its time is up" {
    neighbours
    actor src/bad.actor "actor: sleep"
    gives 3 openkb add --wall 1 src
    says "timeout"
    [ "$(documents)" = $'before\ngood\nlater' ]
    sound
}

@test "a plugin that spins is stopped" {
    neighbours
    actor src/bad.actor "actor: spin"
    gives 3 openkb add --cpu 1 --wall 10 src
    says "bad.actor"
    [ "$(documents)" = $'before\ngood\nlater' ]
}

@test "a plugin that eats memory is stopped at its limit" {
    neighbours
    actor src/bad.actor "actor: eat"
    gives 3 openkb add --memory 128M --wall 30 src
    says "bad.actor"
    [ "$(documents)" = $'before\ngood\nlater' ]
}

@test "a plugin that refuses a file gives its reason in the summary" {
    neighbours
    actor src/bad.actor "actor: fail the third wheel is missing"
    gives 3 openkb add src
    says "the third wheel is missing"
    says "malformed"
}

@test "many crashes in a row leave the rest of the batch whole" {
    for i in $(seq 12); do
        actor "src/bad$i.actor" "actor: crash" "$i"
        markdown "src/good$i.md" "Good $i."
    done
    gives 3 openkb add --jobs 2 src
    [ "$(count_documents)" = 12 ]
    sound
}

@test "a verdict about the bytes is remembered; new bytes and --retry-failed try again" {
    actor src/bad.actor "actor: fail first"
    gives 1 openkb add src
    gives 1 openkb add src
    says "not tried again"
    gives 1 openkb add --retry-failed src
    [[ $stderr != *"not tried again"* ]]
    actor src/bad.actor "# Repaired"
    ok openkb add src
    [ "$(documents)" = bad ]
}

@test "a damaged or encrypted file of a shipped format fails with a reason" {
    [ -e "$OPENKB_BUILD/plugins-1/pdf.so" ] || skip "built without the PDF plugin"
    printf '%%PDF-1.7\nthis is no PDF\n' >src/broken.pdf
    gives 1 openkb add src
    says "broken.pdf"
    says "malformed"
}

@test "a leak in a plugin is reported by a build with sanitizers" {
    grep -q '^OPENKB_SANITIZE:BOOL=ON' "$OPENKB_BUILD/CMakeCache.txt" ||
        skip "only in builds with sanitizers"
    actor src/leak.actor "actor: leak"
    run --separate-stderr "$OPENKB" add -v src
    says "4242"
}
