// `npm run reference`: generates docs/api.md, the reference of the library's functions and types, with typedoc.
// With --check it writes nothing, and the exit code is 1 where the page differs from the sources.

import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const typedoc = fileURLToPath(new URL("node_modules/typedoc/bin/typedoc", import.meta.url));
const { status } = spawnSync(process.execPath, [typedoc], { cwd: here, stdio: "inherit" });
if (status !== 0) process.exit(status ?? 1);

const heading = `# API reference

The library in Node, \`import … from "longhand"\`. This page is generated from the sources by \`npm run reference\`; do not edit it.
`;
const generated = readFileSync(new URL("../runs/reference/README.md", import.meta.url), "utf8");
const body = generated.trimEnd().replace(/^# [^\n]*\n/, "");

/** The generator numbers an anchor whose name occurs once, with letters of the other case; a forge does not. */
const slugs = [...body.matchAll(/^#+ (.+)$/gm)].map(([, title]) =>
  title.toLowerCase().replace(/[^\p{L}\p{N}_ -]/gu, ""),
);
const linked = body.replace(/\(#([\w-]+?)-(\d+)\)/g, (link, slug, number) =>
  slugs.filter((each) => each === slug).length > Number(number) ? link : `(#${slug})`,
);
const page = new URL("../docs/api.md", import.meta.url);
const text = `${heading}${linked}\n`;
if (!process.argv.includes("--check")) {
  writeFileSync(page, text);
} else if (readFileSync(page, "utf8") !== text) {
  console.error("docs/api.md differs from the sources: npm run reference rewrites it.");
  process.exitCode = 1;
}
