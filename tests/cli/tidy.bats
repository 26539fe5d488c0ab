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
    wait_until only_the_slow_one_runs
}

# What start_slow_add began is in, but for z.actor.
only_the_slow_one_runs() {
    [ "$(grep -c '^added' add.log)" = 30 ] && is_being_converted "actor: sleep" && worker_runs
}

worker_runs() {
    processes | grep -qvx "$pid"
}

nobody_works() {
    [ -z "$(processes)" ]
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

# stopped_by SIGNAL CODE
stopped_by() {
    start_slow_add
    kill -s "$1" "$pid"
    ends_with "$2"
    wait_until nothing_left
    [ "$(count_documents)" = 30 ]
    grep -q "30 added, .*interrupted, everything is in order" add.log
    sound
}

@test "after SIGINT: what was done is in, exit 130" {
    stopped_by INT 130
}

# signalled_before_waiting WORD...: SIGINT while the first document is handed to its worker: after the
# look at the flag, before workers are waited for. That wait is then not begun at all.
signalled_before_waiting() {
    need strace
    local code=0
    actor src/a.actor "actor: nap 20000"
    traced -o trace -e trace=sendmsg,poll,ppoll -e inject=sendmsg:signal=INT:when=3 \
        env --default-signal=INT "$OPENKB" "$@" 2>add.log || code=$?
    cat trace
    # Control: it came when the worker had been told.
    grep -q -- '--- SIGINT' trace
    [ "$(sed '/--- SIGINT/q' trace | grep -c '^sendmsg')" = 3 ]
    not grep -E '^ppoll|^poll\(.*\], [0-9]+, -?[1-9]' <(sed '1,/--- SIGINT/d' trace)
    [ "$code" = 130 ]
}

@test "add heeds a signal that comes just before it waits for workers" {
    signalled_before_waiting add src
    nothing_left
    sound
}

@test "convert heeds a signal that comes just before it waits for workers" {
    signalled_before_waiting convert src/a.actor
}

@test "after SIGTERM: what was done is in, exit 143" {
    stopped_by TERM 143
}

@test "after SIGHUP: what was done is in, exit 143" {
    stopped_by HUP 143
}

@test "SIGHUP ends nothing that was started by nohup" {
    for i in 1 2 3; do
        markdown "src/m$i.md" "Number $i."
    done
    actor src/z.actor "actor: nap 3000"
    nohup env --default-signal=INT "$OPENKB" add src 2>add.log 3>&- &
    pid=$!
    wait_until is_being_converted "actor: nap"
    kill -HUP "$pid"
    ends_with 0
    [ "$(count_documents)" = 4 ]
}

# interrupted_in_first_group SIGNAL...: these signals while the first group is being made durable,
# which takes three seconds here. (Each another one: two of a kind that are pending are one.) Sets
# $group, how many documents that group has. Slow looks at files close it before what is behind the
# first document, and is all ready with it, is in.
interrupted_in_first_group() {
    need strace
    actor src/a.actor "actor: nap 1500"
    for i in 1 2 3 4 5 6 7; do
        markdown "src/m$i.md" "Number $i."
    done
    ASAN_OPTIONS=detect_leaks=0 strace -qq -o trace -e trace=fdatasync,newfstatat \
        -e inject=newfstatat:delay_enter=20000 -e inject=fdatasync:delay_enter=3000000:when=1 \
        env --default-signal=INT,TERM,HUP "$OPENKB" add --jobs 2 src 2>add.log 3>&- &
    local tracer=$! code=0 signal
    wait_until grep -qs fdatasync trace
    pid=$(pgrep -P "$tracer")
    group=$(($(compgen -G 'kb/.openkb/staging/commit/*/*' | wc -l) / 3))
    for signal; do
        kill -s "$signal" "$pid"
    done
    wait "$tracer" || code=$?
    echo "group of $group, exit $code"
    [ "$group" -gt 0 ]
    [ "$code" = 130 ] || [ "$code" = 143 ]
}

@test "a second signal ends it after the group in hand" {
    interrupted_in_first_group INT TERM
    [ "$(count_documents)" = "$group" ]
    ok openkb recover
    nothing_left
    sound
}

@test "Control: after one signal what is ready behind that group is committed too" {
    interrupted_in_first_group INT
    [ "$(count_documents)" -gt "$group" ]
    nothing_left
    sound
}

@test "a third signal ends it at once, and the next command clears up" {
    interrupted_in_first_group INT TERM HUP
    [ "$(count_documents)" = 0 ]
    ok openkb recover
    nothing_left
    sound
}

@test "after SIGKILL: workers end by themselves, the next command clears up" {
    start_slow_add
    kill -KILL "$pid"
    ends_with 137
    wait_until nobody_works
    # Control: something was left to clear up.
    [ -n "$(find kb/.openkb/staging -mindepth 1 -name 'batch-*')" ]
    ok openkb recover
    nothing_left
    sound
}

@test "a converting child holds nothing of the knowledge base open but its own directory" {
    start_slow_add
    found=
    for process in $(processes | grep -vx "$pid"); do
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
    [ "$descriptors" -gt 6 ] # its own three, the lock, the registry and a worker's
    [ "$descriptors" -lt 48 ]
    [ "$zombies" = 0 ]
}

@test "the worker inherits no descriptor that openkb's caller left open" {
    actor src/z.actor "actor: sleep"
    exec 7<"$T/src/z.actor"
    start add --wall 60 src
    exec 7<&-
    wait_until is_being_converted "actor: sleep"
    wait_until worker_runs
    # Control: openkb itself has it.
    readlink /proc/"$pid"/fd/* | grep -q "$T/src/z.actor"
    held=
    for process in $(processes | grep -vx "$pid"); do
        readlink /proc/"$process"/fd/* | grep -q "$T/src/z.actor" && held=$process
    done
    kill -INT "$pid"
    wait "$pid" || true
    [ -z "$held" ]
}

@test "a plugin sees two variables of the environment, and can leave no core" {
    actor src/a.actor "actor: surroundings"
    ulimit -Hc unlimited 2>/dev/null && ulimit -Sc unlimited
    SECRET=mine ok openkb add src
    ok openkb show a
    [ "$(grep -v '^$' <<<"$output")" = "$(printf '%s\n' "- environment LC_ALL=C.UTF-8" \
        "- environment TZ=UTC" "- cores of 0 bytes, at most 0")" ]
}

# One commit fails, once. Alone, each document of that group goes in; those after it go in groups
# again. Groups are counted by their transactions: each begins with a directory of its own.
@test "one group that failed does not make the rest of the run slow" {
    need strace
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
    [ "$(groups one.log)" -ge 3 ] # Control: they are seen; one failed, then one by one, then more
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
    need strace
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
    [ "$(grep -c 'm17\.md' one.log)" -ge 1 ]
    [ "$(grep -c 'm17\.md' one.log)" -le 2 ]
    [ "$(wc -l <one.log)" -lt 1400 ]
}

# call_of REGEX CMD...: which openat2() of the command, counted from 1, is the first that REGEX is
# about, in $call.
call_of() {
    local regex=$1
    shift
    traced -o seen -e trace=openat2 "$@" >/dev/null 2>&1 || true
    call=$(grep '^openat2' seen | grep -nm1 -E "$regex" | cut -d: -f1)
    [ -n "$call" ]
}

# without_memory CMD...: the kernel has no memory for that call. Its exit code in $code.
without_memory() {
    code=0
    traced -o seen -e trace=openat2 -e "inject=openat2:error=ENOMEM:when=$call" "$@" 2>said ||
        code=$?
    cat said
    grep -q INJECTED seen
}

@test "a batch that no memory is left to look at is not taken for dead" {
    need strace
    start_slow_add
    wait_until flock -n kb/.openkb/ingest.lock true
    batch=$(compgen -G 'kb/.openkb/staging/batch-*')
    call_of '/alive"' "$OPENKB" recover
    without_memory "$OPENKB" recover
    [ -d "$batch" ]
    kill -INT "$pid"
    ends_with 130
    nothing_left
    sound
}

@test "what a lost registry left is not taken for nothing when no memory is left to look" {
    need strace
    markdown src/one.md
    ok openkb add src
    mkdir -p kb/.openkb/staging/commit/7-00000000
    echo "the only copy" >kb/.openkb/staging/commit/7-00000000/0
    rm kb/.openkb/openkb.db*
    cp -a kb lost
    call_of 'staging/commit"' "$OPENKB" init kb
    grep -rqs "the only copy" kb/.openkb/quarantine # Control: so it is kept when all goes well
    rm -r kb
    mv lost kb
    without_memory "$OPENKB" init kb
    [ "$code" = 1 ]
    grep -q "Cannot allocate memory" said
    ok openkb init kb
    grep -rqs "the only copy" kb/.openkb/quarantine
}
