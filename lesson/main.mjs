// `npm run lesson`: trains the stages of fast.ai's lesson 7 on the bundled Nietzsche and prints a table. After Ctrl-C
// the same command resumes. Progress goes to standard error, the table to standard output.
//
//   npm run lesson -- [--quick] [--only gru] [--seeds 3] [--table] [--docs]

import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { saying } from "./say.mjs";

const options = {
  quick: { type: "boolean", default: false },
  only: { type: "string", multiple: true, default: [] },
  seeds: { type: "string", default: "1" },
  table: { type: "boolean", default: false },
  docs: { type: "boolean", default: false },
};

const root = fileURLToPath(new URL("..", import.meta.url));
process.chdir(root); // a run records the path of its text as given

let signals = 0;
process.on("SIGINT", () => {
  signals += 1;
  if (signals > 1) process.exit(130);
  console.error("Stopping after this window and saving. Once more to stop at once.");
});

await saying(async () => {
  const { values } = parseArgs({ options });
  // Imported here, so that `saying` reports a missing dist/.
  const { trainStages, folderOf, stagesNamed } = await import("./stages.mjs");
  const { table } = await import("./table.mjs");
  const { writePages } = await import("./pages.mjs");
  const seeds = Number(values.seeds);
  if (!(Number.isInteger(seeds) && seeds >= 1)) {
    throw new Error(`--seeds wants a whole number of at least 1; got ${values.seeds}.`);
  }
  const stages = stagesNamed(values.only);
  const folder = folderOf(values.quick);
  const how = {
    folder,
    recipes: "recipes/lesson",
    seeds: Array.from({ length: seeds }, (_, i) => i + 1),
    quick: values.quick,
    stopping: () => signals > 0,
    log: (line) => console.error(line),
  };
  const whole = values.table || (await trainStages(stages, how));
  if (whole) {
    console.log(await table(stages, folder, values));
    if (values.docs) await writePages(stagesNamed([]), folder, values);
  } else {
    console.error("Stopped. The same command resumes.");
    process.exitCode = 130;
  }
});
