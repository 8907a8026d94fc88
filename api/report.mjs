// Reports of the public API, one page for each entry point: api/*.api.md, written by `npm run api` from the
// declarations in dist/. With --check nothing is written, and the exit code is 1 where a page differs from the
// declarations. It names each type of a public signature that no entry point exports.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { CompilerState, Extractor, ExtractorConfig } from "@microsoft/api-extractor";

const entries = [
  ["longhand", "node.d.ts"],
  ["longhand-browser", "browser.d.ts"],
  ["longhand-advanced", "advanced-node.d.ts"],
];
const pathOf = (path) => fileURLToPath(new URL(path, import.meta.url));
const declarations = entries.map(([, file]) => pathOf(`../dist/${file}`));
const silent = { default: { logLevel: "none" } };

const configs = entries.map(([name], index) =>
  ExtractorConfig.prepare({
    configObject: {
      projectFolder: pathOf(".."),
      mainEntryPointFilePath: declarations[index],
      compiler: {
        overrideTsconfig: {
          compilerOptions: {
            target: "es2023",
            module: "nodenext",
            lib: ["es2023", "dom", "esnext.disposable"],
            types: ["node"],
            strict: true,
            skipLibCheck: true,
          },
          files: declarations,
        },
      },
      apiReport: {
        enabled: true,
        reportFileName: name,
        reportFolder: pathOf("."),
        reportTempFolder: pathOf("../runs/api"),
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        extractorMessageReporting: {
          ...silent,
          "ae-forgotten-export": { logLevel: "warning", addToApiReportFile: false },
        },
        tsdocMessageReporting: silent,
        compilerMessageReporting: { default: { logLevel: "error" } },
      },
      newlineKind: "lf",
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: pathOf("../package.json"),
  }),
);

const check = process.argv.includes("--check");
/** Names in public signatures that an entry point lacks. */
const lacking = new Set();
const compilerState = CompilerState.create(configs[0], { additionalEntryPoints: declarations.slice(1) });
for (const [index, config] of configs.entries()) {
  const { apiReportChanged, errorCount } = Extractor.invoke(config, {
    compilerState,
    localBuild: !check,
    messageCallback: (message) => {
      if (message.messageId === "ae-forgotten-export") lacking.add(/"(\w+?)(_\d+)?"/.exec(message.text)[1]);
      message.handled = message.logLevel !== "error";
      if (!message.handled) process.exitCode = 1;
    },
  });
  if (check && apiReportChanged) {
    console.error(`api/${entries[index][0]}.api.md differs from the declarations in dist/: npm run api rewrites it.`);
  }
  if ((check && apiReportChanged) || errorCount > 0) process.exitCode = 1;
}

const reports = entries.map(([name]) => readFileSync(pathOf(`${name}.api.md`), "utf8")).join("\n");
const exported = new Set(
  Array.from(reports.matchAll(/^export .*?\b(?:class|const|function|interface|type) (\w+)/gm), (m) => m[1]),
);
const nameless = [...lacking].filter((name) => !exported.has(name));
if (nameless.length > 0) {
  console.error(`No entry point exports ${nameless.join(", ")}, which public signatures name.`);
}
