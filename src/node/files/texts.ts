// Reads texts in Node. A run's text is read once, as a stream, into the token file in the run's folder. For other
// commands a text is read into memory, or into a temporary file if it is large.

import { stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { usageError } from "../../base/errors.js";
import { errorCode, joinPath } from "../../base/ports.js";
import { writeAtomic, writeFully } from "../../checkpoint/atomic-write.js";
import { ioError } from "../../checkpoint/io-error.js";
import { type Corpus, type CorpusOptions, corpusOf, readCorpus, readInto } from "../../text/encoding/corpus.js";
import { readingOf } from "../../text/encoding/field.js";
import type { Vocab } from "../../text/encoding/vocab.js";
import type { Notice, TextInput } from "../../text/reading/utf8.js";
import { textDifferences } from "../../training/run/resume.js";
import { isKeptText, keptTextName, RunFile } from "../../training/run/run.js";
import type { RunConfig } from "../../training/run/run-state.js";
import { digestText, type TextRecord, type Watching, watchText } from "../../training/run/text-record.js";
import { createTokenFile, openTokenFile, type TokenFile, tokenKey } from "../../training/run/token-file.js";
import type { CheckedSettings } from "../../training/settings/settings.js";
import { fieldOf } from "../../training/settings/training-settings.js";
import { nodeFileSystem } from "../system/filesystem.js";
import { nodeHash } from "../system/hash.js";
import { recordedPath } from "../system/paths.js";
import { type Drafts, openDrafts } from "./drafts.js";
import { asRead, findSources, type NamedSource, type Source, STANDARD_INPUT, toInput } from "./inputs.js";

/** Called now and then with the bytes read so far and in all; `total` is undefined for a pipe. */
export type ReadingProgress = (done: number, total: number | undefined) => void;

export interface RunText {
  readonly corpus: Corpus;
  readonly text: TextRecord;
  readonly valid: TextRecord | undefined;
  /** Drafts that are renamed under the run's lock: file's name → draft's path. */
  readonly placed: Readonly<Record<string, string>>;
  /** Writes another draft. */
  place(name: string, content: Uint8Array): Promise<void>;
  /** Closes the token file, and removes drafts that were not renamed. */
  close(): Promise<void>;
}

const fs = nodeFileSystem();
/** Texts of at most so many bytes are read into memory. */
const IN_MEMORY = 64 << 20;

/** Reads the text of a new run in `folder`, and encodes it into a draft of the token file. */
export async function readRunText(
  folder: string,
  o: {
    readonly paths: readonly NamedSource[];
    readonly valid?: readonly NamedSource[] | undefined;
    readonly settings: CheckedSettings;
  },
  notice: Notice,
  reading?: ReadingProgress,
): Promise<RunText> {
  if (o.valid?.includes(STANDARD_INPUT)) {
    throw usageError("Standard input can be the training text, not the validation text.", "Give `valid` a file.");
  }
  const drafts = await openDrafts(folder);
  try {
    const sources = await findSources(o.paths, notice, (source) => keepText(drafts, source));
    const validSources = o.valid && (await findSources(o.valid, notice, (source) => keepText(drafts, source)));
    return await encode(drafts, sources, validSources, o.settings, notice, reading);
  } catch (error) {
    drafts.discard();
    throw error;
  }
}

/**
 * Reads the text of a resumed run: from its token file, or encoded again if that is damaged. Throws if the text has
 * changed.
 */
export async function readKeptText(
  folder: string,
  was: RunConfig,
  settings: CheckedSettings,
  reading?: ReadingProgress,
): Promise<RunText> {
  const { changed, file } = await openKept(folder, was, "text", reading);
  if (changed.length > 0) {
    throw usageError(
      `${folder} cannot be resumed: ${changed.join("; ")}.`,
      "Restore the text, or train anew with `force`.",
    );
  }
  if (file !== undefined) {
    const corpus = corpusOf(fieldOf(settings), file.data, file.store);
    return { corpus, text: was.text, valid: was.valid, placed: {}, place: keepsNothing, close: file.close };
  }
  const drafts = await openDrafts(folder);
  try {
    const [sources, validSources] = [was.text, was.valid].map((record) => record && keptSources(record, folder));
    const found = await encode(drafts, await sources!, await validSources, settings, () => {}, reading);
    return { ...found, text: was.text, valid: was.valid };
  } catch (error) {
    drafts.discard();
    throw error;
  }
}

/** A resumed run writes no drafts. */
async function keepsNothing(): Promise<void> {}

/** Reads a run's training text with its model's vocabulary. Throws if the text is missing or has changed. */
export async function readTrainingText(folder: string, config: RunConfig, vocab: Vocab): Promise<Corpus> {
  const { changed, file } = await openKept(folder, config, "training text");
  const [difference] = changed;
  if (difference !== undefined) {
    throw usageError(`${folder}: ${difference}.`, "Restore the text, or train anew with `force`.");
  }
  const field = fieldOf(config.settings);
  if (file !== undefined) return corpusOf(field, file.data, file.store);
  // With a separate validation text, the whole text is for training.
  const validFraction = config.valid ? 0 : config.settings.validFraction;
  return readSources(await keptSources(config.text, folder), { field, vocab, validFraction });
}

/** Reads texts into memory, or into a file that is removed when the process ends. */
export async function readSources(sources: readonly Source[], options: CorpusOptions): Promise<Corpus> {
  return readInputs(asRead(sources, readingOf(options.field), options.notice), (await sizeOf(sources)) ?? 0, options);
}

/** The same for texts as they are read, of `size` bytes in all. */
export async function readInputs(inputs: readonly TextInput[], size: number, options: CorpusOptions): Promise<Corpus> {
  if (size <= IN_MEMORY) return readCorpus(inputs, options);
  const drafts = await openDrafts(join(tmpdir(), `longhand-${process.pid}`));
  const writer = await createTokenFile(fs, drafts.path(RunFile.tokens), nodeHash);
  const data = await readInto(writer, inputs, options);
  await writer.seal("", data);
  const file = await openTokenFile(fs, drafts.path(RunFile.tokens), nodeHash, "", { trusted: true });
  return corpusOf(options.field, data, file!.store);
}

async function encode(
  drafts: Drafts,
  sources: readonly Source[],
  validSources: readonly Source[] | undefined,
  settings: CheckedSettings,
  notice: Notice,
  reading: ReadingProgress | undefined,
): Promise<RunText> {
  const watching = await watchSizes([...sources, ...(validSources ?? [])], reading);
  const field = fieldOf(settings);
  const rules = readingOf(field);
  const train = watchText(asRead(sources, rules, notice), nodeHash, watching);
  const valid = validSources && watchText(asRead(validSources, rules, notice), nodeHash, watching);
  const validFraction = settings.validFraction;
  const path = drafts.path(RunFile.tokens);
  const writer = await createTokenFile(fs, path, nodeHash);
  let file: TokenFile | undefined;
  try {
    const data = await readInto(writer, train.inputs, {
      field,
      validFraction,
      ...(valid && { validInputs: valid.inputs }),
      notice,
    });
    // The bytes of the training part; a few too little where newlines are stripped.
    const text = named(await train.record(valid ? undefined : data.train.bytes), sources);
    const validText = valid && named(await valid.record(), validSources);
    const key = tokenKey({ text: text.sha256, valid: validText?.sha256, field, validFraction });
    await writer.seal(key, data);
    file = await openTokenFile(fs, path, nodeHash, key, { trusted: true });
    const close = async () => {
      await file?.close();
      drafts.discard();
    };
    const place = (name: string, content: Uint8Array) => writeAtomic(fs, drafts.path(name), [content]);
    return { corpus: corpusOf(field, data, file!.store), text, valid: validText, placed: drafts.placed, place, close };
  } catch (error) {
    await writer.discard();
    throw error;
  }
}

/** Finds what has changed in a run's text, and opens its token file if that is whole. */
async function openKept(
  folder: string,
  { text, valid, settings }: RunConfig,
  what: string,
  reading?: ReadingProgress,
): Promise<{ changed: string[]; file: TokenFile | undefined }> {
  const sources = await keptSources(text, folder);
  const validSources = valid && (await keptSources(valid, folder));
  const rules = readingOf(fieldOf(settings));
  const watching = await watchSizes([...sources, ...(validSources ?? [])], reading);
  const changed = textDifferences(what, text, await digestText(asRead(sources, rules), nodeHash, watching));
  if (valid && validSources) {
    const now = await digestText(asRead(validSources, rules), nodeHash, watching);
    changed.push(...textDifferences("validation text", valid, now));
  }
  const { validFraction } = settings;
  const key = tokenKey({
    text: text.sha256,
    valid: valid?.sha256,
    field: fieldOf(settings),
    validFraction: Number(validFraction),
  });
  const path = joinPath(folder, RunFile.tokens);
  return { changed, file: changed.length > 0 ? undefined : await openTokenFile(fs, path, nodeHash, key) };
}

/** The files of a recorded text. Throws if one is missing. */
export async function keptSources(record: TextRecord, folder: string): Promise<Source[]> {
  // A run's own copy of a text is named without a folder: it moves with the run's folder.
  const paths = record.names.map((name) => (isKeptText(name) ? joinPath(folder, name) : name));
  for (const path of paths) {
    if ((await fs.stat(path))?.kind === "file") continue;
    throw usageError(`The training text of ${folder} is missing: ${path}.`, "Put it back there.");
  }
  return paths.map((path) => ({ kind: "file", path }));
}

/** Writes a text that is no file into a draft in the run's folder, so that the run can be resumed without it. */
async function keepText(drafts: Drafts, source: Extract<Source, { kind: "given" }>): Promise<Source> {
  const names = Object.keys(drafts.placed).filter(isKeptText);
  const as = keptTextName(names.length + 1);
  const path = drafts.path(as);
  const file = await fs.create(path).catch((error) => {
    throw ioError("write", path, error);
  });
  try {
    for await (const bytes of toInput(source).bytes) await writeFully(file, bytes);
    await file.sync();
  } catch (error) {
    throw errorCode(error) === undefined ? error : ioError("write", path, error);
  } finally {
    await file.close();
  }
  return { kind: "kept", name: source.name, path, as };
}

function named(record: TextRecord, from: readonly Source[]): TextRecord {
  return { ...record, names: from.map(recordedName) };
}

function recordedName(source: Source): string {
  return source.kind === "file" ? recordedPath(resolve(source.path)) : source.kind === "kept" ? source.as : source.name;
}

/** Counts the bytes that are read of several texts together. */
async function watchSizes(
  sources: readonly Source[],
  reading: ReadingProgress | undefined,
): Promise<Watching | undefined> {
  if (reading === undefined) return undefined;
  const total = await sizeOf(sources);
  let done = 0;
  return (bytes) => {
    done += bytes;
    reading(done, total);
  };
}

/** Bytes of all sources; undefined where one is a pipe. */
async function sizeOf(sources: readonly Source[]): Promise<number | undefined> {
  let total = 0;
  for (const source of sources) {
    if (source.kind === "given") {
      if (!(source.bytes instanceof Uint8Array)) return undefined;
      total += source.bytes.length;
    } else {
      const found = await stat(source.path).catch(() => undefined);
      if (!found?.isFile()) return undefined;
      total += found.size;
    }
  }
  return total;
}
