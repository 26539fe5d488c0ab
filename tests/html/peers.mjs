// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the openkb authors
//
// peers.mjs TOOL IN OUT: converts each IN/NAME.html that OUT has no NAME.md of with a converter
// from npm, as it is or with its own plugins for GitHub's Markdown. The output is made before the
// page is read: whoever calls again after a crash goes on behind the page that crashed it.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(process.cwd() + "/");
function load(file) {
    return import(pathToFileURL(`${process.cwd()}/node_modules/${file}`));
}

function makeTurndown() {
    const TurndownService = require("turndown");
    const service = new TurndownService({ headingStyle: "atx", codeBlockStyle: "fenced" });
    service.use(require("@joplin/turndown-plugin-gfm").gfm);
    return (html) => service.turndown(html);
}

async function makeMdream(options) {
    const { htmlToMarkdown } = await load("mdream/dist/index.mjs");
    return (html) => {
        const result = htmlToMarkdown(html, options);
        return result.markdown ?? result;
    };
}

function makeKreuzberg(options) {
    const { convert } = require("@kreuzberg/html-to-markdown-node");
    return (html) => convert(html, options).content ?? "";
}

const tools = {
    turndown: makeTurndown,
    async "rehype-remark"() {
        const { unified } = await load("unified/index.js");
        const [parse, toMarkdown, gfm, stringify] = await Promise.all(
            ["rehype-parse", "rehype-remark", "remark-gfm", "remark-stringify"]
                .map((name) => load(`${name}/index.js`)));
        const pipe = unified().use(parse.default).use(toMarkdown.default).use(gfm.default)
            .use(stringify.default);
        return (html) => String(pipe.processSync(html));
    },
    mdream: () => makeMdream({}),
    "mdream-minimal": () => makeMdream({ minimal: true }),
    kreuzberg: () => makeKreuzberg({}),
    // It escapes nothing until asked to, and removes navigation and forms until asked not to.
    "kreuzberg-escaping": () => makeKreuzberg({
        escapeAsterisks: true, escapeUnderscores: true, escapeMisc: true,
        preprocessing: { enabled: false },
    }),
    "kreuzberg-aggressive": () => makeKreuzberg({
        preprocessing: { enabled: true, preset: "Aggressive", removeNavigation: true,
                         removeForms: true },
    }),
    // What it takes for no article is converted whole.
    readability() {
        const { parseHTML } = require("linkedom");
        const { Readability } = require("@mozilla/readability");
        const toMarkdown = makeTurndown();
        return (html) => {
            const article = new Readability(parseHTML(html).document).parse();
            return toMarkdown(article?.content ?? html);
        };
    },
    async defuddle() {
        const { Defuddle } = await load("defuddle/dist/node.js");
        return async (html) => (await Defuddle(html, undefined, { markdown: true })).content;
    },
};

const [tool, input, output] = process.argv.slice(2);
const convert = await tools[tool]();
for (const name of readdirSync(input).filter((n) => n.endsWith(".html")).sort()) {
    const path = `${output}/${name.slice(0, -5)}.md`;
    if (existsSync(path))
        continue;
    writeFileSync(path, "");
    try {
        writeFileSync(path, await convert(readFileSync(`${input}/${name}`, "utf8")));
    } catch (error) {
        console.error(`${tool}: ${name}: ${error.message}`);
    }
}
