// An ablation as data: a base, variants that change some of its settings, seeds, and the same seconds for all. What is
// compared must be comparable, so whatever changes the tokens, the length or the validation is not a variant's to say.

import { usageError } from "../../base/errors.js";
import type { CheckedSettings, Settings } from "./settings.js";
import { settingRows } from "./table.js";
import { checkSettings, layUpon, readSettings, settingNamed } from "./values.js";

/** An ablation: a base, variants that each change some settings, and the seeds to compare them with. */
export interface Ablation {
  /** Files or folders. */
  readonly text: readonly string[];
  /** Held-out texts; where absent the text's own last part, `validFraction` of it. */
  readonly valid?: readonly string[];
  /** Folder of the runs; by default below `runs/`, under the name of the recipe. */
  readonly out?: string;
  /** Seconds of processor time, of all threads together, that each run may train. */
  readonly seconds: number;
  /** Seeds; every variant trains once with each. */
  readonly seeds: readonly number[];
  /** Settings of the base. */
  readonly base: Settings;
  /** Settings that each variant changes, by the name of the variant. */
  readonly variants: Readonly<Record<string, Settings>>;
}

/** The variant that is none. */
export const BASE = "base";

/** Set for all runs alike. */
const SET = [
  "seed",
  "epochs",
  "steps",
  "minutes",
  "validateEvery",
  "sampleEvery",
  "sampleLength",
  "saveEvery",
] as const;

/** An ablation from what a file says. `what` names it in errors. */
export function readAblation(value: unknown, what: string): Ablation {
  const { text, valid, out, seconds, seeds, base, variants } = (isObject(value) ? value : {}) as Record<
    string,
    unknown
  >;
  const [texts, validTexts] = [text, valid].map((each) => (typeof each === "string" ? [each] : each));
  const wants = [
    ["text", "a path or a list of them", isListOf(texts, "string")],
    ["valid", "a path or a list of them", validTexts === undefined || isListOf(validTexts, "string")],
    ["seconds", "a number above 0, of processor time for each run", typeof seconds === "number" && seconds > 0],
    ["seeds", "a list of numbers", isListOf(seeds, "number")],
    ["base", "an object of settings", isObject(base)],
    [
      "variants",
      "an object of names, with settings for each",
      isObject(variants) && Object.values(variants).every(isObject),
    ],
  ] as const;
  const wrong = wants.filter(([, , right]) => !right).map(([name, form]) => `"${name}" wants ${form}`);
  if (wrong.length > 0) {
    throw usageError(
      `${what} is no ablation: ${wrong.join("; ")}.`,
      "recipes/augmentation-nietzsche-documents.json shows the form.",
    );
  }
  const found: Ablation = {
    text: texts as string[],
    ...(validTexts !== undefined && { valid: validTexts as string[] }),
    ...(typeof out === "string" && { out }),
    seconds: seconds as number,
    seeds: seeds as number[],
    base: readSettings(base),
    variants: Object.fromEntries(Object.entries(variants ?? {}).map(([name, its]) => [name, readSettings(its)])),
  };
  if (new Set(found.seeds).size < found.seeds.length) throw usageError(`${what} names a seed twice: ${found.seeds}.`);
  for (const name of variantsOf(found)) checkVariant(found, name, what);
  return found;
}

function checkVariant(a: Ablation, name: string, what: string): void {
  const changes = name === BASE ? a.base : a.variants[name]!;
  if (name === BASE && a.variants[BASE] !== undefined) throw usageError(`${what}: no variant can be called ${BASE}.`);
  if (name !== BASE && !/^[a-z0-9][a-z0-9.-]*$/i.test(name)) {
    throw usageError(
      `${what}: a variant's name is a folder's, of letters, digits and hyphens; got ${JSON.stringify(name)}.`,
    );
  }
  const set = SET.find((each) => changes[each] !== undefined);
  if (set !== undefined) {
    throw usageError(
      `${what}: ${name} says ${set}, which is set for all runs alike.`,
      "Leave it out; seeds and seconds stand beside base.",
    );
  }
  const other = settingRows.find(
    (row) => ["text", "run"].includes(row.group) && settingNamed(changes, row.name) !== undefined,
  );
  if (name !== BASE && other !== undefined) {
    throw usageError(
      `${what}: the variant ${name} changes ${other.name}, and losses would be of other tokens, or another machine.`,
      "Put it into base, for all.",
    );
  }
  for (const seed of a.seeds) settingsOf(a, name, seed, 1);
}

/** All variants, the base first. */
export function variantsOf({ variants }: Ablation): string[] {
  return [BASE, ...Object.keys(variants)];
}

/** A run's settings, checked. It is read once at its end: nothing is chosen on what it is scored on. */
export function settingsOf(a: Ablation, variant: string, seed: number, steps: number): CheckedSettings {
  const length = { steps, validateEvery: Number.MAX_SAFE_INTEGER, sampleLength: 0, seed };
  return checkSettings(layUpon({ ...a.base, ...a.variants[variant] }, length));
}

/** The runs in the order in which they go: all variants with one seed, then with the next. */
export function runsOf(a: Ablation): { readonly variant: string; readonly seed: number }[] {
  return a.seeds.flatMap((seed) => variantsOf(a).map((variant) => ({ variant, seed })));
}

/** What two recipes differ in that would make their runs incomparable; seeds may be added. */
export function ablationDifference(was: Ablation, now: Ablation): string | undefined {
  const names = ["text", "valid", "seconds", "base", "variants"] as const;
  return names.find((name) => JSON.stringify(was[name]) !== JSON.stringify(now[name]));
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isListOf(value: unknown, type: "string" | "number"): boolean {
  return Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === type);
}
