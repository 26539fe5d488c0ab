# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# stdout is data, stderr is talk; JSON parses; hostile names are harmless on a terminal.
load helper

is_json() {
    python3 -c 'import json, sys; json.load(sys.stdin)' <<<"$output" || { echo "$output"; return 1; }
}

are_json_lines() {
    python3 -c 'import json, sys
lines = [json.loads(line) for line in sys.stdin]
assert lines' <<<"$output" || { echo "$output"; return 1; }
}

# No control character but newline and tab.
is_harmless() {
    ! LC_ALL=C grep -qP '[\x00-\x08\x0b-\x1f\x7f]' <<<"$1" || { printf '%q\n' "$1"; return 1; }
}

@test "--json of every command that reports is one JSON value, and all of stdout" {
    markdown src/one.md
    actor src/bad.actor "actor: crash"
    gives 3 openkb add --json src
    is_json
    gives 3 openkb add --json src
    is_json
    ok openkb list --json
    is_json
    ok openkb show --json one
    is_json
    ok openkb verify --json
    is_json
    ok openkb recover --json
    is_json
    ok openkb version --json
    is_json
    ok openkb remove --json -y one
    is_json
    ok openkb list --json
    is_json
}

@test "--json of verify with findings parses too" {
    markdown src/one.md
    ok openkb add src
    echo more >>kb/raw/one.md
    gives 5 openkb verify --json
    is_json
}

@test "--jsonl of add is one event a line" {
    markdown src/one.md
    markdown src/two.md
    actor src/bad.actor "actor: crash"
    gives 3 openkb add --jsonl src
    are_json_lines
    grep -q '"event":"added"' <<<"$output"
    grep -q '"event":"failed"' <<<"$output"
}

@test "talk goes to stderr: add prints nothing on stdout" {
    markdown src/one.md
    ok openkb add src
    [ -z "$output" ]
    [ -n "$stderr" ]
}

@test "without a terminal there is neither colour nor a progress line" {
    for i in $(seq 10); do
        markdown "src/m$i.md" "$i"
    done
    ok openkb add src
    is_harmless "$stderr"
}

@test "control characters in names are escaped on output and intact in JSON" {
    name=$'evil\x1b[31m\nname\x07'
    markdown "src/$name.md" "Fine text."
    actor "src/${name}2.actor" "actor: fail because"
    gives 3 openkb add src
    is_harmless "$stderr"
    ok openkb list
    is_harmless "$output"
    [ "$(wc -l <<<"$output")" -le 2 ]
    ok openkb list --json
    is_json
    python3 - "$T/src/$name.md" <<END
import json, sys
rows = json.loads(r'''$output''')["documents"]
assert rows[0]["source"] == sys.argv[1], rows[0]["source"]
END
}

@test "a name that is not UTF-8 does no harm" {
    name=$'latin\xe9'
    markdown "src/$name.md" "Fine text."
    ok openkb add src
    [ "$(count_documents)" = 1 ]
    ok openkb list --json
    is_json
    sound --ignore I2
}

@test "what a plugin says cannot move the terminal's cursor, and can still be read" {
    actor src/reason.actor $'actor: fail plain\x1b]0;owned\x07'
    actor src/title.actor $'actor: title plain\x1b]0;owned\x07'
    gives 1 openkb add src
    says "]0;owned"
    says "title.actor: misuse"
    is_harmless "$stderr"
    # Control: the bytes that would do it are seen.
    not is_harmless "$(cat src/reason.actor)" >/dev/null
}

@test "a name of 255 bytes goes in" {
    name=$(printf 'n%.0s' $(seq 252)).md
    markdown "src/$name"
    ok openkb add src
    [ "$(count_documents)" = 1 ]
    sound
}

@test "a batch ends with one summary, and a line for each failure" {
    markdown src/one.md
    actor src/bad.actor "actor: crash"
    actor src/worse.actor "actor: fail no wheel"
    gives 3 openkb add src
    [ "$(grep -c "no wheel" <<<"$stderr")" = 1 ]
    tail -n 4 <<<"$stderr" | grep -q "1 added, 2 failed"
}
