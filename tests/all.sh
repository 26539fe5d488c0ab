#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# tests/demo.sh, then all tests that are not labelled "long", in three builds: gcc release, gcc
# with AddressSanitizer and UndefinedBehaviorSanitizer, clang release. Run as root or with sudo.
# The last line is "N passed, N failed, N skipped"; the exit status tells whether all is well.
. "$(dirname -- "$0")/machine.sh"

sh "$OPENKB_SOURCE/tests/demo.sh"
# shellcheck disable=SC2086 # a list
install_packages $TEST_PACKAGES

results=$OPENKB_WORK/tests
rm -rf "$results"
mkdir -p "$results"

# run_tests NAME OPTION...: one build, its tests, and their counts in $results/NAME.xml. A build
# that fails leaves no counts, which tests/summary.py counts as a failure.
run_tests() {
    name=$1
    shift
    say "$name: building"
    configure_and_build "$OPENKB_WORK/$name" -DOPENKB_WERROR=ON "$@" || return 0
    say "$name: testing"
    # Signals and deadlines meet a machine that others use too: what fails is tried once more, and
    # both attempts are shown.
    ctest --test-dir "$OPENKB_WORK/$name" -LE long -j "$(nproc)" --output-on-failure \
        --repeat until-pass:2 --test-output-size-passed 65536 --output-junit "$results/$name.xml" || true
}

run_tests gcc-release -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_COMPILER=gcc
run_tests gcc-sanitize -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_COMPILER=gcc -DOPENKB_SANITIZE=ON
run_tests clang-release -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_COMPILER=clang

say "Summary"
python3 "$OPENKB_SOURCE/tests/summary.py" "$results/gcc-release.xml" \
    "$results/gcc-sanitize.xml" "$results/clang-release.xml"
