# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# Nothing is left behind on any path: staging, lock, process, zombie, descriptor.
load helper

# Nothing of ours runs, nothing is staged, nothing is locked.
nothing_left() {
    [ -z "$(processes)" ] || { processes; return 1; }
    local left
    left=$(find kb/.openkb/staging -mindepth 1 ! -name .gate ! -path '*/staging/commit' \
        ! -path '*/staging/views' 2>/dev/null) || true
    [ -z "$left" ] || { echo "left in staging: $left"; return 1; }
    flock -n kb/.openkb/ingest.lock true || { echo "the lock is held"; return 1; }
}

# A batch whose last document keeps it waiting.
start_slow_add() {
    for i in $(seq 30); do
        markdown "src/m$i.md" "Number $i."
    done
    actor src/z.actor "actor: sleep"
    start add --jobs 2 --wall 60 src
    wait_until worker_runs
}

worker_runs() {
    processes | grep -qv "^$pid "
}

ends_with() {
    local code=0
    wait "$pid" || code=$?
    [ "$code" = "$1" ] || { echo "ended with $code"; cat add.log; return 1; }
}

@test "after success" {
    markdown src/one.md
    actor src/two.actor "actor: image x"
    ok openkb add src
    nothing_left
}

@test "after failures of every kind" {
    actor src/a.actor "actor: crash"
    actor src/b.actor "actor: sleep"
    actor src/c.actor "actor: fail no"
    markdown src/d.md
    gives 3 openkb add --jobs 4 --wall 1 src
    nothing_left
}

@test "after a conversion without a knowledge base" {
    export TMPDIR=$T/tmp
    mkdir "$TMPDIR"
    page src/one.html
    actor src/bad.actor "actor: crash"
    gives 3 openkb convert src --output-dir out
    [ -z "$(ls -A "$TMPDIR")" ]
    nothing_left
}

@test "after SIGINT: what is ready is in, exit 130" {
    start_slow_add
    sleep 0.5
    kill -INT "$pid"
    ends_with 130
    wait_until nothing_left
    sound
}

@test "after SIGTERM: what is ready is in, exit 143" {
    start_slow_add
    sleep 0.5
    kill -TERM "$pid"
    ends_with 143
    wait_until nothing_left
    sound
}

@test "after SIGKILL: workers end by themselves, the next command clears up" {
    start_slow_add
    kill -KILL "$pid"
    ends_with 137
    wait_until test -z "$(processes)"
    # Control: something was left to clear up.
    [ -n "$(find kb/.openkb/staging -mindepth 1 -name 'batch-*')" ]
    ok openkb recover
    nothing_left
    sound
}

@test "a converting child holds nothing of the knowledge base open but its own directory" {
    start_slow_add
    found=
    for process in $(processes | awk -v owner="$pid" '$1 != owner { print $1 }'); do
        for link in /proc/"$process"/fd/*; do
            target=$(readlink "$link") || continue
            case $target in
            "$T"/kb/.openkb/staging/batch-*/slot-* | "$T"/kb/.openkb/staging/batch-*/raw/*)
                found=$found+ ;;
            "$T"/add.log) ;; # builds with sanitizers leave the worker its stderr
            "$T"/*) echo "$process has $target"; kill -KILL "$pid"; return 1 ;;
            esac
        done
    done
    kill -INT "$pid"
    wait "$pid" || true
    [ -n "$found" ]
}

@test "descriptors and zombies do not gather while documents go by" {
    for i in $(seq 120); do
        markdown "src/m$i.md" "Number $i."
    done
    actor src/y.actor "actor: crash"
    actor src/z.actor "actor: sleep"
    start add --jobs 2 --wall 60 src
    wait_until grep -q 'm99' add.log
    descriptors=$(ls "/proc/$pid/fd" | wc -l)
    zombies=$(ps -o stat= --ppid "$pid" | grep -c '^Z' || true)
    kill -INT "$pid"
    wait "$pid" || true
    echo "$descriptors descriptors, $zombies zombies"
    [ "$descriptors" -lt 48 ]
    [ "$zombies" = 0 ]
}

@test "the worker inherits no descriptor that openkb's caller left open" {
    actor src/z.actor "actor: sleep"
    exec 7<"$T/src/z.actor"
    start add --wall 60 src
    exec 7<&-
    wait_until worker_runs
    sleep 0.3
    held=
    for process in $(processes | awk -v owner="$pid" '$1 != owner { print $1 }'); do
        readlink /proc/"$process"/fd/* | grep -q "$T/src/z.actor" && held=$process
    done
    kill -INT "$pid"
    wait "$pid" || true
    [ -z "$held" ]
}

# One commit fails, once. Alone, each document of that group goes in; those after it go in groups
# again. Groups are counted by their transactions: each begins with a directory of its own.
@test "one group that failed does not make the rest of the run slow" {
    for i in $(seq 400); do
        markdown "src/m$i.md" "Number $i."
    done
    groups() {
        grep -cE 'mkdirat\(.*"[0-9]+-[0-9a-f]{8}"' "$1" || true
    }
    ok traced -e trace=fdatasync,mkdirat -o one.log -e inject=fdatasync:error=EIO:when=1 \
        "$OPENKB" add src
    grep -q INJECTED one.log
    says "400 added"
    sound
    [ "$(groups one.log)" -lt 300 ]
}

@test "what another command removes while add is busy is not taken for unchanged" {
    markdown src/z.md
    ok openkb add src
    sleep 2.1 # stats are trusted after two seconds
    ok openkb add src
    says "1 unchanged"
    actor src/a.actor "actor: sleep"
    start add --jobs 1 --wall 4 src
    wait_until compgen -G "$T/kb/.openkb/staging/batch-*/raw/1"
    ok openkb remove -y z
    wait "$pid" || [ $? = 3 ]
    [ "$(documents)" = z ]
    grep -q "^added *z" add.log
    sound
}

@test "an unchanged tree is not opened file by file, nor asked for file by file" {
    for i in $(seq 200); do
        markdown "src/m$i.md" "Number $i."
    done
    ok openkb add -q src
    sleep 2.1
    ok openkb add -q src
    ok traced -f -o one.log "$OPENKB" add -v src
    says "200 unchanged"
    not grep -q '/m17.md.*O_RDONLY' one.log
    # One look at each file, and less than two calls more.
    [ "$(grep -c 'm17\.md' one.log)" -le 2 ]
    [ "$(wc -l <one.log)" -lt 1400 ]
}
