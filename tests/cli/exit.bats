# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# Exit codes are a promise to scripts.
load helper

@test "0: done, also when there is nothing to do" {
    markdown src/one.md
    ok openkb add src
    ok openkb add src
    ok openkb verify
    ok openkb recover
}

@test "1: all failed" {
    actor src/a.actor "actor: crash"
    gives 1 openkb add src
}

@test "2: usage, with a word about it" {
    gives 2 openkb
    gives 2 openkb no-such-command
    says "no-such-command"
    gives 2 openkb add
    gives 2 openkb list --no-such-option
    gives 2 openkb add --jobs none src
    gives 2 openkb add --sandbox=sometimes src
}

@test "3: some failed, the rest are in" {
    actor src/a.actor "actor: crash"
    markdown src/b.md
    gives 3 openkb add src
    [ "$(documents)" = b ]
}

@test "4: no such document, and then remove touches nothing" {
    markdown src/one.md
    ok openkb add src
    gives 4 openkb show nothing-like-it
    says "nothing-like-it"
    gives 4 openkb remove -y one nothing-like-it
    [ "$(documents)" = one ]
    gives 4 openkb list 'zzz*'
}

@test "5: verify found something, and says what" {
    markdown src/one.md
    ok openkb add src
    ok openkb verify
    echo more >>kb/wiki/sources/one.md
    gives 5 openkb verify
    [[ "$output$stderr" == *wiki/sources/one.md* ]]
    rm kb/wiki/sources/one.md
    gives 5 openkb verify
    [[ "$output$stderr" == *missing* ]]
}

@test "10: no knowledge base, with what to do" {
    unset OPENKB_DIR
    cd "$T/src"
    gives 10 openkb list
    says "init"
    gives 10 openkb --kb-dir "$T/src" list
    OPENKB_DIR=$T/src gives 10 openkb list
}

@test "11: locked, and the holder is named" {
    markdown src/one.md
    exec 8>>kb/.openkb/ingest.lock
    flock -x 8
    gives 11 openkb add --lock-timeout 0.2 src
    says "ingest.lock"
    exec 8>&-
    ok openkb add --lock-timeout 0.2 src
}

@test "14: made by a newer version, and nothing is touched" {
    markdown src/one.md
    ok openkb add src
    python3 - kb/.openkb/openkb.db <<'END'
import sqlite3, sys
with sqlite3.connect(sys.argv[1]) as database:
    database.execute("PRAGMA user_version = 9999")
END
    before=$(contents kb)
    markdown src/two.md
    gives 14 openkb add src
    gives 14 openkb list
    [ "$(contents kb)" = "$before" ]
}

@test "25: a sandbox is required and there is none" {
    # A seccomp filter of ours that refuses Landlock stands for a kernel without it.
    need strace
    markdown src/one.md
    gives 25 traced -f -o /dev/null -e inject=landlock_create_ruleset:error=ENOSYS \
        "$OPENKB" add --sandbox=require src
    [ "$(count_documents)" = 0 ]
    # Control: without the fault it goes in.
    ok openkb add --sandbox=require src
}

@test "data that cannot be written is a failure" {
    [ -c /dev/full ] || skip "no /dev/full"
    markdown src/one.md
    ok openkb add src
    gives 1 sh -c '"$1" show one >/dev/full' sh "$OPENKB"
    says "cannot write to standard output"
}
