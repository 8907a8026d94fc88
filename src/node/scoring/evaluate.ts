// Evaluates a run on a text: losses of the model, of a uniform guess, of an n-gram of the run's training text if that
// is still there, and of a general-purpose compressor.

import { LonghandError } from "../../base/errors.js";
import { joinPath } from "../../base/ports.js";
import type { EngineName } from "../../compute/engines.js";
import type { Baseline } from "../../evaluation/baseline/baseline.js";
import { type CompressorComparison, compareCompressor, type PlainText } from "../../evaluation/baseline/compressor.js";
import { scoredLanes } from "../../evaluation/scoring/evaluate.js";
import { type ScoringState, scoringState } from "../../evaluation/scoring/states.js";
import {
  type Evaluated,
  type EvaluateOptions,
  evaluateTokens,
  modelOpener,
  type OpenModel,
  scoreLanes,
} from "../../face/evaluate.js";
import type { StoredModel } from "../../model/file/model-file.js";
import { readingOf } from "../../text/encoding/field.js";
import { rawCounts } from "../../text/matching/raw-counts.js";
import type { TextInput } from "../../text/reading/utf8.js";
import type { Tokens } from "../../text/storage/tokens.js";
import { type LaneReader, validationLanes, type Window } from "../../text/windows/lanes.js";
import { nodeEngine } from "../engine/engine.js";
import { nodeThreads } from "../engine/threads.js";
import type { NamedSource } from "../files/inputs.js";
import { openKeptText } from "../files/kept-text.js";
import { loadModel } from "../files/models.js";

import { countBaseline } from "../runs/baseline.js";
import { brotli, FEWEST_COMPRESSED, MOST_COMPRESSED } from "../system/brotli.js";
import {
  type KnownRun,
  knownRun,
  namedText,
  type ScoredText,
  trainedOn,
  trainingInputs,
  validationText,
} from "./scored.js";

/** How a run is scored. */
export interface ScoringOptions extends EvaluateOptions {
  /** Engine that computes; the fastest by default. */
  readonly engine?: EngineName | undefined;
  /** Score the last weights of a run, not those of its best validation. */
  readonly last?: boolean | undefined;
}

/**
 * Evaluates a run, or a model file (whose training text is not known). Without texts, the run's validation part is
 * scored. Throws a usage error for a text that the run was trained on.
 */
export async function evaluateText(
  path: string,
  texts: readonly NamedSource[],
  o: ScoringOptions = {},
): Promise<Evaluated> {
  return evaluateStored(await loadModel(path, [], o.last), path, texts, o);
}

/** The same for a model that is loaded; `path` is where it was loaded from. */
export async function evaluateStored(
  stored: StoredModel,
  path: string,
  texts: readonly NamedSource[],
  o: ScoringOptions = {},
): Promise<Evaluated> {
  const notice = o.notice ?? (() => {});
  const state = scoringState(o.state, knowsDocuments(stored));
  const run = await knownRun(path, notice);
  const text =
    texts.length > 0
      ? await namedText(texts, readingOf(stored.field, o), notice)
      : await validationText(path, run, stored);
  const warning = await trainedOn(path, run, text, o.force === true);
  if (warning !== undefined) notice(warning);
  const tokens = await text.tokens(stored, notice);
  const lanes = o.lanes ?? validationLanes(tokens.length, run?.lanes ?? 1);
  const comparisons = o.withoutBaseline
    ? Promise.resolve([undefined, undefined] as const)
    : Promise.all([counted(path, run, stored, tokens, lanes), compressed(run, stored, text)]);
  comparisons.catch(() => {}); // it is awaited below
  const scored = { name: text.name, tokens, words: text.sizes.words };
  const evaluated = await evaluateTokens(stored, scored, lanes, state, openModel(stored, o));
  const [baseline, compressor] = await comparisons;
  return {
    ...evaluated,
    ...(typeof baseline === "string" ? { noBaseline: baseline } : baseline && { baseline }),
    ...(typeof compressor === "string" ? { noCompressor: compressor } : compressor && { compressor }),
  };
}

/** Reads all windows with the model; `each` gets every window with its losses. */
export function scoreWith(
  stored: StoredModel,
  reader: LaneReader,
  state: ScoringState,
  o: ScoringOptions,
  each: (window: Window, losses: ArrayLike<number>) => void,
): Promise<{ nats: number; tokens: number }> {
  return scoreLanes(openModel(stored, o), reader, state, each);
}

function openModel(stored: StoredModel, o: ScoringOptions): OpenModel {
  const { engine } = nodeEngine(o.engine);
  return modelOpener(stored, engine, { threads: nodeThreads(), asked: o.threads, notice: o.notice });
}

/** Whether the model's documents end with the token <end>. */
export function knowsDocuments({ vocab }: Pick<StoredModel, "vocab">): boolean {
  return vocab.endId !== undefined;
}

/** The n-gram's loss, or why there is none. */
async function counted(
  path: string,
  run: KnownRun | undefined,
  { vocab }: StoredModel,
  scored: Tokens,
  lanes: number,
): Promise<Baseline | string> {
  if (run === undefined) return `${joinPath(path)} is no run's folder, so its training text is not known.`;
  const { positions } = scoredLanes(scored, lanes, vocab.newlineId).lanes;
  const pieces = { before: vocab.newlineId, positions };
  return reasonFor(async () => countBaseline((await openKeptText(path, run.config, vocab)).corpus, scored, pieces));
}

/** The compressor's size, or why there is none. */
async function compressed(
  run: KnownRun | undefined,
  { vocab }: StoredModel,
  text: ScoredText,
): Promise<CompressorComparison | string> {
  if (text.sizes.bytes < FEWEST_COMPRESSED) return `a text below ${FEWEST_COMPRESSED} bytes is too short.`;
  if (text.sizes.bytes > MOST_COMPRESSED) return `a text above ${MOST_COMPRESSED >> 20} MiB takes too long.`;
  const training = run && (await reasonFor(async () => plain(() => trainingInputs(run, vocab, MOST_COMPRESSED))));
  const scored = { sizes: text.sizes, stream: () => bytesOf(text.inputs()) };
  return compareCompressor(brotli, scored, typeof training === "string" ? undefined : training);
}

async function plain(inputs: () => Promise<readonly TextInput[]>): Promise<PlainText> {
  const counts = rawCounts();
  for await (const piece of bytesOf(await inputs())) counts.update(piece);
  const again = async function* () {
    yield* bytesOf(await inputs());
  };
  return { sizes: counts.found(), stream: again };
}

async function* bytesOf(inputs: readonly TextInput[]): AsyncGenerator<Uint8Array> {
  for (const { bytes } of inputs) yield* bytes;
}

/** The result of `find`, or the first line of its error message. */
async function reasonFor<T>(find: () => Promise<T>): Promise<T | string> {
  try {
    return await find();
  } catch (error) {
    if (error instanceof LonghandError) return error.message.split("\n", 1)[0] ?? "";
    throw error;
  }
}
