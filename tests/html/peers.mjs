// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the openkb authors
//
// peers.mjs TOOL DIR: converts each DIR/*.html with a converter from npm, as it is or with its
// own plugins for GitHub's Markdown, into DIR/*.TOOL.md.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(process.cwd() + "/");
async function load(name) {
    try {
        return await import(pathToFileURL(require.resolve(name)));
    } catch {
        return await import(pathToFileURL(`${process.cwd()}/node_modules/${name}/index.js`));
    }
}

const tools = {
    async turndown() {
        const TurndownService = require("turndown");
        const service = new TurndownService({ headingStyle: "atx", codeBlockStyle: "fenced" });
        service.use(require("@joplin/turndown-plugin-gfm").gfm);
        return (html) => service.turndown(html);
    },
    async "rehype-remark"() {
        const { unified } = await load("unified");
        const [parse, toMarkdown, gfm, stringify] = await Promise.all(
            ["rehype-parse", "rehype-remark", "remark-gfm", "remark-stringify"].map(load));
        const pipe = unified().use(parse.default).use(toMarkdown.default).use(gfm.default)
            .use(stringify.default);
        return (html) => String(pipe.processSync(html));
    },
    async mdream() {
        const directory = `${process.cwd()}/node_modules/mdream/dist/index.mjs`;
        const { htmlToMarkdown } = await import(pathToFileURL(directory));
        return (html) => {
            const result = htmlToMarkdown(html);
            return result.markdown ?? result;
        };
    },
};

const [tool, directory] = process.argv.slice(2);
const convert = await tools[tool]();
for (const name of readdirSync(directory).filter((n) => n.endsWith(".html"))) {
    const path = `${directory}/${name.slice(0, -5)}`;
    try {
        writeFileSync(`${path}.${tool}.md`, convert(readFileSync(`${path}.html`, "utf8")));
    } catch (error) {
        console.error(`${tool}: ${name}: ${error.message}`);
    }
}
