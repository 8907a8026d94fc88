import { defineConfig } from "vitest/config";

// Two workers at most: the suite is made for two cores. Tests import from ../src directly; those that run the command line
// or the package use dist/, which test/run.mjs builds first.
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
});
