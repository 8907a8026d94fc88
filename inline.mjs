// `npm run inline`: bundles three small libraries, each as one module of src/libraries/ without imports. So the library
// needs no package at run time, and a page can load dist/ as it is. The modules are committed; run this after a new
// version of one of them.

import { readFileSync, writeFileSync } from "node:fs";
import { build } from "esbuild";

const root = new URL(".", import.meta.url);

/** What is taken of each: the module's file, and the names it gives with their types. */
const libraries = [
  {
    name: "chardet",
    about: "Detects the likely encodings of bytes",
    code: 'export { analyse } from "chardet";',
    types: ["analyse: (bytes: Uint8Array) => readonly { readonly confidence: number; readonly name: string }[]"],
  },
  {
    name: "papaparse",
    about: "Reads CSV",
    code: 'import Papa from "papaparse"; export const CsvParser = Papa.Parser;',
    types: [
      `CsvParser: new (config: { delimiter: string; newline: string; preview?: number }) => {
  /** Reads rows; with \`open\` the last one is left for the next call. \`meta.cursor\` is where it begins. */
  parse(text: string, begin: number, open: boolean): {
    readonly data: readonly (readonly string[])[];
    readonly errors: readonly { readonly code: string; readonly row: number }[];
    readonly meta: { readonly cursor: number };
  };
}`,
    ],
  },
  {
    name: "picomatch",
    about: "Matches paths against globs",
    code: 'import picomatch from "picomatch/posix"; export const glob = picomatch;',
    types: ["glob: (pattern: string, options?: { dot?: boolean }) => (path: string) => boolean"],
  },
];

for (const { name, about, code, types } of libraries) {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: root.pathname },
    bundle: true,
    minify: true,
    write: false,
    format: "iife",
    globalName: "library",
    platform: "browser",
    target: "es2022",
    legalComments: "none",
    external: ["fs", "stream"],
    charset: "ascii",
  });
  const folder = new URL(`node_modules/${name}/`, root);
  const { version, license } = JSON.parse(readFileSync(new URL("package.json", folder), "utf8"));
  const terms = readFileSync(new URL("LICENSE", folder), "utf8")
    .trim()
    .replaceAll(/^/gm, "// ")
    .replaceAll(/ +$/gm, "");
  const names = types.map((type) => `export const ${type} = library.${type.split(":", 1)[0]};`);
  const text =
    `// ${about}: ${name} ${version} (${license}), made by inline.mjs. Do not edit.\n//\n${terms}\n\n// @ts-nocheck\n` +
    `${outputFiles[0].text.trim()}\n${names.join("\n")}\n`;
  writeFileSync(new URL(`src/libraries/${name}.ts`, root), text);
  console.log(`${name} ${version}: ${text.length} bytes`);
}
