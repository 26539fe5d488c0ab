# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# Every limit of a conversion, from the manifest, from the user's configuration and from a flag:
# each ends in its own reason, costs its document only, and leaves nothing behind.
load helper

# The document that goes beyond the limit NAME when that is as low as `low` says.
greedy() {
    case $1 in
    wall | idle) actor "$2" "actor: nap 3000" ;;
    cpu) actor "$2" "actor: work 3000" ;;
    memory) actor "$2" "actor: hold 300" "actor: nap 1500" ;;
    output) actor "$2" "actor: write 3" ;;
    files) actor "$2" "actor: image one" "actor: image two" "actor: image three" ;;
    depth) actor "$2" "actor: outline 5" ;;
    esac
}

# NAME KEY-OF-THE-MANIFEST VALUE-THERE FLAG VALUE REASON WORDS
limits="
wall WallSeconds 1 --wall 1 timeout longer
idle IdleSeconds 1 --idle 1 timeout progress
cpu CpuSeconds 1 --cpu 1 limit CPU
memory MemoryMiB 200 --memory 200M no-memory|limit memory
output OutputMiB 1 --max-output 1M limit output
files Files 2 --max-files 2 limit assets
depth Depth 3 --max-depth 3 limit deeper
"

each_limit() {
    local name key there flag value reason words
    while read -r name key there flag value reason words; do
        [ -z "$name" ] || "$@"
    done <<<"$limits"
}

# manifest SED-SCRIPT: a copy of the fixture plugin in plugins/, found first.
manifest() {
    rm -rf plugins
    mkdir plugins
    cp "$OPENKB_BUILD"/tests/fixtures/plugins/actor.* plugins
    sed -i "$1" plugins/actor.okbplugin
    chmod -R go-w plugins
}

configuration() {
    mkdir -p home/.config/openkb
    printf 'limits:\n%s' "$1" >home/.config/openkb/global.yaml
}

sources() {
    rm -rf src
    markdown src/before.md
    actor src/neighbour.actor "Sound."
    greedy "$1" "src/greedy $1.actor"
}

# An add with these flags: the greedy document failed for the reason of the limit in hand, its
# neighbours are in, and nothing else is left.
ends_in_its_reason() {
    gives 3 openkb add "$@" --jsonl src
    python3 -c '
import json, sys
failed = [e for e in map(json.loads, sys.stdin) if e.get("event") == "failed"]
reasons, words = sys.argv[1].split("|"), sys.argv[2]
assert len(failed) == 1, failed
assert failed[0]["path"].startswith("src/greedy"), failed
assert failed[0]["reason"] in reasons and words in failed[0]["detail"], failed' \
        "$reason" "$words" <<<"$output"
    [ "$(documents)" = $'before\nneighbour' ]
    sound
    [ -z "$(processes)" ]
    rm -rf kb
    openkb init kb 2>/dev/null
}

beyond_manifest() {
    manifest "s/^WallSeconds=.*/$key=$there/"
    sources "$name"
    ends_in_its_reason --plugin-dir plugins
}

beyond_configuration() {
    configuration "  $name: $value"$'\n'
    sources "$name"
    ends_in_its_reason
}

beyond_flag() {
    sources "$name"
    ends_in_its_reason "$flag" "$value"
}

# Control: what goes beyond each of them is taken when there is room.
@test "with room for them all these documents are taken" {
    each_limit greedy_one
    ok openkb add src
    [ "$(count_documents)" = 7 ]
}

greedy_one() {
    greedy "$name" "src/greedy $name.actor"
    echo "$name" >>"src/greedy $name.actor"
}

@test "each limit of a manifest" {
    each_limit beyond_manifest
}

@test "each limit of the user's configuration" {
    each_limit beyond_configuration
}

@test "each limit by its flag" {
    each_limit beyond_flag
}

@test "the configuration lowers and never raises; a flag does both" {
    manifest "s/^WallSeconds=.*/OutputMiB=2/"
    actor src/three.actor "actor: write 3"
    configuration $'  output: 8M\n'
    gives 1 openkb add --plugin-dir plugins src
    ok openkb add --plugin-dir plugins --max-output 8M --retry-failed src
    configuration $'  output: 1M\n'
    actor src/two.actor "actor: write 2"
    gives 3 openkb add --plugin-dir plugins src
    ok openkb add --plugin-dir plugins --max-output 8M --retry-failed src
}

@test "a limit that is none is told, with where it stands" {
    markdown src/a.md
    configuration $'  memory: lots\n'
    gives 1 openkb add src
    says "global.yaml, limits, memory"
    configuration $'  patience: 3\n'
    gives 1 openkb add src
    says "there is no limit “patience”"
    rm home/.config/openkb/global.yaml
    for flag in --memory=x --wall=-1 --idle=x --cpu=x --max-output=x --max-files=0 --max-depth=x; do
        gives 2 openkb add "$flag" src
    done
    ok openkb add src
}

@test "nesting beyond the limit is flattened by the shipped plugins, and the document is in" {
    page src/deep.html "<ul><li>a<ul><li>b<ul><li>c<ul><li>d</ul></ul></ul></ul>"
    ok openkb convert -o deep.md src/deep.html
    grep -q '^ \{6\}- d' deep.md
    ok openkb convert --max-depth 2 -o flat.md src/deep.html
    not grep -q '^ \{3,\}- ' flat.md
    grep -q 'd$' flat.md
}

# noise FILE: a PDF with a line of text and a picture that takes 30 KB, however it is packed.
noise() {
    python3 - "$1" <<'END'
import random, sys
pixels = random.Random(1).randbytes(100 * 100 * 3)
content = b"q 200 0 0 200 50 50 cm /I Do Q BT /F 12 Tf 20 280 Td (The words stay.) Tj ET"
bodies = [b"<</Type /Catalog /Pages 2 0 R>>", b"<</Type /Pages /Count 1 /Kids [3 0 R]>>",
          b"<</Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] /Contents 4 0 R "
          b"/Resources <</Font <</F 5 0 R>> /XObject <</I 6 0 R>>>>>>",
          b"<</Length %d>> stream\n%s\nendstream" % (len(content), content),
          b"<</Type /Font /Subtype /Type1 /BaseFont /Helvetica>>",
          b"<</Type /XObject /Subtype /Image /Width 100 /Height 100 /BitsPerComponent 8 "
          b"/ColorSpace /DeviceRGB /Length %d>> stream\n%s\nendstream" % (len(pixels), pixels)]
out, offsets = b"%PDF-1.4\n", []
for number, body in enumerate(bodies, 1):
    offsets.append(len(out))
    out += b"%d 0 obj %s endobj\n" % (number, body)
start = len(out)
out += b"xref\n0 7\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % o for o in offsets)
out += b"trailer <</Root 1 0 R /Size 7>>\nstartxref\n%d\n%%%%EOF\n" % start
open(sys.argv[1], "wb").write(out)
END
}

@test "the pictures of a PDF take at most half of what the document may write" {
    [ -e "$OPENKB_BUILD/plugins-1/pdf.so" ] || skip "built without the PDF plugin"
    noise src/noise.pdf
    ok openkb convert --max-output=50K --output-dir least src/noise.pdf
    grep -q "The words stay" least/noise.md
    [ ! -e least/noise.assets ]
    says "left out"
    ok openkb convert --max-output=80K --output-dir enough src/noise.pdf
    [ "$(find enough/noise.assets -type f -size +29k | wc -l)" = 1 ]
}

@test "while another holds the lock, conversions get their files and keep their deadlines" {
    markdown src/a.md
    actor src/b.actor "actor: nap 1000" "actor: sibling beside.txt" "actor: nap 500"
    echo "twelve bytes" >src/beside.txt
    actor src/c.actor "actor: nap 60000"
    flock kb/.openkb/ingest.lock sleep 8 3>&- &
    wait_until not flock -n kb/.openkb/ingest.lock true
    gives 3 openkb add --jobs 3 --wall 4 src
    wait
    [ "$(documents)" = $'a\nb' ]
    grep -q '^13 bytes$' kb/wiki/sources/b.md
    says "longer than 4"
    sound
}

@test "a signal ends the wait for the lock, whatever is being converted meanwhile" {
    markdown src/a.md
    actor src/b.actor "actor: nap 60000"
    exec 8>>kb/.openkb/ingest.lock
    flock -x 8
    start add --jobs 2 src 8>&-
    wait_until waits_for_the_lock
    wait_until is_being_converted "actor: nap"
    kill -INT "$pid"
    local code=0
    wait "$pid" || code=$?
    exec 8>&-
    [ "$code" = 130 ]
    [ -z "$(processes)" ]
}
