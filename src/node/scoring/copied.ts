// Whether a text copies what a run was trained on: the run's training text is found again as `evaluate` finds it, and
// beside the text stands as much of the run's validation part, which people wrote. How it is compared is
// evaluation/copying/copied.ts's.

import { relative } from "node:path";
import { usageError } from "../../base/errors.js";
import {
  type Copied,
  copied,
  copyVerdict,
  EXAMINED_LIMIT,
  NGRAM_LENGTHS,
  quantity,
  type Span,
} from "../../evaluation/copying/copied.js";
import type { StoredModel } from "../../model/file/model-file.js";
import type { Notice } from "../../text/encoding/utf8.js";
import { locate } from "../../text/matching/located.js";
import type { TokenSource } from "../../text/storage/tokens.js";
import { fieldOf } from "../../training/settings/training-settings.js";
import { type NamedSource, toInput } from "../files/inputs.js";
import { loadModel } from "../files/models.js";
import { keptSources, readSources, readTrainingText } from "../files/texts.js";
import { type KnownRun, knownRun, namedText } from "./scored.js";

/** A span, and where it first stands in the training text. */
export interface PlacedSpan extends Span {
  readonly shown: string;
  readonly file: string;
  readonly line: number;
}

export interface Copying extends Copied {
  readonly spans: readonly PlacedSpan[];
}

export interface CopyReport {
  readonly run: string;
  /** What is examined, in words. */
  readonly name: string;
  /** What one token is: `character`, `byte`, `word`. */
  readonly unit: string;
  /** Tokens of the run's training part. */
  readonly trained: number;
  readonly text: Copying;
  /** The same of the beginning of the run's validation part, as long as the text if there is as much of it. */
  readonly heldOut?: Copying;
  /** Why there is none. */
  readonly noHeldOut?: string;
  /** What to make of it, in a sentence or two. */
  readonly verdict: string;
}

/** A run and what it was trained on. */
export interface TrainedText {
  readonly run: KnownRun;
  readonly stored: StoredModel;
  readonly train: TokenSource;
  readonly valid: TokenSource | undefined;
}

export interface CopyOptions {
  /** How many spans are told, 10 where absent. */
  readonly spans?: number | undefined;
  readonly notice?: Notice;
}

/** `path` is a run's folder. Throws a usage error where its training text is not known, is gone or has changed. */
export async function openTrainedText(path: string, stored: StoredModel, notice: Notice): Promise<TrainedText> {
  const run = await knownRun(path, notice);
  if (run === undefined) {
    throw usageError(
      `${path} is no run's folder, so its training text is not known.`,
      "Name the folder that train made, like runs/my.",
    );
  }
  const { vocab } = stored;
  const corpus = await readTrainingText(path, run.config, vocab);
  const { valid } = run.config;
  const apart = async (record: NonNullable<typeof valid>) =>
    (await readSources(await keptSources(record, path), { field: corpus.field, vocab, validFraction: 0 })).train;
  return { run, stored, train: corpus.train, valid: corpus.valid ?? (valid && (await apart(valid))) };
}

/**
 * Examines files, folders or `-` (standard input), one after another as one text. Throws a usage error for a text that
 * has not five tokens, or more than `MOST_EXAMINED`.
 */
export async function copiedText(
  path: string,
  paths: readonly NamedSource[],
  o: CopyOptions = {},
): Promise<CopyReport> {
  const notice = o.notice ?? (() => {});
  const stored = await loadModel(path);
  const trained = await openTrainedText(path, stored, notice);
  const text = await namedText(paths, notice);
  const tokens = await text.tokens(stored, notice);
  const [fewest] = NGRAM_LENGTHS;
  if (tokens.length < fewest) {
    throw usageError(
      `${text.name} has ${quantity(tokens.length, names[stored.field.unit])}; at least ${fewest} can be looked for.`,
      "Give a longer text: a few thousand tell something.",
    );
  }
  const report = await copiedIds(trained, text.name, [await tokens.read(0, tokens.length)], o);
  // As it stands there, in the case it has there.
  const ranges = report.text.spans.map(({ at, length }) => ({ from: at, length }));
  const shown = await locate(stored.field, text.inputs(), ranges);
  const spans = report.text.spans.map((span, i) => ({ ...span, shown: shown[i]!.text }));
  return { ...report, text: { ...report.text, spans } };
}

/** The same of texts as ids, each of which is whole: what a model wrote. */
export async function copiedIds(
  trained: TrainedText,
  name: string,
  texts: readonly Int32Array[],
  o: Pick<CopyOptions, "spans"> = {},
): Promise<CopyReport> {
  const { run, stored, train, valid } = trained;
  const unit = names[stored.field.unit];
  const length = texts.reduce((sum, text) => sum + text.length, 0);
  const room = Math.max(0, EXAMINED_LIMIT - length);
  const beside = valid && (await valid.read(0, Math.min(valid.length, length, room)));
  const all = beside ? [...texts, beside] : texts;
  const groups = beside ? [texts.length, 1] : [texts.length];
  const { spans } = o;
  const found = await copied(train, all, {
    unknown: stored.vocab.unknownId,
    groups,
    ...(spans !== undefined && { spans }),
  });
  const [text, heldOut] = await placed(trained, found, all);
  const about = { run: run.folder, name, unit, trained: train.length, text: text! };
  if (heldOut === undefined) {
    const noHeldOut = `${run.folder} was trained without a validation part.`;
    return { ...about, noHeldOut, verdict: `There is nothing to hold it to: ${noHeldOut}` };
  }
  const alone = { ...heldOut, spans: heldOut.spans.map((span) => ({ ...span, text: 0 })) }; // it is one text
  return { ...about, heldOut: alone, verdict: copyVerdict(text!, heldOut, unit) };
}

const names = { char: "character", byte: "byte", word: "word" } as const;

/** Looks the spans of all reports up in the files of the training text. */
async function placed(
  { run, stored }: TrainedText,
  found: readonly Copied[],
  texts: readonly Int32Array[],
): Promise<Copying[]> {
  const { text, settings } = run.config;
  const sources = await keptSources(text, run.folder);
  const ranges = found.flatMap(({ spans }) => spans.map(({ place, length }) => ({ from: place, length })));
  const places = await locate(fieldOf(settings), sources.map(toInput), ranges);
  let next = 0;
  const placeOf = (span: Span): PlacedSpan => {
    const { input, line } = places[next++]!;
    const shown = stored.vocab.decode(texts[span.text]!.subarray(span.at, span.at + span.length));
    const source = sources[input]!;
    return { ...span, shown, file: source.kind === "given" ? source.name : near(source.path), line };
  };
  return found.map((each) => ({ ...each, spans: each.spans.map(placeOf) }));
}

/** As a person here would write it. */
function near(path: string): string {
  const short = relative("", path);
  return short.startsWith("..") || short === "" ? path : short;
}
