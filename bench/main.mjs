// Command line of the benchmarks, `npm run bench`. `one …` runs one case and prints one line of JSON. Otherwise it runs
// the named questions (all of them by default), prints their tables, and writes the measurements and pictures to
// bench/results/.
//
//   npm run bench -- [--quick] [--docs] [training generation …]
//   npm run bench -- peers --config M --cell gru --mode train --rounds 5      one case of training, generation or peers
//   npm run -s bench -- one --config M --cell gru --mode train --engine auto --threads 1 --steps 20 --warmup 3

import { parseArgs } from "node:util";

const [first, ...rest] = process.argv.slice(2);
try {
  if (first === "one") {
    const { runOne } = await import("./one.mjs");
    const { parseCase } = await import("./work.mjs");
    console.log(JSON.stringify(await runOne(parseCase(rest))));
  } else {
    const { values, positionals } = parseArgs({
      args: process.argv.slice(2),
      allowPositionals: true,
      options: {
        quick: { type: "boolean", default: false },
        docs: { type: "boolean", default: false },
        rounds: { type: "string" },
        config: { type: "string" },
        cell: { type: "string" },
        mode: { type: "string" },
      },
    });
    const { ask } = await import("./ask.mjs");
    await ask(positionals, values);
  }
} catch (error) {
  const { withFlags } = await import("../dist/cli/flags.js");
  console.error(withFlags(error.message, error.setting));
  process.exitCode = 2;
}
