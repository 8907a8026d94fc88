// Randomness of the tests: one seed from outside for all that is drawn, and how often a random test repeats in each
// tier.

import fc from "fast-check";

/** Seed of the test run: LONGHAND_TEST_SEED, which vitest.config.ts chooses where nobody has (1 in CI). */
export const seed = Number(process.env.LONGHAND_TEST_SEED);

fc.configureGlobal({ seed });

export { fc };

/** Whether `npm run test:all` runs, which repeats more and takes long. */
export const all = process.env.LONGHAND_TEST_TIER === "all";

/** Every item in `npm run test:all`, each `step`-th from the `first` in `npm test`. */
export function thinned<T>(items: readonly T[], step: number, first = 0): readonly T[] {
  return all ? items : items.filter((_, i) => i % step === first % step);
}

/** Repetitions of a random test: a tenth, but at least 20, in `npm test`. */
export const repeats = (whole: number): number => (all ? whole : Math.min(whole, Math.max(20, Math.round(whole / 10))));
