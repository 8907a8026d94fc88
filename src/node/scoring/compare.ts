// Compares two runs on one text that neither was trained on. evaluation/scoring/alignment.ts aligns runs of different
// units or vocabularies.

import { usageError } from "../../base/errors.js";
import { type Comparison, compareBlocks, type PairedBlock } from "../../evaluation/intervals/compare.js";
import { align, alignedNats } from "../../evaluation/scoring/alignment.js";
import { countBlocks, type ScoredBlock } from "../../evaluation/scoring/blocks.js";
import { scoredLanes } from "../../evaluation/scoring/evaluate.js";
import { type ScoringState, scoringState } from "../../evaluation/scoring/states.js";
import type { StoredModel } from "../../model/file/model-file.js";
import { readingOf } from "../../text/encoding/field.js";
import { validationLanes } from "../../text/windows/lanes.js";
import type { NamedSource } from "../files/inputs.js";
import { loadModel } from "../files/models.js";
import { knowsDocuments, type ScoringOptions, scoreWith } from "./evaluate.js";
import { knownRun, namedText, type ScoredText, sameCut, trainedOn, validationText } from "./scored.js";

/** The difference between two runs on one text, with its interval. */
export interface Compared extends Comparison {
  /** Name of the text. */
  readonly text: string;
  /** `carry`, `document` or `cold:256`. */
  readonly state: string;
  /** The same in words. */
  readonly stateSays: string;
  /** Number of lanes that both runs read. */
  readonly lanes: number;
  /**
   * Unknown tokens of each run. They are charged their `<unk>` and 8 bits per byte of their spelling.
   */
  readonly unknown: { readonly a: number; readonly b: number };
  /** Bytes that count for neither, because one of the runs does not predict them. */
  readonly leftOut: number;
}

/** Without texts it scores the validation part of `a`. Both runs are scored in the lanes in which `a` validates. */
export async function compareRuns(
  a: string,
  b: string,
  texts: readonly NamedSource[],
  o: ScoringOptions = {},
): Promise<Compared> {
  const notice = o.notice ?? (() => {});
  const first = await loadModel(a);
  const second = await loadModel(b);
  const state = scoringState(o.state, knowsDocuments(first) && knowsDocuments(second));
  const runA = await knownRun(a, notice);
  const runB = await knownRun(b, notice);
  const text =
    texts.length > 0 ? await namedText(texts, readingOf(first.field, o), notice) : await validationText(a, runA, first);
  for (const [path, run] of [
    [a, runA],
    [b, runB],
  ] as const) {
    const warning = await trainedOn(path, run, text, o.force === true);
    if (warning !== undefined) notice(warning);
  }
  const lanesFor = (tokens: number) => o.lanes ?? validationLanes(tokens, runA?.lanes ?? 1);
  const pair = sameCut(first, second) ? pairByToken : pairByByte;
  const { blocks, ...rest } = await pair(text, first, second, lanesFor, state, { ...o, notice });
  if (blocks.every(({ bytes }) => bytes === 0)) {
    throw usageError(`No part of ${text.name} is predicted by both runs.`, "Name a longer text, or other runs.");
  }
  const about = { text: text.name, state: state.name, stateSays: state.description };
  return { ...about, ...rest, ...compareBlocks(blocks) };
}

type Paired = { blocks: PairedBlock[] } & Pick<Compared, "lanes" | "unknown" | "leftOut">;
type Pair = (
  text: ScoredText,
  a: StoredModel,
  b: StoredModel,
  lanesFor: (tokens: number) => number,
  state: ScoringState,
  o: ScoringOptions & { readonly notice: (text: string) => void },
) => Promise<Paired>;

/** Pairs blocks of runs that see the same tokens. */
const pairByToken: Pair = async (text, a, b, lanesFor, state, o) => {
  const tokens = await text.tokens(a, o.notice);
  const lanes = lanesFor(tokens.length);
  const reading = scoredLanes(tokens, lanes, a.vocab.newlineId);
  const found: ScoredBlock[][] = [];
  for (const stored of [a, b]) {
    const counting = countBlocks(stored, reading.lanes, reading);
    await scoreWith(stored, reading.lanes, state, o, counting.each);
    found.push(counting.blocks());
  }
  const blocks = found[0]!.map(({ nats, spelling, characters, bytes }, k) => ({
    a: nats + spelling,
    b: found[1]![k]!.nats + spelling,
    characters,
    bytes,
  }));
  return { blocks, lanes, unknown: { a: tokens.unknown, b: tokens.unknown }, leftOut: 0 };
};

/** Pairs blocks of runs whose units or vocabularies differ. */
const pairByByte: Pair = async (text, a, b, lanesFor, state, o) => {
  if (knowsDocuments(a) || knowsDocuments(b)) {
    throw usageError(
      "Runs that end documents with a token can be compared only if both have the same unit and vocabulary.",
      "Name two runs with the same unit, vocabulary and `documents`, or evaluate each by itself.",
    );
  }
  const aligned = await align(text.inputs, text.sizes.bytes, a, b);
  const nats: number[][] = [];
  let lanes: number | undefined;
  for (const [stored, side] of [
    [a, aligned.a],
    [b, aligned.b],
  ] as const) {
    const tokens = await text.tokens(stored, o.notice);
    const { newlineId } = stored.vocab;
    lanes ??= lanesFor(tokens.length); // both runs read the same number of lanes
    const { lanes: reader } = scoredLanes(tokens, lanes, newlineId);
    const gathering = alignedNats(side, reader, newlineId !== undefined);
    await scoreWith(stored, reader, state, o, gathering.each);
    nats.push(gathering.nats);
  }
  const blocks = aligned.bytes.map((bytes, k) => ({
    a: nats[0]![k]!,
    b: nats[1]![k]!,
    characters: aligned.characters[k]!,
    bytes,
  }));
  const unknown = { a: aligned.a.unknown, b: aligned.b.unknown };
  return { blocks: blocks.filter(({ bytes }) => bytes > 0), lanes: lanes ?? 1, unknown, leftOut: aligned.skippedBytes };
};
