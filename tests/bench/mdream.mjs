// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the openkb authors
//
// mdream.mjs FILE...: converts HTML files with mdream (from npm), all read before, and prints
// the seconds of CPU time of the second of two rounds, when its code is warm.
// mdream.mjs --write DIR FILE...: reads, converts and writes each once, as a program would.
import { readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { pathToFileURL } from "node:url";

const module = `${process.cwd()}/node_modules/mdream/dist/index.mjs`;
const { htmlToMarkdown } = await import(pathToFileURL(module));
const text = (result) => result.markdown ?? result;
const args = process.argv.slice(2);
if (args[0] === "--write") {
    for (const file of args.slice(2))
        writeFileSync(`${args[1]}/${basename(file)}.md`,
                      text(htmlToMarkdown(readFileSync(file, "utf8"))));
} else {
    const pages = args.map((file) => readFileSync(file, "utf8"));
    let used;
    for (let round = 0; round < 2; round++) {
        const before = process.cpuUsage();
        for (const page of pages) text(htmlToMarkdown(page));
        used = process.cpuUsage(before);
    }
    console.log((used.user + used.system) / 1e6);
}
