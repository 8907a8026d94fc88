// Two tiers of tests: `npm test` leaves out the files of `long` and repeats little (test/helpers/random.ts);
// `npm run test:all` (vitest --mode all) runs everything.

import { configDefaults, defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { CountingReporter } from "./test/reporter.js";

/** Starts the files that take longest first, so that neither worker is left alone with one at the end. */
class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) =>
      /\/(long|package|cli|browser|laws\/threads|resume\/processes)/.test(moduleId);
    const sorted = await super.sort(files);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

/** The tests that take long; only `npm run test:all` runs them. */
const long = [
  "test/long/**",
  "test/package/{build,bundlers,pack,reporter}.test.ts",
  "test/docs/{examples,pages,reference}.test.ts",
  "test/browser/{bits,documents,door,example,show,threads}.test.ts",
  "test/cli/{ablate,advise,compare,copied,documents,profile,refusals,show,terminal,texts,threads,token-file}.test.ts",
  "test/resume/{processes,refusals,shape,token-file}.test.ts",
  "test/text/read-ahead.test.ts",
];

const chosenSeed = process.env.CI === "true" ? 1 : Math.floor(Math.random() * 2 ** 31);
const seed = process.env.LONGHAND_TEST_SEED ?? String(chosenSeed);

export default defineConfig(({ mode }) => ({
  test: {
    env: { LONGHAND_TEST_SEED: seed, LONGHAND_TEST_TIER: mode === "all" ? "all" : "quick" },
    include: ["test/**/*.test.ts"],
    exclude: [...configDefaults.exclude, ...(mode === "all" ? [] : long)],
    reporters: [new CountingReporter(seed)],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    sequence: { sequencer: LongFirst },
  },
}));
