// Cleans each HTML text of a JSON list with each cleaner's defaults: name -> cleaned texts.
// usage: node clean.mjs FOLDER_WITH_NODE_MODULES < texts.json
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const require = createRequire(join(process.argv[2], "package.json"));
const load = (name) => import(pathToFileURL(require.resolve(name)));
const version = (name) =>
  JSON.parse(readFileSync(join(process.argv[2], "node_modules", name, "package.json"))).version;

const { JSDOM } = await load("jsdom");
const purify = (await load("dompurify")).default(new JSDOM("").window);
const { rehype } = await import(pathToFileURL(join(process.argv[2], "node_modules/rehype/index.js")));
const sanitize = (
  await import(pathToFileURL(join(process.argv[2], "node_modules/rehype-sanitize/index.js")))
).default;
const sanitizeHtml = (await load("sanitize-html")).default;

let input = "";
for await (const chunk of process.stdin) input += chunk;
const texts = JSON.parse(input);
const processor = rehype().data("settings", { fragment: true }).use(sanitize);
console.log(JSON.stringify({
  [`DOMPurify ${version("dompurify")}`]: texts.map((text) => purify.sanitize(text)),
  [`rehype-sanitize ${version("rehype-sanitize")}`]: texts.map((text) =>
    String(processor.processSync(text))),
  [`sanitize-html ${version("sanitize-html")}`]: texts.map((text) => sanitizeHtml(text)),
}));
