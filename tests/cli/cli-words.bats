# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# The command line itself: options, help, lists of files, completion.
load helper

@test "help is data, and the same by three ways" {
    ok openkb add --help
    first=$output
    prints "--jobs"
    ok openkb help add
    [ "$output" = "$first" ]
    ok openkb add -h
    [ "$output" = "$first" ]
    ok openkb --help
    prints "Commands:"
    ok openkb help
    prints "Commands:"
}

@test "common options may stand before the command and after it" {
    markdown src/one.md
    unset OPENKB_DIR
    ok openkb --kb-dir "$T/kb" -q add src
    [ -z "$stderr" ]
    ok openkb list --kb-dir "$T/kb" --json
    prints '"one"'
    ok openkb --json --kb-dir "$T/kb" list
    prints '"one"'
}

@test "values may be attached to short options" {
    markdown src/one.md
    ok openkb add -vj2 src
    ok openkb convert src/one.md -oout.md
    [ -s out.md ]
}

@test "values that are none are usage, and are named" {
    markdown src/one.md
    for bad in --memory=lots --wall=soon --cpu=-1 --lock-timeout=x --jobs=0x --jobs=-1 \
        --jobs=1025 --sandbox=maybe; do
        gives 2 openkb add "$bad" src
    done
    gives 2 openkb add --plugin nobody src
    says nobody
    gives 2 openkb add --option markdown.nonsense=1 src
    # Control: the largest that is one.
    ok openkb add --jobs=1024 src
}

@test "--files-from takes lines, NULs and standard input" {
    markdown src/one.md
    markdown "src/two words.md"
    markdown src/three.md
    printf '%s\n' src/one.md "src/two words.md" >lines
    ok openkb add --files-from lines
    [ "$(count_documents)" = 2 ]
    ok sh -c 'printf "src/three.md\0" | "$1" add --files-from -' sh "$OPENKB"
    [ "$(count_documents)" = 3 ]
    : >empty
    ok openkb add --files-from empty
    gives 1 openkb add --files-from no-such-list
    says no-such-list
}

@test "a long list of files is told apart into unchanged, changed and new" {
    for i in {1..40}; do markdown "src/doc$i.md" "number $i"; done
    ok openkb add src
    sleep 2.1 # until a stat is trusted
    ok openkb add src
    markdown src/doc7.md "number 7 anew"
    for i in {41..43}; do markdown "src/doc$i.md" "number $i"; done
    ln -s doc9.md src/link.md
    for i in 43 42 41 {1..30}; do echo "src/doc$i.md"; done >list
    printf '%s\n' src/link.md src/doc11.md src/gone.md >>list
    gives 3 openkb add --files-from list
    says "3 added, 1 updated, 29 unchanged, 1 failed"
    says "src/gone.md: missing"
    [ "$(count_documents)" = 43 ]
}

@test "standard input is a source with the name it is given" {
    export TMPDIR=$T/tmp
    mkdir "$TMPDIR"
    printf '# From a pipe\n' >pipe
    gives 2 openkb add - <pipe
    says "--name"
    gives 2 openkb add --name x.md src
    gives 2 openkb add --name a/b.md - <pipe
    gives 2 openkb add --name note.md --files-from - - <pipe
    ok openkb add --name note.md - <pipe
    ok openkb show note
    prints "From a pipe"
    ok openkb list
    prints "stdin:note.md"
    ok openkb add --name note.md - <pipe
    says "1 unchanged"
    printf '# Other words\n' >pipe
    ok openkb add --name note.md - <pipe
    says "1 updated"
    [ "$(documents)" = note ]
    ok openkb convert --name x.md - <pipe
    prints "Other words"
    : >pipe
    gives 1 openkb add --name empty.md - <pipe
    says "empty (open)"
    ok openkb verify
    [ -z "$(ls -A "$TMPDIR")" ]
    # Control: that is where it goes.
    TMPDIR=$T/nowhere gives 1 openkb add --name note.md - <pipe
    says "$T/nowhere"
}

@test "--include and --exclude choose what is taken of directories" {
    markdown src/a.md
    markdown src/b.markdown
    markdown src/drafts/c.md
    markdown src/deep/d.md
    ok openkb add -n --include '*.md' --exclude drafts src
    [ "$(cut -f 2 <<<"$output")" = $'src/a.md\nsrc/deep/d.md' ]
    ok openkb add -n --exclude 'deep/*' --exclude '*.markdown' src
    [ "$(cut -f 2 <<<"$output")" = $'src/a.md\nsrc/drafts/c.md' ]
    # What is named itself is taken.
    ok openkb add -n --exclude '*.md' src/a.md
    [ "$(cut -f 2 <<<"$output")" = src/a.md ]
}

@test "-q leaves only failures" {
    markdown src/one.md
    actor src/bad.actor "actor: fail no wheel"
    gives 3 openkb add -q src
    [ "$(wc -l <<<"$stderr")" = 1 ]
    says "no wheel"
    ok openkb add -q src/one.md
    [ -z "$stderr" ]
}

@test "-v names the unchanged too" {
    markdown src/one.md
    ok openkb add src
    ok openkb add src
    [[ $stderr != *"src/one.md"* ]]
    ok openkb add -v src
    says "src/one.md"
}

@test "on a terminal there is a progress line, and NO_COLOR is heeded" {
    command -v script >/dev/null || skip "script is not installed"
    for i in $(seq 20); do
        actor "src/m$i.actor" "Number $i."
    done
    script -qec "$OPENKB add --jobs 1 src" /dev/null </dev/null >seen
    grep -q $'\033\\[K' seen
    grep -q $'\033\\[32madded' seen
    NO_COLOR=1 script -qec "$OPENKB remove -y m1" /dev/null </dev/null >seen
    not grep -q $'\033\\[3' seen
    TERM=dumb script -qec "$OPENKB remove -y m2" /dev/null </dev/null >seen
    not grep -q $'\033\\[3' seen
}

@test "plugins: list, info and explain" {
    ok openkb plugins list
    prints markdown
    prints actor
    ok openkb plugins info markdown
    prints "id: markdown"
    prints "extensions: md markdown mdown mkd"
    prints "priority: 50"
    prints "output version: 1"
    prints "package: openkb-plugin-markdown"
    prints $'limits: memory 1.0\xc2\xa0GiB, output 512.0\xc2\xa0MiB, wall 120000 ms, idle 30000 ms'
    gives 4 openkb plugins info nobody
    markdown src/one.md
    ok openkb plugins explain src/one.md
    prints markdown
    ok openkb plugins explain --plugin actor src/one.md
    prints actor
    printf 'no format at all' >src/x.unheard-of
    gives 4 openkb plugins explain src/x.unheard-of
    gives 2 openkb plugins sing
    gives 1 openkb plugins explain src/not-there
}

@test "a sandbox that is less than full is told at the end" {
    markdown src/one.md
    ok openkb add --sandbox=off src
    says "sandbox: none, as --sandbox=off asked"
    [[ $("$OPENKB" show --json one) == *'"sandbox": "none"'* ]]
    markdown src/two.md
    ok openkb add --sandbox=require src
    [[ $stderr != *sandbox* ]]
}

@test "doctor tells the sandbox level, the plugins and the file system" {
    ok openkb doctor
    grep -qE '^sandbox: (full|reduced|none)$' <<<"$output"
    grep -qE '^plugins: markdown ' <<<"$output"
    prints "knowledge_base: $T/kb"
    prints "file_system: "
    unset OPENKB_DIR
    export TMPDIR=$T/tmp # others use theirs meanwhile
    mkdir "$TMPDIR"
    cd /
    ok openkb doctor
    prints "knowledge_base: none"
    [ -z "$(ls -A "$TMPDIR")" ]
}

@test "completion of bash offers commands, options and documents, and runs nothing" {
    markdown src/one.md
    ok openkb add src
    cat >complete.sh <<'END'
source "$1"
shift
openkb() {
    case $* in
    *list) printf 'NAME  TYPE\none  md\n$(touch pwned)  md\n`touch pwned`  md\ntwo words  md\n' ;;
    esac
}
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_openkb
printf '%s\n' "${COMPREPLY[@]}"
END
    completion=$BATS_TEST_DIRNAME/../../docs/contrib/completions/openkb.bash
    ok bash complete.sh "$completion" openkb re
    [ "$output" = $'recover\nremove' ]
    ok bash complete.sh "$completion" openkb --kb-dir x add --no
    [ "$output" = "--no-third-party-plugins" ]
    ok bash complete.sh "$completion" openkb add --sandbox r
    [ "$output" = "require" ]
    ok bash complete.sh "$completion" openkb show o
    [ "$output" = "one" ]
    ok bash complete.sh "$completion" openkb show ''
    prints 'two\ words'
    prints '\$\(touch\ pwned\)'
    [ ! -e pwned ]
}
