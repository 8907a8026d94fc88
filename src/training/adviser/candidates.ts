// The adviser's candidates: the pairs of bptt and batch that it chooses from, those that it times, and its time limit.

import { usageError } from "../../base/errors.js";
import { binarySize } from "../../base/size.js";
import type { FittedSettings } from "../settings/fitted.js";
import { epochsOf } from "../settings/training-settings.js";
import type { Candidate } from "./rule.js";
import { bytesOf, type Lab } from "./trials.js";

/** Values of bptt and batch; pairs that do not fit the text or the memory are left out. */
const BPTTS = [8, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256];
const BATCHES = [8, 12, 16, 24, 32, 48, 64, 96, 128];
/** Advice takes a fifth of the run's seconds: at least 10 (or half of a shorter run), at most 180. */
const PART = 0.2;
const LEAST = 10;
const MOST = 180;

/** Candidates that fit the text and the memory; given values stay. Throws a usage error if none fits the memory. */
export function candidatesOf(lab: Lab, given: readonly string[], bytes: number): Candidate[] {
  const { settings, corpus } = lab;
  const values = (name: "bptt" | "batch", all: readonly number[]) => (given.includes(name) ? [settings[name]] : all);
  const all = values("bptt", BPTTS).flatMap((bptt) => values("batch", BATCHES).map((batch) => ({ bptt, batch })));
  // Trials begin anywhere in the text's first half, and a lane is some windows long.
  const long = all.filter(({ bptt, batch }) => batch * (4 * bptt + 1) <= corpus.train.length / 2);
  const some = long.length > 0 ? long : all.slice(0, 1);
  const fitting = some.filter((each) => bytesOf(lab, each, true) <= bytes);
  if (fitting.length > 0) return fitting;
  const least = binarySize(bytesOf(lab, some[0]!, true));
  throw usageError(
    `The adviser needs ${least} of memory: its smallest model, and the one before it until that ` +
      `is collected; there are ${binarySize(bytes)}.`,
    "Give it more memory, or a smaller model: `hidden`, `layers`.",
  );
}

/** Candidates that are timed: batches a factor of two apart, each with bptt near 8, 24 and 64. */
export function timedOf(candidates: readonly Candidate[]): Candidate[] {
  const doublings: number[] = [];
  for (const { batch } of candidates.toSorted((a, b) => a.batch - b.batch)) {
    if (batch >= 2 * (doublings.at(-1) ?? 0)) doublings.push(batch);
  }
  return doublings.flatMap((batch) => {
    const bptts = candidates.filter((each) => each.batch === batch).map(({ bptt }) => bptt);
    const near = (wanted: number) => bptts.toSorted((a, b) => Math.abs(a - wanted) - Math.abs(b - wanted))[0]!;
    return [...new Set([near(8), near(24), near(64)])].map((bptt) => ({ bptt, batch }));
  });
}

/** Ratio of a candidate to 32 lanes of 32 tokens; the brief training uses the nearest. */
export function distance({ bptt, batch }: Candidate): number {
  const ratio = (a: number, b: number) => Math.max(a, b) / Math.min(a, b);
  return ratio(bptt, 32) * ratio(batch, 32);
}

/** A function from the seconds of a window to the seconds of the run and of the advice. */
export function clockOf(settings: FittedSettings, length: number, first: Candidate) {
  const { minutes, steps } = settings;
  const tokens = steps === undefined ? epochsOf(settings) * length : steps * settings.bptt * settings.batch;
  return (window: number) => {
    const seconds = minutes === undefined ? (tokens * window) / (first.bptt * first.batch) : 60 * minutes;
    return { seconds, advice: Math.min(MOST, Math.max(PART * seconds, Math.min(LEAST, seconds / 2))) };
  };
}
