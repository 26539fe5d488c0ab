# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# What every file of these tests loads. OPENKB_BUILD names the build tree.
#
# Each test gets a fresh directory $T with src/ for sources and kb/, a knowledge base that
# `openkb` works on. `run` of bats sets $status, $output (both streams), with --separate-stderr
# also $stderr. `ok CMD...` has to succeed; `gives N CMD...` has to exit with N.
bats_require_minimum_version 1.5.0

find_openkb() {
    local place
    for place in core/cli bin core .; do
        if [ -x "$OPENKB_BUILD/$place/openkb" ]; then
            OPENKB=$OPENKB_BUILD/$place/openkb
        fi
    done
    [ -n "$OPENKB" ]
}

setup() {
    find_openkb
    T=$(mktemp -d "${BATS_TEST_TMPDIR}/t.XXXXXX")
    chmod 755 "$BATS_RUN_TMPDIR" "$BATS_TEST_TMPDIR" "$BATS_TEST_TMPDIR/.." "$T"
    export OPENKB_PLUGIN_PATH=$OPENKB_BUILD/tests/fixtures/plugins:$OPENKB_BUILD/plugins-1
    export HOME=$T/home LC_ALL=C.UTF-8 OPENKB_DIR=$T/kb
    unset XDG_CONFIG_HOME XDG_DATA_HOME
    mkdir "$HOME" "$T/src"
    "$OPENKB" init "$T/kb" 2>/dev/null
    cd "$T" || return 1
}

teardown() {
    cd /
    rm -rf "$T"
}

openkb() {
    "$OPENKB" "$@"
}

# A test of its own for each way not to hold; `run` hides the status from bats otherwise.
gives() {
    local wanted=$1
    shift
    run --separate-stderr "$@"
    if [ "$status" != "$wanted" ]; then
        printf '%s\n' "wanted exit $wanted, got $status: $*" "stdout: $output" "stderr: $stderr"
        return 1
    fi
}

ok() {
    gives 0 "$@"
}

# not CMD...: has to fail. (A bare `! CMD` is no test: bats does not see it fail.)
not() {
    if "$@"; then
        echo "this should fail: $*"
        return 1
    fi
}

# says TEXT: on the standard error of the last command. prints TEXT: on its standard output.
says() {
    [[ $stderr == *"$1"* ]] || { printf 'stderr lacks “%s”:\n%s\n' "$1" "$stderr"; return 1; }
}

prints() {
    [[ $output == *"$1"* ]] || { printf 'stdout lacks “%s”:\n%s\n' "$1" "$output"; return 1; }
}

# markdown FILE [TEXT]: a source. actor FILE LINE...: one for the fixture plugin.
markdown() {
    mkdir -p "$(dirname "$1")"
    printf '# %s\n\n%s\n' "$(basename "$1" .md)" "${2:-Text of $1.}" >"$1"
}

page() {
    [ -e "$OPENKB_BUILD/plugins-1/html.so" ] || skip "built without the HTML plugin"
    mkdir -p "$(dirname "$1")"
    printf '<!DOCTYPE html><title>%s</title><h1>%s</h1><p>%s</p>\n' \
        "$(basename "$1")" "$(basename "$1" .html)" "${2:-Text of $1.}" >"$1"
}

actor() {
    local file=$1
    shift
    mkdir -p "$(dirname "$file")"
    printf '%s\n' "$@" >"$file"
}

# names_of [OPTION...]: the names that list prints, a line each. A list that fails is no empty one.
names_of() {
    local list
    list=$(openkb list "$@" --json) || {
        echo "openkb list $* failed"
        return 1
    }
    python3 -c '
import json, sys
for row in json.load(sys.stdin)["documents"]:
    print(row["name"])' <<<"$list" || echo "openkb list $* is no JSON"
}

documents() {
    names_of
}

count_documents() {
    local names
    names=$(documents) || {
        echo "$names"
        return 1
    }
    grep -c . <<<"$names" || true
}

# outdated: the names of outdated documents, on one line.
outdated() {
    names_of --outdated | paste -sd ' '
}

# sql STATEMENT: on the registry.
sql() {
    python3 -c '
import sqlite3, sys
database = sqlite3.connect(sys.argv[1])
database.execute(sys.argv[2])
database.commit()' kb/.openkb/openkb.db "$1"
}

# The checker of tests/crash has nothing to say about the knowledge base.
sound() {
    python3 "$BATS_TEST_DIRNAME/../crash/checker.py" "$T/kb" "$@"
}

# A digest of every name and byte of raw/ and wiki/ but for log.md.
contents() {
    (cd "$1" && find raw wiki -type f ! -path wiki/log.md -print0 | LC_ALL=C sort -z |
        xargs -0 sha256sum && find raw wiki -type d | LC_ALL=C sort) | sha256sum
}

# Starts openkb in the background as $pid, talking to add.log. A shell makes such programs ignore
# SIGINT; here it is the test's way to stop them.
start() {
    env --default-signal=INT,QUIT "$OPENKB" "$@" 2>add.log 3>&- &
    pid=$!
}

need() {
    local tool
    for tool; do
        command -v "$tool" >/dev/null || skip "$tool is not installed"
    done
}

need_root() {
    [ "$(id -u)" = 0 ] || skip "needs root"
}

# as_user CMD...: as an ordinary user, for root may do anything.
user=65534

as_user() {
    setpriv --reuid="$user" --regid="$user" --clear-groups "$@"
}

# LeakSanitizer and strace both want to be the tracer. The test says `need strace` itself: within
# `run` it would skip nothing.
traced() {
    ASAN_OPTIONS=detect_leaks=0 strace -qq "$@"
}

# Whoever works on something below $T, openkb and its workers: their numbers.
processes() {
    local process
    find /proc -mindepth 2 -maxdepth 2 -path '/proc/[0-9]*/exe' \
        \( -lname "$OPENKB" -o -lname '*/openkb-worker' \) 2>/dev/null |
        while read -r process; do
            process=${process%/exe}
            if readlink "$process"/fd/* "$process/cwd" 2>/dev/null | grep -qF "$T" ||
                cat "$process/cmdline" 2>/dev/null | tr '\0' ' ' | grep -qF "$T"; then
                echo "${process#/proc/}"
            fi
        done
}

# A source with this text is copied and its document not done.
is_being_converted() {
    grep -qs "$1" kb/.openkb/staging/batch-*/raw/*
}

# The program that `start` started says that it waits: between its tries it holds nothing.
waits_for_the_lock() {
    grep -q "waiting for its turns" add.log
}

# wait_until CMD...: within 20 seconds.
wait_until() {
    local i
    for ((i = 0; i < 400; i++)); do
        "$@" && return 0
        sleep 0.05
    done
    echo "waited in vain for: $*"
    return 1
}
