# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# A document of many pages becomes one JSON of pages with an outline in its summary; an update may
# turn a short document into a long one and back, and leaves exactly what its version has.
load helper

# pages COUNT WORD [IMAGE]: text for the fixture plugin.
pages() {
    local i
    for ((i = 1; i <= $1; i++)); do
        printf 'actor: page %s\n%s %s\n' "$i" "$2" "$i"
        [ "$i" != 3 ] || [ -z "$3" ] || printf 'actor: image %s\n' "$3"
    done
}

# Every file of raw/ and wiki/ that is not one of the knowledge base's own pages.
files() {
    (cd kb && find raw wiki -type f ! -name index.md ! -name log.md ! -name AGENTS.md | LC_ALL=C sort)
}

index_line() {
    grep '^- \[\[summaries/d\]\]' kb/wiki/index.md
}

short_files=$'raw/d.actor\nwiki/sources/d.md\nwiki/sources/images/d/first.png\nwiki/summaries/d.md'
long_files=$'raw/d.actor\nwiki/sources/d.json\nwiki/sources/images/d/second.png\nwiki/summaries/d.md'

@test "short to long and back: exactly the files of each version, and its line of the index" {
    actor src/d.actor "Short." "actor: image first"
    ok openkb add src
    [ "$(files)" = "$short_files" ]
    [[ $(index_line) == *"(short)"* ]]
    ok openkb list --json
    prints '"type": "actor"'

    pages 20 Long second >src/d.actor
    ok openkb add src
    says "1 updated"
    [ "$(files)" = "$long_files" ]
    [[ $(index_line) == *"(pageindex)"* ]]
    [ "$(grep -c 'summaries/d\]\]' kb/wiki/index.md)" = 1 ]
    grep -q '^full_text: "sources/d.json"$' kb/wiki/summaries/d.md
    ok openkb list --json
    prints '"type": "long_pdf"'
    prints '"pages": 20'
    python3 - kb/wiki/sources/d.json <<'END'
import json, sys
pages = json.load(open(sys.argv[1]))
assert [page["page"] for page in pages] == list(range(1, 21)), pages
assert all(f"Long {page['page']}" in page["content"] for page in pages), pages
images = {page["page"]: page["images"] for page in pages if page["images"]}
assert images == {3: [{"path": "sources/images/d/second.png"}]}, images
END
    ok openkb show --page 7 d
    prints "Long 7"
    not grep -q "Long 8" <<<"$output"
    ok openkb verify
    sound

    actor src/d.actor "Short again." "actor: image first"
    ok openkb add src
    says "1 updated"
    [ "$(files)" = "$short_files" ]
    [[ $(index_line) == *"(short)"* ]]
    [ "$(grep -c 'summaries/d\]\]' kb/wiki/index.md)" = 1 ]
    grep -q "Short again" kb/wiki/sources/d.md
    ok openkb verify
    sound
}

@test "the threshold is that of config.yaml: one page less is short" {
    pages 19 Nineteen >src/d.actor
    ok openkb add src
    [ -e kb/wiki/sources/d.md ]
    sed -i 's/^pageindex_threshold:.*/pageindex_threshold: 5/' kb/.openkb/config.yaml
    grep -q '^pageindex_threshold: 5$' kb/.openkb/config.yaml
    pages 4 Four >src/four.actor
    pages 5 Five >src/five.actor
    ok openkb add src
    [ -e kb/wiki/sources/four.md ]
    [ -e kb/wiki/sources/five.json ]
    # What is in is not converted again for it.
    [ -e kb/wiki/sources/d.md ]
    sound
}

@test "what a person made of the JSON is kept when the document becomes short" {
    pages 20 Long second >src/d.actor
    ok openkb add src
    echo '[{"page": 1, "content": "mine", "images": []}]' >kb/wiki/sources/d.json
    mine=$(sha256sum <kb/wiki/sources/d.json)
    actor src/d.actor "Short."
    ok openkb add src
    says "wiki/sources/d.json"
    [ ! -e kb/wiki/sources/d.json ]
    find kb/.openkb/conflicts -type f -exec sha256sum {} + | grep -q "${mine%% *}"
    sound
}

# A PDF with a line of text on each page and a bookmark on every fifth.
pdf() {
    python3 - "$1" "$2" <<'END'
import sys
path, count = sys.argv[1], int(sys.argv[2])
marks = range(1, count + 1, 5)
objects = {1: "<</Type /Catalog /Pages 2 0 R /Outlines 4 0 R>>",
           3: "<</Type /Font /Subtype /Type1 /BaseFont /Helvetica>>"}
page = lambda n: 10 + 2 * n
mark = lambda i: 10 + 2 * (count + 1) + i
objects[2] = (f"<</Type /Pages /Count {count} /MediaBox [0 0 300 300] "
              f"/Resources <</Font <</F 3 0 R>>>> "
              f"/Kids [{' '.join(f'{page(n)} 0 R' for n in range(1, count + 1))}]>>")
objects[4] = (f"<</Type /Outlines /First {mark(0)} 0 R /Last {mark(len(marks) - 1)} 0 R "
              f"/Count {len(marks)}>>")
for n in range(1, count + 1):
    text = f"BT /F 12 Tf 20 200 Td (The text of leaf {n} stands here.) Tj ET"
    objects[page(n)] = f"<</Type /Page /Parent 2 0 R /Contents {page(n) + 1} 0 R>>"
    objects[page(n) + 1] = f"<</Length {len(text)}>> stream\n{text}\nendstream"
for i, n in enumerate(marks):
    beside = f"/Prev {mark(i - 1)} 0 R " if i else ""
    beside += f"/Next {mark(i + 1)} 0 R " if i + 1 < len(marks) else ""
    objects[mark(i)] = (f"<</Title (Chapter {i + 1}) /Parent 4 0 R {beside}"
                        f"/Dest [{page(n)} 0 R /Fit]>>")
out, offsets = "%PDF-1.4\n", {}
for number, body in sorted(objects.items()):
    offsets[number] = len(out)
    out += f"{number} 0 obj {body} endobj\n"
start = len(out)
out += f"xref\n0 1\n0000000000 65535 f \n"
for number, offset in offsets.items():
    out += f"{number} 1\n{offset:010} 00000 n \n"
out += f"trailer <</Root 1 0 R /Size {max(objects) + 1}>>\nstartxref\n{start}\n%%EOF\n"
open(path, "w").write(out)
END
}

@test "a long PDF: its pages as JSON, and its outline with ranges of pages in the summary" {
    [ -e "$OPENKB_BUILD/plugins-1/pdf.so" ] || skip "built without the PDF plugin"
    pdf src/book.pdf 23
    ok openkb add src
    says "23 pages"
    python3 - kb/wiki/sources/book.json <<'END'
import json, sys
pages = json.load(open(sys.argv[1]))
assert [page["page"] for page in pages] == list(range(1, 24)), pages
assert all(f"leaf {page['page']} stands" in page["content"] for page in pages), pages
END
    cat kb/wiki/summaries/book.md
    grep -qE 'Chapter 1.*1.*5' kb/wiki/summaries/book.md
    grep -qE 'Chapter 5.*21.*23' kb/wiki/summaries/book.md
    pdf src/book.pdf 6
    ok openkb add src
    [ ! -e kb/wiki/sources/book.json ]
    grep -q "leaf 6 stands" kb/wiki/sources/book.md
    grep -q '^<!-- page 6 -->$' kb/wiki/sources/book.md
    ok openkb verify
    sound
}
