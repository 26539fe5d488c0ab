# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# Exit codes 12 and 13: the machine does not let us, and nothing is lost.
load helper

refused() {
    traced -o /dev/null -e inject=renameat2:error=EACCES "$OPENKB" "$@"
}

@test "12: committed operations that cannot be applied are kept, told, and finished later" {
    need strace
    markdown src/one.md "Text of it."
    gives 12 refused add src
    says "$T/kb/"
    says "Permission denied"
    says 'openkb recover'
    # Readers see the document already.
    ok openkb show one
    prints "Text of it."
    ok openkb status
    prints "Attention: "
    ok openkb verify
    says pending
    # Nothing is built on top.
    gives 12 refused remove -y one
    markdown src/two.md
    gives 12 refused add src
    [ "$(documents)" = one ]
    ok openkb recover
    says "finished"
    ok openkb status
    [[ $output != *Attention* ]]
    [ "$(documents)" = one ]
    sound
}

@test "13: read-only, with what to do; reading works" {
    need_root
    markdown src/one.md
    markdown src/two.md
    ok openkb add src/one.md
    mount --bind kb kb || skip "may not mount"
    if ! mount -o remount,ro,bind kb; then
        umount kb
        skip "may not mount"
    fi
    run --separate-stderr "$OPENKB" add src
    code=$status said=$stderr
    run "$OPENKB" list
    listed=$status
    run "$OPENKB" verify
    verified=$status
    umount kb
    [ "$code" = 13 ]
    [[ $said == *"Read-only file system"*"writable"* ]]
    [ "$listed" = 0 ]
    [ "$verified" = 0 ]
    sound
}
