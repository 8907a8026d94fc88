// Evaluates a run on a text: the model, a uniform guess, the n-gram of the run's own training text if that is still there, and a
// general-purpose compressor. Every number says what it was taken with.

import { LonghandError } from "../../base/errors.js";
import { exp, log } from "../../base/math.js";
import { joinPath } from "../../base/ports.js";
import type { EngineName } from "../../compute/engines.js";
import type { Baseline } from "../../evaluation/baseline/baseline.js";
import { type CompressorBeside, compressBeside, type PlainText } from "../../evaluation/baseline/compressor.js";
import { type Interval, interval } from "../../evaluation/intervals/bootstrap.js";
import { countBlocks, type ScoredBlock } from "../../evaluation/scoring/blocks.js";
import { evaluate, type Score, score, scoredLanes } from "../../evaluation/scoring/evaluate.js";
import { type ScoringState, scoringState } from "../../evaluation/scoring/states.js";
import type { StoredModel } from "../../model/file/model-file.js";
import type { TextInput } from "../../text/encoding/utf8.js";
import { rawCounts } from "../../text/matching/raw-counts.js";
import type { Tokens } from "../../text/storage/tokens.js";
import type { LaneReader, Window } from "../../text/windows/lanes.js";
import { createPool } from "../../training/step/threads.js";
import { nodeEngine } from "../engine/engine.js";
import { nodeThreads } from "../engine/threads.js";
import { loadModel } from "../files/models.js";
import { readTrainingText } from "../files/texts.js";
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

export interface Evaluated {
  readonly text: string;
  /** `carry`, `document`, `cold:256`; and in words. */
  readonly state: string;
  readonly stateSays: string;
  readonly lanes: number;
  readonly model: Score;
  /** 95% intervals of the model's numbers. */
  readonly intervals: Readonly<Record<"nats" | "bpc" | "bpb" | "perplexity" | "perWord", Interval>>;
  /** Runs of non-white-space in the text, and e^(total nats / words). */
  readonly words: number;
  readonly perWord: number;
  readonly uniform: Score;
  readonly baseline?: Baseline;
  /** Why there is no n-gram. */
  readonly noBaseline?: string;
  readonly compressor?: CompressorBeside;
  readonly noCompressor?: string;
  /** Tokens of the text that the vocabulary lacks. */
  readonly unknown: number;
  /** Stretches that the intervals are made from. */
  readonly stretches: number;
}

export interface ScoringOptions {
  readonly engine?: EngineName;
  readonly lanes?: number | undefined;
  /** All cores where absent, fewer for a small model. */
  readonly threads?: number | undefined;
  readonly notice?: (text: string) => void;
  /** `carry`, `document` or `cold:N`. */
  readonly state?: string | undefined;
  /** Also a text that the run was trained on. */
  readonly anyway?: boolean;
  /** The model alone: nothing is counted or compressed beside it. */
  readonly alone?: boolean;
}

const STEPS = 64;

/**
 * `path` is a run's folder, or a model file (which knows no training text); without texts the run's validation part is scored.
 * Throws a usage error for a text that the run was trained on.
 */
export async function evaluateText(path: string, texts: readonly string[], o: ScoringOptions = {}): Promise<Evaluated> {
  const notice = o.notice ?? (() => {});
  const stored = await loadModel(path);
  const { vocab } = stored;
  const state = scoringState(o.state, knowsDocuments(stored));
  const run = await knownRun(path, notice);
  const text = texts.length > 0 ? await namedText(texts, notice) : await validationText(path, run, stored);
  const warning = await trainedOn(path, run, text, o.anyway === true);
  if (warning !== undefined) notice(warning);
  const tokens = await text.tokens(stored, notice);
  const lanes = o.lanes ?? run?.lanes ?? 1;
  const beside = o.alone
    ? Promise.resolve([undefined, undefined] as const)
    : Promise.all([counted(path, run, stored, tokens), compressed(run, text)]);
  beside.catch(() => {}); // it is awaited below
  const reading = scoredLanes(tokens, lanes, vocab.newlineId);
  const stretches = countBlocks(stored, reading.lanes, reading);
  const found = await scoreWith(stored, reading.lanes, state, o, stretches.each);
  const sizes = { tokens: found.tokens, characters: reading.characters, bytes: reading.bytes };
  const model = score(found.nats, sizes);
  const { words } = text.sizes;
  const perWord = exp(found.nats / words);
  const blocks = stretches.found();
  const [baseline, compressor] = await beside;
  return {
    text: text.name,
    state: state.name,
    stateSays: state.says,
    lanes,
    model,
    intervals: intervalsOf(blocks, model, found.nats / words),
    words,
    perWord,
    uniform: score(found.tokens * log(vocab.size), sizes),
    ...(typeof baseline === "string" ? { noBaseline: baseline } : baseline && { baseline }),
    ...(typeof compressor === "string" ? { noCompressor: compressor } : compressor && { compressor }),
    unknown: tokens.unknown,
    stretches: blocks.length,
  };
}

/** Reads all windows with the model; `each` is told of every one. */
export async function scoreWith(
  stored: StoredModel,
  reader: LaneReader,
  state: ScoringState,
  o: ScoringOptions,
  each: (window: Window, losses: ArrayLike<number>) => void,
): Promise<{ nats: number; tokens: number }> {
  const options = { lanes: reader.lanes, steps: STEPS, ...(knowsDocuments(stored) && { documents: true }) };
  const threading = { threads: nodeThreads(), asked: o.threads, notice: o.notice };
  const { model, pool } = createPool(stored.spec, nodeEngine(o.engine).engine, options, threading);
  model.setWeights(stored.weights);
  const { cold } = state;
  return evaluate(model, state.reader(reader), { pool, each, ...(cold && { cold }) }).finally(() => pool.end());
}

/** Documents end with a token of their own. */
export function knowsDocuments({ vocab }: Pick<StoredModel, "vocab">): boolean {
  return vocab.endId !== undefined;
}

/** Intervals about the whole text's own means: sizes of a stretch are told from its tokens, and may be a little off. */
function intervalsOf(blocks: readonly ScoredBlock[], whole: Score, natsPerWord: number): Evaluated["intervals"] {
  const about = (size: "tokens" | "characters" | "bytes" | "words", mean: number): Interval => {
    const { low, high } = interval(blocks.map((each) => ({ sum: each.nats, size: each[size] })));
    const total = (of: "nats" | typeof size) => blocks.reduce((sum, each) => sum + each[of], 0);
    const scale = mean / (total("nats") / total(size));
    return { low: low * scale, high: high * scale };
  };
  const raised = ({ low, high }: Interval) => ({ low: exp(low), high: exp(high) });
  const nats = about("tokens", whole.nats);
  return {
    nats,
    bpc: about("characters", whole.bpc),
    bpb: about("bytes", whole.bpb),
    perplexity: raised(nats),
    perWord: raised(about("words", natsPerWord)),
  };
}

/** The n-gram beside, or why not. */
async function counted(
  path: string,
  run: KnownRun | undefined,
  { vocab }: StoredModel,
  scored: Tokens,
): Promise<Baseline | string> {
  if (run === undefined) return `${joinPath(path)} is no run's folder, so its training text is not known.`;
  return reasonFor(async () => countBaseline(await readTrainingText(path, run.config, vocab), scored));
}

/** The compressor beside, or why not. */
async function compressed(run: KnownRun | undefined, text: ScoredText): Promise<CompressorBeside | string> {
  if (text.sizes.bytes < FEWEST_COMPRESSED) return `of a text below ${FEWEST_COMPRESSED} bytes its frame is the most.`;
  if (text.sizes.bytes > MOST_COMPRESSED) return `texts above ${MOST_COMPRESSED >> 20} MiB take it too long.`;
  const training = run && (await reasonFor(async () => plain(() => trainingInputs(run, MOST_COMPRESSED))));
  const scored = { sizes: text.sizes, stream: () => bytesOf(text.inputs()) };
  return compressBeside(brotli, scored, typeof training === "string" ? undefined : training);
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

/** What `find` finds, or the first line of what it says for a person. */
async function reasonFor<T>(find: () => Promise<T>): Promise<T | string> {
  try {
    return await find();
  } catch (error) {
    if (error instanceof LonghandError) return error.message.split("\n", 1)[0] ?? "";
    throw error;
  }
}
