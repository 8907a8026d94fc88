// An ablation on this machine: every variant with every seed for the same seconds, each a run in a folder, one after another; then
// what each change is worth. Stopped anywhere, the same call goes on. What is compared is the weights at a run's end, on text that
// nothing was chosen on.
//
//   ablation.json            the recipe, and how many windows each variant has
//   insert-2/                the run of the variant insert with seed 2
//   insert-2/held-out.json   what it scored, stretch by stretch

import { LonghandError, usageError } from "../base/errors.js";
import { joinPath } from "../base/ports.js";
import { writeAtomic } from "../checkpoint/atomic-write.js";
import type { EngineName } from "../compute/engines.js";
import type { Stretch } from "../evaluation/bootstrap.js";
import { scoredLanes } from "../evaluation/evaluate.js";
import { type Paired, paired } from "../evaluation/paired.js";
import { scoringState } from "../evaluation/states.js";
import { countStretches } from "../evaluation/stretches.js";
import type { Corpus } from "../text/corpus.js";
import { type Ablation, ablationDifference, BASE, knobsOf, runsOf, variantsOf } from "../training/ablation.js";
import type { TrainEvent } from "../training/events.js";
import { hasRun } from "../training/run.js";
import { fieldOf } from "../training/settings.js";
import { nodeEngine } from "./engine.js";
import { processorSeconds, windowsInSeconds } from "./equal-seconds.js";
import { knowsDocuments, scoreWith } from "./evaluate.js";
import { findSources, toInput } from "./inputs.js";
import { loadModel } from "./models.js";
import { pause } from "./pause.js";
import { nodeRunPorts, type RunControl, resumeRun, startRun } from "./runs.js";
import { wantUnread } from "./scored.js";
import { readSources } from "./texts.js";
import { nodeThreads } from "./threads.js";

/** What a run came to. */
export interface RunScore {
  readonly variant: string;
  readonly seed: number;
  readonly windows: number;
  /** Of processor time, in training; null where the run was stopped on the way and not all of it was counted. */
  readonly seconds: number | null;
  /** Why there is no score. */
  readonly diverged?: string;
  /** Σ −log p and tokens. */
  readonly stretches: readonly Stretch[];
  readonly characters: number;
}

export interface VariantScore {
  readonly variant: string;
  readonly windows: number;
  /** Mean seconds of its runs; null where one was not counted whole. */
  readonly seconds: number | null;
  /** Means over the seeds that base has too; NaN where there is none. */
  readonly nats: number;
  readonly bpc: number;
  /** Against base, in nats a token. Undefined for base itself, and where no seed has both. */
  readonly against?: Paired;
  readonly diverged: readonly number[];
}

export interface Ablated {
  readonly folder: string;
  /** What the losses are of, in words. */
  readonly heldOut: string;
  readonly tokens: number;
  readonly seconds: number;
  readonly seeds: readonly number[];
  readonly variants: readonly VariantScore[];
}

export type AblationEvent =
  | { readonly kind: "measuring"; readonly runs: number }
  | { readonly kind: "measured"; readonly windows: Readonly<Record<string, number>> }
  | {
      readonly kind: "run";
      readonly variant: string;
      readonly seed: number;
      readonly done: number;
      readonly runs: number;
    }
  | { readonly kind: "training"; readonly event: TrainEvent }
  | { readonly kind: "scored"; readonly score: RunScore }
  | { readonly kind: "result"; readonly result: Ablated };

const { fs } = nodeRunPorts;
const LANES = 16;

/** Goes on where it was left; ends with `result`, or before it where `stopping` said so. */
export async function* ablate(
  a: Ablation,
  folder: string,
  o: RunControl = {},
): AsyncGenerator<AblationEvent, void, void> {
  const notice = o.notice ?? (() => {});
  const kept = await readPlan(folder, a);
  const first = knobsOf(a, BASE, a.seeds[0]!, 1);
  const validInputs = a.valid && (await findSources(a.valid, notice)).map(toInput);
  const corpus = await readSources(await findSources(a.text, notice), {
    field: fieldOf(first),
    validFraction: Number(first.validFraction),
    ...(validInputs && { validInputs }),
    notice,
  });
  if (a.valid) await wantUnread(a.text, a.valid);
  if (corpus.valid === undefined) {
    throw usageError("An ablation wants text that is held out.", 'Give it "valid", or a validFraction above 0.');
  }
  let windows = kept;
  if (windows === undefined) {
    yield { kind: "measuring", runs: variantsOf(a).length };
    windows = await measure(a, corpus, o);
    if (windows === undefined) return;
    await fs.makeFolder(folder);
    await writeJson(joinPath(folder, PLAN), { recipe: a, windows });
    yield { kind: "measured", windows };
  } else if (kept !== undefined) await writeJson(joinPath(folder, PLAN), { recipe: a, windows }); // seeds may have grown

  const runs = runsOf(a);
  const scores: RunScore[] = [];
  for (const [done, { variant, seed }] of runs.entries()) {
    const at = joinPath(folder, `${variant}-${seed}`);
    let score = (await readJson(joinPath(at, SCORE))) as RunScore | undefined;
    if (score === undefined) {
      yield { kind: "run", variant, seed, done, runs: runs.length };
      const ended = yield* train(a, at, variant, seed, windows[variant]!, o);
      if (ended === undefined) return;
      const about = { variant, seed, windows: windows[variant]!, seconds: ended.seconds };
      score =
        ended.diverged === undefined
          ? { ...about, ...(await scoreOf(at, corpus, first.engine as EngineName, notice)) }
          : { ...about, diverged: ended.diverged, stretches: [], characters: 0 };
      await writeJson(joinPath(at, SCORE), score);
      yield { kind: "scored", score };
    }
    scores.push(score);
  }
  yield { kind: "result", result: resultOf(a, folder, scores) };
}

/** Trains one run to its end. Undefined where it was stopped before. */
async function* train(
  a: Ablation,
  at: string,
  variant: string,
  seed: number,
  steps: number,
  o: RunControl,
): AsyncGenerator<AblationEvent, { seconds: number | null; diverged?: string } | undefined, void> {
  const control = { ...o, alone: true };
  const resumed = await hasRun(fs, at);
  const run = resumed
    ? await resumeRun(at, control)
    : await startRun({
        ...control,
        paths: a.text,
        ...(a.valid && { valid: a.valid }),
        out: at,
        knobs: knobsOf(a, variant, seed, steps),
      });
  let begun: number | undefined;
  let seconds = 0;
  try {
    for await (const event of run.events) {
      const now = processorSeconds();
      if (event.kind === "start") begun = now;
      if (event.kind === "window") seconds = now - (begun ?? now);
      yield { kind: "training", event };
    }
  } catch (error) {
    if (error instanceof LonghandError && error.fault === "diverged") return { seconds: null, diverged: error.message };
    throw error;
  }
  if (!run.prepared.trainer.stateInPlace().ended) return undefined;
  return { seconds: resumed ? null : seconds };
}

async function measure(a: Ablation, corpus: Corpus, o: RunControl): Promise<Record<string, number> | undefined> {
  const variants = variantsOf(a);
  const runs = variants.map((variant) => knobsOf(a, variant, a.seeds[0]!, 1));
  const { engine } = nodeEngine(runs[0]!.engine as EngineName);
  const options = { engine, pause, threads: nodeThreads(), ...(o.stopping && { stopping: o.stopping }) };
  const found = await windowsInSeconds(corpus, runs, options, a.seconds);
  return found && Object.fromEntries(variants.map((variant, i) => [variant, found[i]!]));
}

/** The held-out text read once by the weights at the end, the state carried; by all runs in the same lanes, so stretch is stretch. */
async function scoreOf(at: string, corpus: Corpus, engine: EngineName, notice: (text: string) => void) {
  const stored = await loadModel(at);
  const valid = corpus.valid!;
  const lanes = Math.max(1, Math.min(LANES, Math.floor(valid.length / 256)));
  const reading = scoredLanes(valid, lanes, stored.vocab.newlineId);
  const counted = countStretches(stored, reading.lanes, reading);
  const documents = knowsDocuments(stored);
  const state = scoringState(documents ? "document" : "carry", documents);
  await scoreWith(stored, reading.lanes, state, { engine, notice }, counted.each);
  const stretches = counted.found().map(({ nats, tokens }) => ({ sum: nats, size: tokens }));
  return { stretches, characters: reading.characters };
}

/** Of each variant over the seeds that ended well with it and with base. */
export function resultOf(a: Ablation, folder: string, scores: readonly RunScore[]): Ablated {
  const whole = scores.filter(({ diverged }) => diverged === undefined);
  const found = (variant: string, seed: number) => whole.find((each) => each.variant === variant && each.seed === seed);
  const total = (rows: readonly Stretch[], of: keyof Stretch) => rows.reduce((sum, each) => sum + each[of], 0);
  const variants = variantsOf(a).map((variant): VariantScore => {
    const its = scores.filter((each) => each.variant === variant);
    const seeds = a.seeds.filter((seed) => found(variant, seed) && found(BASE, seed));
    const rows = seeds.map((seed) => found(variant, seed)!);
    const sum = rows.reduce((all, { stretches }) => all + total(stretches, "sum"), 0);
    const per = (size: (row: RunScore) => number) => sum / rows.reduce((all, row) => all + size(row), 0);
    const spent = its.map(({ seconds }) => seconds);
    const against = paired(
      seeds.map((seed) => found(BASE, seed)!.stretches),
      rows.map(({ stretches }) => stretches),
    );
    return {
      variant,
      windows: its[0]!.windows,
      seconds: spent.includes(null) ? null : spent.reduce((all: number, each) => all + each!, 0) / spent.length,
      nats: per((row) => total(row.stretches, "size")),
      bpc: per((row) => row.characters) / Math.LN2,
      ...(variant !== BASE && against && { against }),
      diverged: its.filter(({ diverged }) => diverged !== undefined).map(({ seed }) => seed),
    };
  });
  const tokens = total(whole[0]?.stretches ?? [], "size");
  const share = 100 * Number(knobsOf(a, BASE, a.seeds[0]!, 1).validFraction);
  const heldOut = a.valid ? a.valid.join(", ") : `the last ${Number(share.toPrecision(3))}% of ${a.text.join(", ")}`;
  return { folder, heldOut, tokens, seconds: a.seconds, seeds: a.seeds, variants };
}

const PLAN = "ablation.json";
const SCORE = "held-out.json";

/** The windows of each variant where the ablation was begun before. Throws where it was another one. */
async function readPlan(folder: string, a: Ablation): Promise<Record<string, number> | undefined> {
  const kept = (await readJson(joinPath(folder, PLAN))) as
    | { recipe: Ablation; windows: Record<string, number> }
    | undefined;
  const other = kept && ablationDifference(kept.recipe, a);
  if (other !== undefined) {
    throw usageError(
      `${folder} holds an ablation with another ${other}.`,
      "Give this one another folder with --out. Only seeds can be added to one that was begun.",
    );
  }
  return kept?.windows;
}

async function readJson(path: string): Promise<unknown> {
  if ((await fs.stat(path)) === undefined) return undefined;
  try {
    return JSON.parse(new TextDecoder().decode(await fs.read(path)));
  } catch {
    return undefined; // it is made again
  }
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await writeAtomic(fs, path, [new TextEncoder().encode(`${JSON.stringify(value)}\n`)]);
}
