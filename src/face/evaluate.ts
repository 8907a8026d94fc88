// Evaluates a model on a text: its loss in every unit with intervals, and a uniform guess beside it. A platform may add
// an n-gram and a compressor.

import { exp, log } from "../base/math.js";
import type { Engine } from "../compute/arena.js";
import type { WorkerPool } from "../compute/worker-pool.js";
import type { Baseline } from "../evaluation/baseline/baseline.js";
import type { CompressorComparison } from "../evaluation/baseline/compressor.js";
import { type Interval, interval } from "../evaluation/intervals/bootstrap.js";
import { countBlocks, type ScoredBlock } from "../evaluation/scoring/blocks.js";
import { evaluate, type Score, score, scoredLanes } from "../evaluation/scoring/evaluate.js";
import type { ScoringState } from "../evaluation/scoring/states.js";
import type { StoredModel } from "../model/file/model-file.js";
import type { LanguageModel } from "../model/language-model.js";
import type { ModelItem } from "../model/work-items.js";
import type { Tokens } from "../text/storage/tokens.js";
import type { LaneReader, Window } from "../text/windows/lanes.js";
import { createPool, type PoolOptions } from "../training/step/threads.js";
import type { TextReading } from "./text-source.js";

/** How a model is evaluated. */
export interface EvaluateOptions extends TextReading {
  /** Number of lanes that the text is read in; the run's batch size by default, else 1. */
  readonly lanes?: number | undefined;
  /** Number of threads; by default as many as the model gains from. No bit depends on it. */
  readonly threads?: number | undefined;
  /**
   * When the state is zeroed: `carry` (never), `document` (at the start of each document) or `cold:N` (every N tokens).
   */
  readonly state?: string | undefined;
  /** Also evaluate a text that the model was trained on. */
  readonly force?: boolean | undefined;
  /** The model alone: no n-gram and no compressor beside it. */
  readonly withoutBaseline?: boolean | undefined;
  /** Receives sentences for the user. */
  readonly notice?: ((text: string) => void) | undefined;
}

/** A model's loss on a text, and what it is compared with. */
export interface Evaluated {
  /** Name of the text. */
  readonly text: string;
  /** `carry`, `document` or `cold:256`; and the same in words. */
  readonly state: string;
  /** The state in words. */
  readonly stateSays: string;
  /** Number of lanes that the text was read in. */
  readonly lanes: number;
  /** Score of the model. */
  readonly model: Score;
  /** 95% intervals of the model's numbers, by a bootstrap over blocks of the text (Künsch 1989). */
  readonly intervals: Readonly<Record<"nats" | "bpc" | "bpb" | "perplexity" | "perWord", Interval>>;
  /** Code points of the scored text. */
  readonly characters: number;
  /** Bytes of the scored text in UTF-8. */
  readonly bytes: number;
  /** Words of the text, separated by white space. */
  readonly words: number;
  /** Perplexity per word: e^(total nats / words), unknown tokens charged their spelling. */
  readonly perWord: number;
  /** A uniform guess over the vocabulary. */
  readonly uniform: Score;
  /** The n-gram of the model's own training text. */
  readonly baseline?: Baseline;
  /** Why there is no n-gram. */
  readonly noBaseline?: string;
  /** A general-purpose compressor. */
  readonly compressor?: CompressorComparison;
  /** Why there is no compressor. */
  readonly noCompressor?: string;
  /** Tokens of the text that the vocabulary lacks; figures per character, byte and word are charged their spelling. */
  readonly unknown: number;
  /** Number of blocks that the intervals are computed from. */
  readonly blocks: number;
}

/** Names of `EvaluateOptions`. */
export const evaluateOptionNames = [
  "lanes",
  "threads",
  "state",
  "force",
  "withoutBaseline",
  "notice",
  "encoding",
  "column",
] as const;

/** Time steps of a window of evaluation. */
const EVALUATION_STEPS = 64;

/** Computes windows of a model: its language model and its pool. */
export type OpenModel = (reader: LaneReader) => {
  readonly model: LanguageModel;
  readonly pool: WorkerPool<ModelItem>;
};

/** Opens a model on an engine, on as many threads as it gains from. */
export function modelOpener({ spec, vocab, weights }: StoredModel, engine: Engine, options: PoolOptions): OpenModel {
  return ({ lanes }) => {
    const sizes = { lanes, steps: EVALUATION_STEPS, documents: vocab.endId !== undefined };
    const opened = createPool(spec, engine, sizes, options);
    opened.model.setWeights(weights);
    return opened;
  };
}

/** Reads all windows with the model; `each` gets every window with its losses. Ends the pool. */
export async function scoreLanes(
  open: OpenModel,
  reader: LaneReader,
  state: ScoringState,
  each: (window: Window, losses: ArrayLike<number>) => void,
): Promise<{ nats: number; tokens: number }> {
  const { model, pool } = open(reader);
  const { resetEvery } = state;
  return evaluate(model, state.reader(reader), { pool, each, ...(resetEvery && { resetEvery }) }).finally(() =>
    pool.end(),
  );
}

/** Evaluates a model on the tokens of a text; `words` is the text's number of words. */
export async function evaluateTokens(
  stored: StoredModel,
  text: { readonly name: string; readonly tokens: Tokens; readonly words: number },
  lanes: number,
  state: ScoringState,
  open: OpenModel,
): Promise<Evaluated> {
  const { tokens, words } = text;
  const reading = scoredLanes(tokens, lanes, stored.vocab.newlineId);
  const counting = countBlocks(stored, reading.lanes, reading);
  const found = await scoreLanes(open, reading.lanes, state, counting.each);
  const { lanes: _, ...whole } = reading;
  const sizes = { ...whole, tokens: found.tokens };
  const model = score(found.nats, sizes);
  const blocks = counting.blocks();
  const natsPerWord = (found.nats + whole.spelling) / words;
  return {
    text: text.name,
    state: state.name,
    stateSays: state.description,
    lanes,
    model,
    intervals: intervalsOf(blocks, model, natsPerWord),
    characters: whole.characters,
    bytes: whole.bytes,
    words,
    perWord: exp(natsPerWord),
    uniform: score(found.tokens * log(stored.vocab.size), sizes),
    unknown: tokens.unknown,
    blocks: blocks.length,
  };
}

/**
 * Intervals around the means of the whole text. (A block's sizes are estimated from its tokens and may be slightly
 * off.)
 */
function intervalsOf(blocks: readonly ScoredBlock[], whole: Score, natsPerWord: number): Evaluated["intervals"] {
  const about = (size: "tokens" | "characters" | "bytes" | "words", mean: number): Interval => {
    // biome-ignore format: one line
    const charged = blocks.map((each) => ({ sum: each.nats + (size === "tokens" ? 0 : each.spelling), size: each[size] }));
    const { low, high } = interval(charged);
    const total = (of: "sum" | "size") => charged.reduce((sum, each) => sum + each[of], 0);
    const scale = mean / (total("sum") / total("size"));
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
