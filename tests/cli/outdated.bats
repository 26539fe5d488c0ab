# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# A document is outdated when its source, unchanged, would be converted otherwise now.
load helper

# Manifests of plugins that are never loaded: what is claimed, and how strongly.
claims() {
    mkdir -p other
    cp "$OPENKB_BUILD/tests/fixtures/plugins/actor.so" "other/$1.so"
    printf '%s\n' '[OpenKB Plugin]' ManifestVersion=1 "Id=$1" Name=Other Version=1.0 \
        "Module=$1.so" Role=convert Abi=1.0 OutputVersion=1 License=Apache-2.0 '[Match]' \
        "${@:2}" >"other/$1.okbplugin"
}

@test "another OutputVersion: shown by status and list, converted anew by add, once" {
    markdown src/one.md
    markdown src/two.md
    ok openkb add src
    [ "$(outdated)" = "" ]
    ok openkb status
    not grep -q Outdated <<<"$output"
    sql "UPDATE document SET output_version = 0 WHERE name = 'one'"
    [ "$(outdated)" = one ]
    ok openkb status
    prints "Outdated: 1;"
    ok openkb status --json
    prints '"outdated": 1,'
    ok openkb add src
    says "1 updated, 1 unchanged"
    [ "$(outdated)" = "" ]
    ok openkb add src
    says "2 unchanged"
    sound
}

@test "options that were given and are not given now" {
    [ -e "$OPENKB_BUILD/plugins-1/html.so" ] || skip "built without the HTML plugin"
    page src/one.html
    ok openkb add --option html.content=full src
    [ "$(outdated)" = one ]
    ok openkb add --option html.content=full src
    says "1 unchanged"
    ok openkb add src
    says "1 updated"
    [ "$(outdated)" = "" ]
}

@test "a plugin that would be chosen now in place of the one that was" {
    markdown src/one.md
    actor src/two.actor "Text."
    ok openkb add src
    claims better 'Extensions=actor;' Priority=90
    OPENKB_PLUGIN_PATH=$T/other:$OPENKB_PLUGIN_PATH
    [ "$(outdated)" = two ]
    # It cannot be loaded, so the conversion fails; what is in stays as it is.
    before=$(contents kb)
    gives 3 openkb add src
    says "src/two.actor: refused"
    [ "$(contents kb)" = "$before" ]
    # Without it everything is as it was.
    rm other/*
    ok openkb add src
    says "2 unchanged"
    sound
}

@test "a new plugin that would not be chosen changes nothing, and costs one look" {
    need strace
    markdown src/one.md
    actor src/two.actor "Text."
    ok openkb add src
    sleep 2.1 # stats are trusted after two seconds
    ok openkb add src
    claims weaker 'Extensions=actor;unheard-of;' Priority=10
    OPENKB_PLUGIN_PATH=$T/other:$OPENKB_PLUGIN_PATH
    [ "$(outdated)" = "" ]
    ok openkb add -v src
    says "2 unchanged"
    opened() {
        traced -f -e trace=openat,openat2 -o trace.log "$OPENKB" add src 2>/dev/null
        grep -c 'two.actor"' trace.log || true
    }
    [ "$(opened)" = 0 ]
    sound
}

@test "a plugin that declines does not make its documents outdated for ever" {
    actor src/two.actor "Text."
    ok openkb add src
    # As if another had been asked first and had declined.
    claims first 'Extensions=actor;' Priority=90
    OPENKB_PLUGIN_PATH=$T/other:$OPENKB_PLUGIN_PATH
    [ "$(outdated)" = two ]
    choice=$(python3 - kb "$OPENKB" <<'END'
import sqlite3, subprocess, sys
# What a document added now would record.
open("src/new.md", "w").write("# New\n")
subprocess.run([sys.argv[2], "add", "-q", "src/new.md"], check=True)
database = sqlite3.connect(sys.argv[1] + "/.openkb/openkb.db")
print(*database.execute("SELECT choice FROM document WHERE name = 'new'").fetchone())
END
)
    sql "UPDATE document SET choice = '$choice' WHERE name = 'two'"
    [ "$(outdated)" = "" ]
    ok openkb add src
    says "2 unchanged"
}

@test "a document converted by --plugin is converted by the one that fits without it" {
    [ -e "$OPENKB_BUILD/plugins-1/html.so" ] || skip "built without the HTML plugin"
    page src/one.html
    ok openkb add --plugin markdown src/one.html
    [ "$(outdated)" = one ]
    ok openkb add --plugin markdown src/one.html
    says "1 unchanged"
    ok openkb add src
    says "1 updated"
    [ "$(outdated)" = "" ]
    sound
}

@test "the plugin that converted a document is not there any more" {
    actor src/two.actor "Text."
    ok openkb add src
    OPENKB_PLUGIN_PATH=$OPENKB_BUILD/plugins-1
    # Nobody would convert it: it is as new as it can be.
    [ "$(outdated)" = "" ]
    ok openkb add src
    says "skipped 1 that no plugin reads"
    [ "$(count_documents)" = 1 ]
}

@test "a failure is tried again when another plugin may get the file" {
    actor src/bad.actor "actor: fail no wheel"
    gives 1 openkb add src
    gives 1 openkb add src
    says "not tried again"
    claims weaker 'Extensions=actor;' Priority=10
    OPENKB_PLUGIN_PATH=$T/other:$OPENKB_PLUGIN_PATH
    gives 1 openkb add src
    not grep -q "not tried again" <<<"$stderr"
}
