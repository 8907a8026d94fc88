// Texts to be scored: named ones, or the validation part of a run. Finds out whether a run was trained on a text.

import { usageError } from "../../base/errors.js";
import type { StoredModel } from "../../model/file/model-file.js";
import type { Vocab } from "../../text/encoding/vocab.js";
import { type ChunkSketch, chunkSketch, overlap } from "../../text/matching/fingerprints.js";
import { type RawSizes, rawCounts } from "../../text/matching/raw-counts.js";
import type { ReadingRules } from "../../text/reading/rules.js";
import type { Notice, TextInput } from "../../text/reading/utf8.js";
import type { Tokens } from "../../text/storage/tokens.js";
import { hasRun, loadRun } from "../../training/run/run.js";
import type { RunConfig } from "../../training/run/run-state.js";
import { choiceOf } from "../files/folders.js";
import { asRead, findSources, type NamedSource, type Source, toInput, wholeSource } from "../files/inputs.js";
import { openKeptText } from "../files/kept-text.js";
import { readInputs } from "../files/texts.js";
import { percentOf } from "../runs/overlap.js";
import { nodeRunPorts } from "../runs/runs.js";
import { nodeFileSystem } from "../system/filesystem.js";

type About = Pick<StoredModel, "field" | "vocab">;

export interface ScoredText {
  readonly name: string;
  readonly sizes: RawSizes;
  readonly chunks: ChunkSketch;
  /** Its bytes; each call starts again. */
  inputs(): readonly TextInput[];
  /** Its tokens, by a model's field and vocabulary. */
  tokens(about: About, notice: Notice): Promise<Tokens>;
}

/** The record of a run. */
export interface KnownRun {
  readonly folder: string;
  readonly config: RunConfig;
  /** Lanes that it was trained in. */
  readonly lanes: number;
}

export async function knownRun(path: string, notice: Notice): Promise<KnownRun | undefined> {
  const { fs } = nodeRunPorts;
  if ((await fs.stat(path))?.kind !== "folder" || !(await hasRun(fs, path))) return undefined;
  const { config, trainer } = await loadRun(nodeRunPorts, path, notice);
  return { folder: path, config, lanes: trainer.carried.lanes };
}

/** Files, folders, or `-`, read by the rules of a field. A stream is read into memory. */
export async function namedText(
  paths: readonly NamedSource[],
  rules: ReadingRules,
  notice: Notice,
): Promise<ScoredText> {
  const sources = await Promise.all((await findSources(paths, notice, choiceOf({}, rules))).map(settled));
  const name = paths.map((path) => (typeof path === "string" ? path : toInput(path).name)).join(", ");
  return textOf(name, (notice) => asRead(sources, rules, notice), notice);
}

/** The validation part of a run. Throws if there is none, or if the run's text is missing or changed. */
export async function validationText(path: string, run: KnownRun | undefined, about: About): Promise<ScoredText> {
  const next = "Name a text to score.";
  if (run === undefined) throw usageError(`${path} is no run's folder, so it has no validation part.`, next);
  const { folder, config } = run;
  const kept = await openKeptText(folder, config, about.vocab);
  const { valid } = kept.corpus;
  if (valid === undefined) throw usageError(`${folder} was trained without a validation part.`, next);
  const text = await textOf(`the validation part of ${folder}`, () => kept.inputs("valid"));
  return { ...text, tokens: async (asked, notice) => (sameCut(asked, about) ? valid : text.tokens(asked, notice)) };
}

/** Whether two models make the same tokens of a text. */
export function sameCut(a: About, b: About): boolean {
  return JSON.stringify([a.field, a.vocab]) === JSON.stringify([b.field, b.vocab]);
}

/**
 * A text is refused if this share of it occurs in the training text: it could change the loss by more than its
 * interval.
 */
const REFUSED = 0.05;

/**
 * Throws if a run was trained on the text, by chunks of about 1.2 KiB (256 bytes to 4 KiB). Returns a warning if a
 * small share occurs in the training text, or if the training text is unknown.
 */
export async function trainedOn(
  path: string,
  run: KnownRun | undefined,
  text: Pick<ScoredText, "name" | "chunks">,
  force: boolean,
): Promise<string | undefined> {
  if (run === undefined) return `${path} is no run's folder: whether it was trained on this text is not known.`;
  const share = overlap(run.config.text.chunks, text.chunks) ?? 0;
  if (share === 0) return undefined;
  const finding = `${percentOf(share)} of ${text.name} occurs in the text that ${run.folder} was trained on`;
  if (share < REFUSED || force)
    return `${finding}; the loss there shows what the model remembers, not what it predicts.`;
  throw usageError(
    `${finding}; a loss there would show only what the model remembers.`,
    "Name a text it has not read, or set `force`.",
  );
}

/** Throws if too much of the held-out text occurs in the training text. */
export async function requireUnread(
  training: readonly string[],
  heldOut: readonly string[],
  rules: ReadingRules,
): Promise<void> {
  const read = await namedText(training, rules, () => {});
  const held = await namedText(heldOut, rules, () => {});
  const share = overlap(read.chunks, held.chunks) ?? 0;
  if (share < REFUSED) return;
  throw usageError(
    `${Math.round(100 * share)}% of ${held.name} occurs in the training text; ` +
      "losses there would show only what the model remembers.",
    "Hold out a text that is not trained on.",
  );
}

/** The text of a run's training part, at most its last `most` tokens. */
export async function trainingInputs(run: KnownRun, vocab: Vocab, most: number): Promise<readonly TextInput[]> {
  return (await openKeptText(run.folder, run.config, vocab)).inputs("train", most);
}

async function textOf(
  name: string,
  inputs: (notice?: Notice) => readonly TextInput[],
  notice?: Notice,
): Promise<ScoredText> {
  const counts = rawCounts();
  const sketch = chunkSketch();
  for (const { bytes } of inputs(notice)) {
    for await (const piece of bytes) {
      counts.update(piece);
      sketch.update(piece);
    }
  }
  const sizes = counts.found();
  const tokens = (about: About, notice: Notice) => readText(about, inputs(), sizes.bytes, notice);
  return { name, sizes, chunks: sketch.finish(), inputs: () => inputs(), tokens };
}

async function readText(about: About, inputs: readonly TextInput[], size: number, notice: Notice): Promise<Tokens> {
  return (await readInputs(inputs, size, { ...about, validFraction: 0, notice })).train;
}

async function settled(source: Source): Promise<Source> {
  if (source.kind === "given" && source.bytes instanceof Uint8Array) return source;
  if (source.kind !== "given" && (await nodeFileSystem().stat(source.path))?.kind === "file") return source;
  return { kind: "given", name: toInput(source).name, bytes: await wholeSource(source) };
}
