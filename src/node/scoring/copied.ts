// Looks in a text for copies of a run's training text. For comparison it examines as much of the run's validation part,
// which people wrote. evaluation/copying/copied.ts finds the copied spans.

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
import type { TextReading } from "../../face/text-source.js";
import type { StoredModel } from "../../model/file/model-file.js";
import { readingOf } from "../../text/encoding/field.js";
import { locate } from "../../text/matching/located.js";
import type { Notice } from "../../text/reading/utf8.js";
import type { TokenSource } from "../../text/storage/tokens.js";
import { fieldOf, readingRulesOf } from "../../training/settings/training-settings.js";
import { asRead, type NamedSource } from "../files/inputs.js";
import { type KeptText, openKeptText, type TextPlaces } from "../files/kept-text.js";
import { loadModel } from "../files/models.js";
import { type KnownRun, knownRun, namedText } from "./scored.js";

/** A copied span, with its first place in the training text. */
export interface PlacedSpan extends Span {
  readonly shown: string;
  /** The file; undefined where the original files are gone or have changed, and the line is that of the whole text. */
  readonly file: string | undefined;
  readonly line: number;
}

export interface Copying extends Copied {
  readonly spans: readonly PlacedSpan[];
}

/** What a text copies from the training text of a run, beside the same for held-out text. */
export interface CopyReport {
  /** Folder of the run. */
  readonly run: string;
  /** Name of the examined text. */
  readonly name: string;
  /** Unit of a token: `character`, `byte`, `word`. */
  readonly unit: string;
  /** Tokens of the run's training part. */
  readonly trained: number;
  /** What the text copies. */
  readonly text: Copying;
  /** The same for the beginning of the run's validation part, at most as long as the text. */
  readonly heldOut?: Copying;
  /** Why there is no `heldOut`. */
  readonly noHeldOut?: string;
  /** The conclusion, in a sentence or two. */
  readonly verdict: string;
}

/** A run with its training and validation text. */
export interface TrainedText {
  readonly run: KnownRun;
  readonly stored: StoredModel;
  readonly text: KeptText;
  readonly train: TokenSource;
  readonly valid: TokenSource | undefined;
}

export interface CopyOptions extends TextReading {
  /** Number of spans in the report, 10 by default. */
  readonly spans?: number | undefined;
  readonly notice?: Notice;
  /** Where the training text is now, for the names of files; without it, at its recorded place or in the run alone. */
  readonly trainingText?: readonly NamedSource[] | undefined;
}

/** `path` is a run's folder. Throws a usage error if its training text is unknown, missing or changed. */
export async function openTrainedText(
  path: string,
  stored: StoredModel,
  notice: Notice,
  o: Pick<TextPlaces, "trainingText"> = {},
): Promise<TrainedText> {
  const run = await knownRun(path, notice);
  if (run === undefined) {
    throw usageError(
      `${path} is no run's folder, so its training text is not known.`,
      "Name the folder that train made, like runs/my.",
    );
  }
  const { trainingText } = o;
  const text = await openKeptText(path, run.config, stored.vocab, { originals: true, trainingText });
  return { run, stored, text, train: text.corpus.train, valid: text.corpus.valid };
}

/**
 * Examines files, folders or `-` (standard input), joined to one text. Throws a usage error for a text of fewer than
 * five tokens, or of more than `EXAMINED_LIMIT`.
 */
export async function copiedText(
  path: string,
  paths: readonly NamedSource[],
  o: CopyOptions = {},
): Promise<CopyReport> {
  const notice = o.notice ?? (() => {});
  const stored = await loadModel(path);
  const trained = await openTrainedText(path, stored, notice, o);
  const text = await namedText(paths, readingOf(stored.field, o), notice);
  const tokens = await text.tokens(stored, notice);
  const [fewest] = NGRAM_LENGTHS;
  if (tokens.length < fewest) {
    throw usageError(
      `${text.name} has ${quantity(tokens.length, names[stored.field.unit])}; the shortest span has ${fewest}.`,
      "Give a longer text, of a few thousand.",
    );
  }
  const report = await copiedIds(trained, text.name, [await tokens.read(0, tokens.length)], o);
  // Shows each span as the text has it, in its original case.
  const ranges = report.text.spans.map(({ at, length }) => ({ from: at, length }));
  const shown = await locate(stored.field, text.inputs(), ranges);
  const spans = report.text.spans.map((span, i) => ({ ...span, shown: shown[i]!.text }));
  return { ...report, text: { ...report.text, spans } };
}

/** The same for texts given as ids, such as a model's samples. */
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
  const comparison = valid && (await valid.read(0, Math.min(valid.length, length, room)));
  const all = comparison ? [...texts, comparison] : texts;
  const groups = comparison ? [texts.length, 1] : [texts.length];
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
    return { ...about, noHeldOut, verdict: `There is no held-out text to compare with: ${noHeldOut}` };
  }
  const renumbered = { ...heldOut, spans: heldOut.spans.map((span) => ({ ...span, text: 0 })) }; // it is a text by itself
  return { ...about, heldOut: renumbered, verdict: copyVerdict(text!, heldOut, unit) };
}

const names = { char: "character", byte: "byte", word: "word", space: "token" } as const;

/** Finds file and line of each span in the training text. */
async function placed(
  { run, stored, text }: TrainedText,
  found: readonly Copied[],
  texts: readonly Int32Array[],
): Promise<Copying[]> {
  const ranges = found.flatMap(({ spans }) => spans.map(({ place, length }) => ({ from: place, length })));
  const field = fieldOf(run.config.settings);
  const inputs = text.originals ? asRead(text.originals, readingRulesOf(run.config.settings)) : text.inputs("train");
  const places = await locate(field, inputs, ranges);
  let next = 0;
  const placeOf = (span: Span): PlacedSpan => {
    const { input, line } = places[next++]!;
    const shown = stored.vocab.decode(texts[span.text]!.subarray(span.at, span.at + span.length));
    const source = text.originals?.[input];
    const file = source && (source.kind === "given" ? source.name : near(source.path));
    return { ...span, shown, file, line };
  };
  return found.map((each) => ({ ...each, spans: each.spans.map(placeOf) }));
}

/** A path relative to the current folder, if it lies below it. */
function near(path: string): string {
  const short = relative("", path);
  return short.startsWith("..") || short === "" ? path : short;
}
