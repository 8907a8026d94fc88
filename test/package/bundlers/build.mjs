// Builds the app in a folder with one bundler: `node build.mjs BUNDLER HOME OUT`. Prints the bundler's warnings as
// JSON.

import { join } from "node:path";

const [bundler, home, out] = process.argv.slice(2);
const app = join(home, "app.js");
const worker = "longhand/worker";

const bundlers = {
  /** esbuild and rollup do not follow `new URL(…, import.meta.url)`: the worker is an entry of its own. */
  esbuild: () => runEsbuild({ app, "pool-worker": worker }),

  "esbuild without the worker": () => runEsbuild({ app }),

  async rollup() {
    const { rollup } = await import("rollup");
    const { nodeResolve } = await import("@rollup/plugin-node-resolve");
    const warnings = [];
    const build = await rollup({
      input: { app, "pool-worker": worker },
      plugins: [nodeResolve({ browser: true, rootDir: home })],
      onwarn: ({ message }) => warnings.push(message),
    });
    await build.write({ dir: out, format: "es", entryFileNames: "[name].js" });
    return warnings;
  },

  async vite() {
    const { build } = await import("vite");
    const warnings = [];
    const warn = (message) => warnings.push(message);
    await build({
      root: home,
      configFile: false,
      customLogger: { info() {}, warn, warnOnce: warn, error: warn, clearScreen() {}, hasErrorLogged: () => false },
      worker: { format: "es" },
      build: {
        outDir: out,
        target: "es2023",
        rolldownOptions: { input: { app }, output: { entryFileNames: "[name].js" } },
      },
    });
    return warnings;
  },

  async webpack() {
    const { default: webpack } = await import("webpack");
    const options = {
      mode: "production",
      context: home,
      entry: { app },
      output: { path: out, filename: "[name].js", publicPath: "auto" },
      performance: { hints: false },
    };
    const stats = await new Promise((done, failed) => {
      webpack(options, (error, stats) => (error ? failed(error) : done(stats)));
    });
    const { warnings, errors } = stats.toJson({ all: false, warnings: true, errors: true });
    return [...warnings, ...errors].map(({ message }) => message);
  },
};

async function runEsbuild(entryPoints) {
  const { build } = await import("esbuild");
  const { warnings } = await build({
    entryPoints,
    outdir: out,
    absWorkingDir: home,
    bundle: true,
    splitting: true,
    format: "esm",
    target: "es2023",
    logLevel: "silent",
  });
  return warnings.map(({ text }) => text);
}

console.log(JSON.stringify(await bundlers[bundler]()));
