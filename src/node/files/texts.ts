// Texts as this Node reads them: of a run, once, in a stream, into the token file beside it; of any other command, into memory
// or, where they are large, into a file that is gone afterwards.

import { stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { usageError } from "../../base/errors.js";
import { errorCode, joinPath } from "../../base/ports.js";
import { writeAtomic, writeFully } from "../../checkpoint/atomic-write.js";
import { ioError } from "../../checkpoint/io-error.js";
import { type Corpus, type CorpusOptions, corpusOf, readCorpus, readInto } from "../../text/encoding/corpus.js";
import type { Notice, TextInput } from "../../text/encoding/utf8.js";
import type { Vocab } from "../../text/encoding/vocab.js";
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
import { findSources, type NamedSource, type Source, STANDARD_INPUT, toInput } from "./inputs.js";

/** Told now and then how many bytes of how many were read; `total` is undefined for a pipe. */
export type Reading = (done: number, total: number | undefined) => void;

export interface RunText {
  readonly corpus: Corpus;
  readonly text: TextRecord;
  readonly valid: TextRecord | undefined;
  /** Files that take their places in the folder under the run's lock: name → where they lie. */
  readonly placed: Readonly<Record<string, string>>;
  /** Keeps content as a file that will take its place too. */
  place(name: string, content: Uint8Array): Promise<void>;
  /** Nobody reads any more. What took no place is removed. */
  close(): Promise<void>;
}

const fs = nodeFileSystem();
/** Texts of so many bytes or fewer are held in memory where no run keeps them. */
const LARGE = 64 << 20;

/** The text of a new run in `folder`, encoded into a draft of its token file. */
export async function readRunText(
  folder: string,
  o: {
    readonly paths: readonly NamedSource[];
    readonly valid?: readonly NamedSource[] | undefined;
    readonly settings: CheckedSettings;
  },
  notice: Notice,
  reading?: Reading,
): Promise<RunText> {
  if (o.valid?.includes(STANDARD_INPUT)) {
    throw usageError("Standard input can be the text to train on, not the one to validate on.", "Give `valid` a file.");
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

/** The text of a run that goes on: from its token file where that is whole, else encoded again. Throws where it has changed. */
export async function readKeptText(
  folder: string,
  was: RunConfig,
  settings: CheckedSettings,
  reading?: Reading,
): Promise<RunText> {
  const { changed, file } = await openKept(folder, was, "text", reading);
  if (changed.length > 0) {
    throw usageError(
      `${folder} cannot go on: ${changed.join("; ")}.`,
      "Put the text back as it was, or train anew with `force`.",
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

/** A run that goes on is given no files. */
async function keepsNothing(): Promise<void> {}

/** The training text of a run with the vocabulary of its model. Throws where it is gone or has changed. */
export async function readTrainingText(folder: string, config: RunConfig, vocab: Vocab): Promise<Corpus> {
  const { changed, file } = await openKept(folder, config, "training text");
  const [difference] = changed;
  if (difference !== undefined) {
    throw usageError(
      `What ${folder} was trained on is not as it was: ${difference}.`,
      "Put the text back as it was, or train anew with `force`.",
    );
  }
  const field = fieldOf(config.settings);
  if (file !== undefined) return corpusOf(field, file.data, file.store);
  // With a validation text of its own, all of the text was for training.
  const validFraction = config.valid ? 0 : config.settings.validFraction;
  return readSources(await keptSources(config.text, folder), { field, vocab, validFraction });
}

/** Texts for one use, read into memory, or into a file that is removed when the process ends. */
export async function readSources(sources: readonly Source[], options: CorpusOptions): Promise<Corpus> {
  return readInputs(sources.map(toInput), (await sizeOf(sources)) ?? 0, options);
}

/** The same of texts of so many bytes in all. */
export async function readInputs(inputs: readonly TextInput[], size: number, options: CorpusOptions): Promise<Corpus> {
  if (size <= LARGE) return readCorpus(inputs, options);
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
  reading: Reading | undefined,
): Promise<RunText> {
  const watching = await watchSizes([...sources, ...(validSources ?? [])], reading);
  const train = watchText(sources.map(toInput), nodeHash, watching);
  const valid = validSources && watchText(validSources.map(toInput), nodeHash, watching);
  const field = fieldOf(settings);
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
    // Of a text that was cut as it stands these are its bytes; where newlines were stripped, a few too little.
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

/** What has changed in the text of a run, and its token file, if there is a whole one. */
async function openKept(
  folder: string,
  { text, valid, settings }: RunConfig,
  what: string,
  reading?: Reading,
): Promise<{ changed: string[]; file: TokenFile | undefined }> {
  const sources = await keptSources(text, folder);
  const validSources = valid && (await keptSources(valid, folder));
  const watching = await watchSizes([...sources, ...(validSources ?? [])], reading);
  const changed = textDifferences(what, text, await digestText(sources.map(toInput), nodeHash, watching));
  if (valid && validSources) {
    const now = await digestText(validSources.map(toInput), nodeHash, watching);
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

/** The files of a text that was recorded; one that is gone is told. */
export async function keptSources(record: TextRecord, folder: string): Promise<Source[]> {
  // A run's own copy of a text is named without a folder: it moves with the run's folder.
  const paths = record.names.map((name) => (isKeptText(name) ? joinPath(folder, name) : name));
  for (const path of paths) {
    if ((await fs.stat(path))?.kind === "file") continue;
    throw usageError(`The text that ${folder} is trained on is gone: ${path}.`, "Put it back at that place.");
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

/** Counts what is read of several texts together. */
async function watchSizes(sources: readonly Source[], reading: Reading | undefined): Promise<Watching | undefined> {
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
