# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# show in all its forms, and what DOC means.
load helper

@test "DOC is a name, a source's file name or path, or a part that fits one" {
    markdown src/a/report.md "The report."
    markdown src/report-2024.md "The other."
    ok openkb add src
    for doc in report report.md "$T/src/a/report.md"; do
        ok openkb show "$doc"
        prints "The report."
    done
    for doc in report-2024 2024 RT-20; do
        ok openkb show "$doc"
        prints "The other."
    done
}

@test "a part that fits several names them all and shows none" {
    markdown src/report.md
    markdown src/report-2024.md
    ok openkb add src
    gives 4 openkb show repo
    says "report"
    says "report-2024"
    [ -z "$output" ]
}

@test "--page prints one page, and refuses what is none" {
    actor src/p.actor "actor: page" "First page." "actor: page" "Second page."
    markdown src/plain.md
    ok openkb add src
    ok openkb show p
    [ "$(grep -c '^<!-- page [12] -->$' <<<"$output")" = 2 ]
    ok openkb show --page 2 p
    [ "$output" = "Second page." ]
    gives 4 openkb show --page 3 p
    says "2"
    gives 2 openkb show --page 0 p
    gives 4 openkb show --page 1 plain
}

@test "--raw gives the bytes of the source" {
    printf 'bytes\r\n\0of mine' >src/one.actor
    ok openkb add src
    "$OPENKB" show --raw one >bytes
    cmp bytes src/one.actor
}

@test "--summary prints the summary page" {
    markdown src/one.md
    ok openkb add src
    "$OPENKB" show --summary one >summary
    cmp summary kb/wiki/summaries/one.md
}

@test "--json has the record, the artifacts and the text" {
    markdown src/one.md "Text of it."
    ok openkb add src
    ok openkb show --json one
    python3 - <<END
import json
d = json.loads(r'''$output''')
assert "Text of it." in d["text"]
assert [a["kind"] for a in d["artifacts"]].count("raw") == 1
assert d["provenance"]["sandbox"] in ("full", "reduced", "none"), d["provenance"]
assert d["provenance"]["version"]
END
}

@test "forms that exclude each other are usage" {
    gives 2 openkb show --raw --summary x
    gives 2 openkb show --raw --json x
    gives 2 openkb show
    gives 2 openkb show x y
}

@test "on a terminal control characters of a document are made visible" {
    command -v script >/dev/null || skip "script is not installed"
    actor src/c.actor "Text."
    ok openkb add src
    printf 'A \033[31mred\n\ttab\n' >>kb/wiki/sources/c.md
    script -qec "$OPENKB show c" /dev/null </dev/null >seen
    not grep -q $'\033' seen
    grep -qF '\x1b[31mred' seen
    # Control: a pipe gets the bytes.
    "$OPENKB" show c | grep -q $'\033'
}

@test "raw bytes are not for a terminal" {
    command -v script >/dev/null || skip "script is not installed"
    markdown src/one.md
    ok openkb add src
    run script -qec "$OPENKB show --raw one" /dev/null </dev/null
    [ "$status" = 2 ]
}
