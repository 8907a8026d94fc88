// Reports of the public API, one page for each entry point: api/*.api.md, written by `npm run api` from the
// declarations in dist/. With --check nothing is written, and the exit code is 1 where a page differs from the
// declarations.

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
        extractorMessageReporting: silent,
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
const compilerState = CompilerState.create(configs[0], { additionalEntryPoints: declarations.slice(1) });
for (const [index, config] of configs.entries()) {
  const { apiReportChanged, errorCount } = Extractor.invoke(config, {
    compilerState,
    localBuild: !check,
    messageCallback: (message) => {
      message.handled = message.logLevel !== "error";
      if (!message.handled) process.exitCode = 1;
    },
  });
  if (check && apiReportChanged) {
    console.error(`api/${entries[index][0]}.api.md differs from the declarations in dist/: npm run api rewrites it.`);
  }
  if ((check && apiReportChanged) || errorCount > 0) process.exitCode = 1;
}
