# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# convert: Markdown without a knowledge base.
load helper

setup_convert() {
    unset OPENKB_DIR
    rm -rf kb
    page src/one.html "First text."
    markdown src/sub/two.md "Second text."
}

@test "one file goes to stdout" {
    setup_convert
    ok openkb convert src/one.html
    prints "# one"
    prints "First text."
}

@test "-o writes the file, refuses an existing one, and --force replaces it" {
    setup_convert
    ok openkb convert src/one.html -o out.md
    grep -q "First text." out.md
    echo mine >out.md
    gives 1 openkb convert src/one.html -o out.md
    says "out.md"
    [ "$(cat out.md)" = mine ]
    ok openkb convert --force src/one.html -o out.md
    grep -q "First text." out.md
}

@test "--output-dir keeps the relative paths" {
    setup_convert
    ok openkb convert src --output-dir out
    grep -q "First text." out/one.md
    grep -q "Second text." out/sub/two.md
}

@test "two sources of one stem do not collide" {
    setup_convert
    markdown src/one.md "From Markdown."
    ok openkb convert src --output-dir out
    grep -q "First text." out/one.html.md
    grep -q "From Markdown." out/one.md.md
}

@test "images go to NAME.assets beside the text" {
    setup_convert
    actor src/pic.actor "actor: image dot"
    ok openkb convert src/pic.actor --output-dir out
    image=$(find out -type f ! -name '*.md')
    [ "$(wc -l <<<"$image")" = 1 ]
    [[ $image == out/pic.assets/* ]]
    grep -qF "](pic.assets/$(basename "$image"))" out/pic.md
}

@test "on stdout images become their alt text and are counted on stderr" {
    setup_convert
    actor src/pic.actor "actor: image dot"
    ok openkb convert src/pic.actor
    prints dot
    [[ $output != *okb-asset* ]]
    says image
}

@test "what does not go together is usage, and nothing is written" {
    setup_convert
    gives 2 openkb convert --json src/one.html
    says "--json needs -o or --output-dir"
    gives 2 openkb convert -o out.md --output-dir out src/one.html
    gives 2 openkb convert --metadata=all src/one.html
    gives 2 openkb convert -o out.md src
    gives 2 openkb convert -o out.md src/one.html src/sub/two.md
    gives 2 openkb convert src/one.html src/sub/two.md
    [ ! -e out.md ]
    [ ! -e out ]
    ok openkb convert --json -o out.md src/one.html
    prints '"output": "out.md"'
}

@test "--metadata=front-matter writes YAML with one entry for each key" {
    setup_convert
    cat >src/one.html <<'END'
<!DOCTYPE html><html lang="en"><title>Title: "quoted"</title>
<meta name="author" content="Ann"><meta name="author" content="Bob">
<meta name="keywords" content="red, green">
<h1>One</h1><p>First text.</p>
END
    ok openkb convert --metadata=front-matter src/one.html
    [ "$(head -n 1 <<<"$output")" = --- ]
    grep -qxF 'title: "Title: \"quoted\""' <<<"$output"
    grep -qxF 'author: ["Ann", "Bob"]' <<<"$output"
    grep -qxF 'keyword: ["red", "green"]' <<<"$output"
    [ -z "$(sed -n 's/^\([a-z]*\): .*/\1/p' <<<"$output" | sort | uniq -d)" ]
    ok openkb convert --metadata=none src/one.html
    not grep -q '^author:' <<<"$output"
}

@test "all failed is 1, some failed is 3" {
    setup_convert
    actor src/bad.actor "actor: crash"
    gives 1 openkb convert src/bad.actor
    gives 3 openkb convert src --output-dir out
    grep -q "First text." out/one.md
}

@test "the same bytes as in a knowledge base" {
    setup_convert
    ok openkb init kb
    ok openkb --kb-dir kb add src/one.html
    ok openkb convert src/one.html -o out.md
    cmp out.md kb/wiki/sources/one.md
}
