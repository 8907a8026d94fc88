// The adviser's trials: short trainings that are thrown away. What a window of a setting takes here, beside its plan; what its
// gradients' norms are; and races from one start. Each is a run as any other, through `prepare`, on the same threads.

import type { KnobValues } from "../base/knob.js";
import type { Reals } from "../compute/arena.js";
import type { Corpus } from "../text/corpus.js";
import { sliceOf } from "../text/tokens.js";
import { quantile, type Setting, type Timed } from "./adviser-rule.js";
import { footprint, layOut } from "./memory.js";
import { type Prepared, type PrepareOptions, prepare } from "./prepare.js";
import { schedules } from "./schedule.js";

/** Where trials take place. */
export interface Lab {
  /** Its training part is what trials train on. */
  readonly corpus: Corpus;
  /** Checked; a trial lays its own upon them. */
  readonly knobs: KnobValues;
  readonly options: PrepareOptions;
  /** Bytes that the process holds in memory. */
  readonly resident: (() => number) | undefined;
}

export interface TrialOptions {
  readonly knobs: KnobValues;
  /** What it starts from; the seed's where absent. */
  readonly weights?: Reals | undefined;
  /** Tokens of the text that are left out at its beginning. */
  readonly from?: number;
  /** Asked after each window, with the windows done so far. */
  readonly goOn?: (windows: number) => boolean;
}

export interface Trial {
  readonly prepared: Prepared;
  /** Seconds, norm of the mean gradient and loss of each window. */
  readonly windows: readonly { readonly seconds: number; readonly norm: number; readonly nats: number }[];
  /** Numbers stopped being finite. */
  readonly broken: boolean;
}

/** Never within a trial. */
const NEVER = 2 ** 40;

/** Settings of a run of one's own, without its length, its schedule and what it tells. */
export function trialKnobs(knobs: KnobValues): KnobValues {
  const scheduled = schedules.flatMap((each) => each.knobs.map(({ name }) => [name, undefined]));
  return {
    ...knobs,
    ...Object.fromEntries(scheduled),
    ...{ epochs: undefined, minutes: undefined, warmup: 0, schedule: "constant", steps: NEVER, windowRule: "fixed" },
    ...{ tries: 0, sampleLength: 0, sampleEvery: NEVER, validateEvery: NEVER, lessonValidation: false },
  };
}

/** Trains until its steps are done or `goOn` ends it. */
export async function runTrial(lab: Lab, { bptt, batch }: Setting, o: TrialOptions): Promise<Trial> {
  const { corpus, options } = lab;
  const { train } = corpus;
  const part = { ...corpus, train: { ...train, ...sliceOf(train, o.from ?? 0, train.length) }, valid: undefined };
  const prepared = prepare(part, { ...trialKnobs(lab.knobs), bptt, batch, ...o.knobs }, { ...options, twice: true });
  const { trainer } = prepared;
  if (o.weights) trainer.model.setWeights(o.weights);
  const windows: Trial["windows"][number][] = [];
  let broken = false;
  let last = performance.now();
  for await (const event of trainer.events()) {
    const now = performance.now();
    if (event.kind === "window") {
      windows.push({ seconds: (now - last) / 1000, norm: event.norm, nats: event.nats });
      if (o.goOn && !o.goOn(windows.length)) break;
    }
    if (event.kind === "diverged") broken = true;
    last = now;
  }
  return { prepared, windows, broken };
}

/** Bytes that a run with these settings would hold; `twice` as a trial beside another that has not gone yet. */
export function bytesOf(lab: Lab, { bptt, batch }: Setting, twice = false): number {
  const { engine, cell, threads } = lab.options;
  const { train, vocab } = lab.corpus;
  const asked = lab.knobs.threads === undefined ? undefined : Number(lab.knobs.threads);
  const layout = layOut(train, vocab.size, { ...lab.knobs, bptt, batch }, cell);
  return footprint(layout, engine, { threads, asked }, twice).total;
}

// ── What a token costs ───────────────────────────────────────────────────────────────────────────────────────────────────

export interface Speed extends Timed {
  /** True where windows of this very setting were timed; else it lies on the line of two others with as many lanes. */
  readonly measured: boolean;
  /** The most that the process was seen to grow by in such a trial. What was freed meanwhile lowers it. */
  readonly grew?: number;
}

export interface Timings {
  readonly speeds: readonly Speed[];
  /** Norms of mean gradients, all at the same weights. */
  readonly norms: readonly (Setting & { readonly norm: number })[];
}

const WARM = 2; // windows before one is timed

/**
 * Times the settings `measured` in rounds, so that whatever else the machine does meets all alike, and lays the `wanted` on lines
 * between them. The rate is 0: all windows of all settings meet the same weights.
 */
export async function timeSettings(
  lab: Lab,
  measured: readonly Setting[],
  wanted: readonly Setting[],
  o: { readonly weights: Reals; readonly visit: number; readonly until: () => boolean },
): Promise<Timings> {
  const found = measured.map((setting) => ({ ...setting, seconds: [] as number[], norms: [] as number[], grew: 0 }));
  for (let round = 0; round === 0 || (round < 8 && !o.until()); round++) {
    for (const each of found) {
      if (round > 0 && o.until()) break;
      const from = Math.floor((round * lab.corpus.train.length) / 16);
      const before = lab.resident?.() ?? 0;
      let begun = 0;
      const { windows } = await runTrial(lab, each, {
        knobs: { lr: 0 },
        weights: o.weights,
        from,
        goOn: (n) => {
          if (n === WARM) begun = performance.now();
          return n < WARM + 3 || performance.now() - begun < o.visit;
        },
      });
      const counted = windows.slice(WARM);
      each.seconds.push(...counted.map(({ seconds }) => seconds));
      each.norms.push(...counted.map(({ norm }) => norm));
      each.grew = Math.max(each.grew, (lab.resident?.() ?? 0) - before);
    }
  }
  const known = found.map((each) => ({ ...each, window: quantile(each.seconds, 0.5) }));
  const speeds = wanted.map((setting): Speed => {
    const same = known.find(({ bptt, batch }) => bptt === setting.bptt && batch === setting.batch);
    const seconds = same?.window ?? onLine(known, setting);
    const grew = same !== undefined && lab.resident !== undefined ? { grew: same.grew } : {};
    const bytes = bytesOf(lab, setting);
    return {
      ...setting,
      ...{ seconds: seconds / (setting.bptt * setting.batch), bytes, measured: same !== undefined },
      ...grew,
    };
  });
  const norms = found.flatMap(({ bptt, batch, norms }) => norms.map((norm) => ({ bptt, batch, norm })));
  return { speeds, norms };
}

/** Seconds a window by those of as many lanes: what a window takes grows in proportion to its steps, beside what an update takes. */
function onLine(known: readonly (Setting & { readonly window: number })[], { bptt, batch }: Setting): number {
  const [a, b] = known.filter((each) => each.batch === batch).sort((x, y) => x.bptt - y.bptt);
  if (a === undefined) return Number.POSITIVE_INFINITY;
  const slope = b === undefined ? a.window / a.bptt : Math.max(0, (b.window - a.window) / (b.bptt - a.bptt));
  return Math.max(a.window + slope * (bptt - a.bptt), a.window / 8);
}
