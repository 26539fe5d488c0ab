// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the openkb authors
//
// turndown.mjs OUT FILE...: converts HTML files with turndown (from npm) in one process, the way
// it is fastest, so that nobody measures the start of node a thousand times.
import { readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { createRequire } from "node:module";

const TurndownService = createRequire(process.cwd() + "/")("turndown");
const service = new TurndownService({ headingStyle: "atx", codeBlockStyle: "fenced" });
const [out, ...files] = process.argv.slice(2);
let failed = 0;
for (const file of files) {
    try {
        const text = service.turndown(readFileSync(file, "utf8"));
        writeFileSync(`${out}/${basename(file)}.md`, text);
    } catch {
        failed++;
    }
}
if (failed) console.error(`${failed} failed`);
