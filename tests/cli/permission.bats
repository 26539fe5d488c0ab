# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# What an ordinary user may not do. Root may do anything, so these run as another user, and each
# test first makes sure that the plain operation fails for that user.
load helper

setup_user() {
    need_root
    need setpriv
    as_user test -x "$OPENKB" || skip "the build tree is not accessible to other users"
    chmod 755 src
    chown -R "$user:$user" kb home
}

@test "a source that may not be read fails alone" {
    setup_user
    markdown src/open.md
    markdown src/closed.md
    chmod 600 src/closed.md
    not as_user cat src/closed.md
    gives 3 as_user "$OPENKB" add src
    says "src/closed.md: unreadable (open): "
    says "ermission denied"
    [ "$(documents)" = open ]
}

@test "a directory that may not be read is told" {
    setup_user
    markdown src/open.md
    markdown src/closed/in.md
    chmod 700 src/closed
    not as_user ls src/closed
    gives 3 as_user "$OPENKB" add src
    says "src/closed: unreadable"
    [ "$(documents)" = open ]
}

@test "a knowledge base that may not be written can be read and says why it does not take more" {
    setup_user
    markdown src/one.md
    markdown src/two.md
    ok as_user "$OPENKB" add src/one.md
    chown -R 0:0 kb
    chmod -R go-w kb
    not as_user touch kb/raw/x
    ok as_user "$OPENKB" list
    prints one
    ok as_user "$OPENKB" show one
    ok as_user "$OPENKB" verify
    gives 1 as_user "$OPENKB" add src/two.md
    says "ermission denied"
    [ "$(documents)" = one ]
}

@test "a target directory that may not be written: told, nothing half done, and its way out" {
    setup_user
    markdown src/one.md
    chown 0:0 kb/wiki/sources
    chmod 755 kb/wiki/sources
    not as_user touch kb/wiki/sources/x
    gives 1 as_user "$OPENKB" add src
    says "wiki/sources"
    chown "$user:$user" kb/wiki/sources
    ok as_user "$OPENKB" add --retry-failed src
    [ "$(documents)" = one ]
    ok as_user "$OPENKB" verify
    sound
}

@test "files are made with the user's umask, replaced ones keep their mode" {
    setup_user
    markdown src/one.md "Old."
    ok as_user sh -c 'umask 027; exec "$0" add src' "$OPENKB"
    [ "$(stat -c %a kb/wiki/sources/one.md)" = 640 ]
    chmod 604 kb/wiki/sources/one.md
    markdown src/one.md "New."
    ok as_user "$OPENKB" add src
    [ "$(stat -c %a kb/wiki/sources/one.md)" = 604 ]
}
