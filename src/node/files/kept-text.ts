// The text that a run keeps. The token file in the run's folder holds it, so a run goes on where its text has moved,
// changed or gone. The original files are wanted where the token file is damaged, or for file names and line numbers.

import { type LonghandError, usageError } from "../../base/errors.js";
import { joinPath } from "../../base/ports.js";
import { type Corpus, corpusOf } from "../../text/encoding/corpus.js";
import { decodeNumbers } from "../../text/encoding/decode.js";
import type { Vocab } from "../../text/encoding/vocab.js";
import type { Notice, TextInput } from "../../text/reading/utf8.js";
import { namesOf, textDifferences } from "../../training/run/resume.js";
import { isKeptText, RunFile } from "../../training/run/run.js";
import type { RunConfig } from "../../training/run/run-state.js";
import { digestText, type TextRecord } from "../../training/run/text-record.js";
import { openTokenFile, type TokenFile, tokenKey } from "../../training/run/token-file.js";
import type { CheckedSettings } from "../../training/settings/settings.js";
import { fieldOf, partsOf, readingRulesOf } from "../../training/settings/training-settings.js";
import { nodeFileSystem } from "../system/filesystem.js";
import { nodeHash } from "../system/hash.js";
import { openDrafts } from "./drafts.js";
import { choiceOf } from "./folders.js";
import { asRead, findSources, type NamedSource, type Source, toInput } from "./inputs.js";
import { encodeText, named, type ReadingProgress, type RunText, readData, textSize, watchSizes } from "./texts.js";

/** Where the texts of a run are now, if not at their recorded paths. */
export interface TextPlaces {
  readonly trainingText?: readonly NamedSource[] | undefined;
  readonly valid?: readonly NamedSource[] | undefined;
}

interface Originals {
  /** The files of the training text, and of the validation text if the run has one. */
  readonly sources: readonly Source[];
  readonly validSources: readonly Source[] | undefined;
  /** What is not as it was: `the training text is missing: my.txt`. */
  readonly missing: readonly string[];
  readonly changed: readonly string[];
}

const fs = nodeFileSystem();

/**
 * Reads the text of a resumed run from its token file; encodes the originals again where that is damaged. Tells where
 * the originals have changed.
 */
export async function readKeptText(
  folder: string,
  was: RunConfig,
  settings: CheckedSettings,
  o: TextPlaces & { readonly notice?: Notice; readonly reading?: ReadingProgress | undefined } = {},
): Promise<RunText> {
  const file = await openTokens(folder, was);
  try {
    const originals = await findOriginals(folder, was, o, o.reading);
    const { sources, validSources, missing, changed } = originals;
    const text = o.trainingText ? named(was.text, sources) : was.text;
    const valid = o.valid && was.valid && validSources ? named(was.valid, validSources) : was.valid;
    if (file !== undefined) {
      if (changed.length > 0) {
        o.notice?.(`${sentence(changed)}. ${folder} goes on from the text as it was, which its folder holds.`);
      }
      const corpus = corpusOf(fieldOf(settings), file.data, file.store);
      return { corpus, text, valid, placed: {}, place: keepsNothing, close: file.close };
    }
    if (missing.length + changed.length > 0) throw noTextLeft(folder, originals);
    const drafts = await openDrafts(folder);
    try {
      const ofValid = validSources && { sources: validSources };
      const found = await encodeText(drafts, { sources }, ofValid, settings, () => {}, o.reading);
      return { ...found, text, valid };
    } catch (error) {
      drafts.discard();
      throw error;
    }
  } catch (error) {
    await file?.close();
    throw error;
  }
}

/** A resumed run writes no drafts. */
async function keepsNothing(): Promise<void> {}

/** A run's text, to be read and not to be trained on. */
export interface KeptText {
  readonly corpus: Corpus;
  /** The files of the training text; undefined where they were not asked for, are missing or have changed. */
  readonly originals: readonly Source[] | undefined;
  /** The text of a part as its tokens have it; `last`: at most so many tokens at its end. */
  inputs(part: "train" | "valid", last?: number): TextInput[];
}

/** Opens a run's text with its model's vocabulary. `originals`: look for the files of the training text too. */
export async function openKeptText(
  folder: string,
  config: RunConfig,
  vocab: Vocab,
  o: Pick<TextPlaces, "trainingText"> & { readonly originals?: boolean } = {},
): Promise<KeptText> {
  const field = fieldOf(config.settings);
  const file = await openTokens(folder, config);
  const wanted = file === undefined || o.originals === true || o.trainingText !== undefined;
  const found = wanted ? await findOriginals(folder, config, o) : undefined;
  const intact = found && found.missing.length + found.changed.length === 0;
  const { data, store } = file ?? (await encodedAgain());
  const inputs: KeptText["inputs"] = (part, last = Number.POSITIVE_INFINITY) => {
    const range = data[part];
    if (range === undefined) return [];
    const from = Math.max(range.from, range.to - last);
    return [{ name: `the text of ${folder}`, bytes: decodeNumbers(field, data, store, from, range.to) }];
  };
  return { corpus: corpusOf(field, data, store), originals: intact ? found.sources : undefined, inputs };

  async function encodedAgain(): Promise<Pick<TokenFile, "data" | "store">> {
    if (found === undefined || !intact) throw noTextLeft(folder, found);
    const { sources, validSources } = found;
    const size = await textSize([...sources, ...(validSources ?? [])]);
    const rules = readingRulesOf(config.settings);
    const validInputs = validSources && { validInputs: asRead(validSources, rules) };
    return readData(asRead(sources, rules), size, { field, vocab, ...partsOf(config.settings), ...validInputs });
  }
}

/** The token file of a run; undefined where it is missing or damaged. */
function openTokens(folder: string, { text, valid, settings }: RunConfig): Promise<TokenFile | undefined> {
  const key = tokenKey({ text: text.sha256, valid: valid?.sha256, field: fieldOf(settings), ...partsOf(settings) });
  return openTokenFile(fs, joinPath(folder, RunFile.tokens), nodeHash, key);
}

/** Looks for a run's original texts. Throws a usage error for a place that was given and holds another text. */
async function findOriginals(
  folder: string,
  { text, valid, settings }: RunConfig,
  given: TextPlaces,
  reading?: ReadingProgress,
): Promise<Originals> {
  if (given.valid !== undefined && valid === undefined) {
    throw usageError(`${folder} validates on the last part of its text, not on a text of its own.`, "Leave it out.");
  }
  const parts = [
    { name: "training text", record: text, places: given.trainingText, option: "trainingText" },
    ...(valid ? [{ name: "validation text", record: valid, places: given.valid, option: "valid" }] : []),
  ];
  const rules = readingRulesOf(settings);
  const missing: string[] = [];
  const changed: string[] = [];
  const found: (readonly Source[])[] = [];
  for (const { name, record, places, option } of parts) {
    const sources = places
      ? await findSources(places, () => {}, choiceOf(settings, rules))
      : await recordedSources(record, folder);
    found.push(sources ?? []);
    if (sources === undefined) {
      missing.push(`the ${name} is missing: ${namesOf(record.names)}`);
      continue;
    }
    const progress = await watchSizes(sources, reading);
    const inputs = asRead(sources, rules, undefined, { progress });
    const now = await digestText(inputs, nodeHash).catch((error) => {
      if (places !== undefined) throw error;
      return undefined; // it cannot be read: another user's, say
    });
    if (now === undefined) missing.push(`the ${name} cannot be read: ${namesOf(record.names)}`);
    else changed.push(...textDifferences(name, record, now));
    if (places !== undefined && now?.sha256 !== record.sha256) {
      const size = `${now?.bytes} bytes, and it had ${record.bytes}`;
      const files = namesOf(sources.map((source) => toInput(source).name));
      throw usageError(
        `${files} ${sources.length === 1 ? "is" : "are"} not the ${name} of ${folder}: ${size}.`,
        "Name the text as it was, its files in the order of then.",
        option,
      );
    }
  }
  return { sources: found[0]!, validSources: valid && found[1]!, missing, changed };
}

/** The files of a recorded text; undefined where one is missing. */
async function recordedSources(record: TextRecord, folder: string): Promise<Source[] | undefined> {
  // A run's own copy of a text is named without a folder: it moves with the run's folder.
  const paths = record.names.map((name) => (isKeptText(name) ? joinPath(folder, name) : name));
  for (const path of paths) {
    const found = await fs.stat(path).catch(() => undefined);
    if (found?.kind !== "file") return undefined;
  }
  return paths.map((path) => ({ kind: "file", path }));
}

function noTextLeft(folder: string, found: Pick<Originals, "missing" | "changed"> | undefined): LonghandError {
  const why = [...(found?.missing ?? []), ...(found?.changed ?? [])].join("; ");
  return usageError(
    `${joinPath(folder, RunFile.tokens)} is missing or damaged, and ${why}.`,
    "Put back a copy of either, or resume the run with `trainingText`, the place of the text as it was.",
  );
}

function sentence(parts: readonly string[]): string {
  const text = parts.join("; ");
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}
