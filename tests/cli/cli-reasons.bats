# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# Each reason for which a document fails: its name, its stage and what to try stand in the summary.
load helper

# fails REASON STAGE ARGUMENT...: add fails with this, on one line that names the last argument.
fails() {
    local reason=$1 stage=$2 line
    shift 2
    gives 1 openkb add "$@"
    line=$(grep '^failed: ' <<<"$stderr")
    [[ $line == "failed: ${!#}: $reason ($stage)"*"; try: "?* ]] || { echo "$stderr"; return 1; }
}

@test "missing" {
    fails missing open src/nothing.md
}

@test "not-a-file" {
    mkfifo src/pipe.md
    fails not-a-file open src/pipe.md
    fails not-a-file open /dev/null
}

@test "empty" {
    : >src/empty.md
    fails empty open src/empty.md
}

@test "unreadable" {
    markdown src/secret.md
    chmod 000 src/secret.md
    if [ "$(id -u)" = 0 ]; then # who reads everything
        need setpriv
        as_user test -x "$OPENKB" || skip "the build tree is not accessible to other users"
        chmod 755 src
        chown -R "$user:$user" kb home
        openkb() { as_user "$OPENKB" "$@"; }
    fi
    fails unreadable open src/secret.md
}

@test "no-plugin" {
    echo "what is this" >src/x.unheard-of
    fails no-plugin select src/x.unheard-of
}

@test "no-plugin: the one that was asked declined, and is named" {
    actor src/a.actor "actor: decline"
    fails no-plugin select src/a.actor
    says "actor looked into it and declined"
}

@test "malformed" {
    actor src/a.actor "actor: fail no wheel"
    fails malformed convert src/a.actor
    says "no wheel"
}

@test "encrypted" {
    [ -e "$OPENKB_BUILD/plugins-1/pdf.so" ] || skip "built without the PDF plugin"
    need qpdf
    cat >plain.pdf <<'END'
%PDF-1.4
1 0 obj <</Type /Catalog /Pages 2 0 R>> endobj
2 0 obj <</Type /Pages /Kids [3 0 R] /Count 1>> endobj
3 0 obj <</Type /Page /Parent 2 0 R /MediaBox [0 0 99 99]>> endobj
trailer <</Root 1 0 R>>
END
    qpdf --encrypt secret owner 256 -- plain.pdf src/locked.pdf 2>/dev/null || [ $? = 3 ]
    fails encrypted convert src/locked.pdf
}

@test "crashed" {
    actor src/a.actor "actor: crash"
    fails crashed convert src/a.actor
    says "signal"
}

@test "timeout" {
    actor src/a.actor "actor: sleep"
    fails timeout convert --wall 0.5 src/a.actor
}

@test "limit" {
    actor src/a.actor "actor: spin"
    fails limit convert --cpu 1 --wall 30 src/a.actor
}

@test "refused" {
    mkdir broken
    cp "$OPENKB_BUILD"/tests/fixtures/plugins/actor.okbplugin broken/
    echo "no shared object" >broken/actor.so
    chmod -R go-w broken
    actor src/a.actor "Text."
    fails refused convert --plugin-dir broken src/a.actor
}

@test "not-written" {
    actor src/a.actor "Text."
    echo mine >out.md
    gives 1 openkb convert src/a.actor -o out.md
    says "not-written (write)"
    says "--force"
    [ "$(cat out.md)" = mine ]
}

@test "in JSON every failure has its reason, its stage and a hint" {
    : >src/a.md
    actor src/b.actor "actor: crash"
    actor src/c.actor "actor: fail x"
    gives 1 openkb add --json src src/nothing
    python3 - <<END
import json
items = json.loads(r'''$output''')["items"]
assert [i["reason"] for i in items] == ["empty", "crashed", "malformed", "missing"], items
assert all(i["stage"] and i["hint"] for i in items), items
END
}
