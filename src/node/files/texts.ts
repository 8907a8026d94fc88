// Reads texts in Node. A run's text is read once, as a stream, into the token file in the run's folder. For other
// commands a text is read into memory, or into a temporary file if it is large.

import { stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { usageError } from "../../base/errors.js";
import { errorCode } from "../../base/ports.js";
import { writeAtomic, writeFully } from "../../checkpoint/atomic-write.js";
import { ioError } from "../../checkpoint/io-error.js";
import { type FolderLock, lockFolder } from "../../checkpoint/lock.js";
import { type Corpus, type CorpusData, type CorpusOptions, corpusOf, readInto } from "../../text/encoding/corpus.js";
import { decodeNumbers } from "../../text/encoding/decode.js";
import { type Field, readingOf } from "../../text/encoding/field.js";
import { type ChunkSketch, chunkSketch, withoutChunks } from "../../text/matching/fingerprints.js";
import { isGzip } from "../../text/reading/gunzip.js";
import { type ReportBuilder, reportBuilder } from "../../text/reading/report.js";
import type { SourceOptions as ReadingOptions } from "../../text/reading/rules.js";
import type { Notice, TextInput } from "../../text/reading/utf8.js";
import { arranged } from "../../text/storage/arranged.js";
import { MemoryStore } from "../../text/storage/store.js";
import type { TokenStore } from "../../text/storage/tokens.js";
import { isKeptText, keptTextName, RunFile } from "../../training/run/run.js";
import { type TextRecord, watchText } from "../../training/run/text-record.js";
import { createTokenFile, openTokenFile, type TokenFile, tokenKey } from "../../training/run/token-file.js";
import type { CheckedSettings } from "../../training/settings/settings.js";
import { fieldOf, partsOf, readingRulesOf } from "../../training/settings/training-settings.js";
import { nodeFileSystem } from "../system/filesystem.js";
import { nodeHash } from "../system/hash.js";
import { recordedPath } from "../system/paths.js";
import { nodeProcesses } from "../system/processes.js";
import { type Drafts, openDrafts } from "./drafts.js";
import { choiceOf, headOf } from "./folders.js";
import {
  asRead,
  findSources,
  type NamedSource,
  type Source,
  type SourceOptions,
  STANDARD_INPUT,
  toInput,
} from "./inputs.js";

/** Called now and then with the bytes read so far and in all; `total` is undefined for a pipe. */
export type ReadingProgress = (done: number, total: number | undefined) => void;

export interface RunText {
  readonly corpus: Corpus;
  readonly text: TextRecord;
  readonly valid: TextRecord | undefined;
  /** Fingerprints of the validation part that was held out of a new run's text. */
  readonly heldOut?: ChunkSketch | undefined;
  /** Drafts that are renamed under the run's lock: file's name → draft's path. */
  readonly placed: Readonly<Record<string, string>>;
  /** The lock of a new run's folder. */
  readonly lock?: FolderLock;
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
  let lock: FolderLock | undefined;
  try {
    lock = await lockFolder(fs, folder, nodeProcesses); // before the text is read, which may come slowly
    drafts.alsoRemove(lock.path);
    const choice = choiceOf(o.settings, readingRulesOf(o.settings));
    const options: SourceOptions = { ...choice, given: (source) => keepText(drafts, source) };
    const find = async (paths: readonly NamedSource[]): Promise<RunSources> => {
      const report = reportBuilder();
      return { sources: await findSources(paths, notice, { ...options, skipped: report.skipped }), report };
    };
    const train = await find(o.paths);
    const found = await encodeText(drafts, train, o.valid && (await find(o.valid)), o.settings, notice, reading);
    const held = lock;
    const close = () => held.release().then(found.close);
    return { ...found, lock, close };
  } catch (error) {
    await lock?.release();
    drafts.discard();
    throw error;
  }
}

/** Reads texts into memory, or into a file that is removed when the process ends. */
export async function readSources(
  sources: readonly Source[],
  options: CorpusOptions,
  source: ReadingOptions = {},
): Promise<Corpus> {
  const inputs = asRead(sources, readingOf(options.field, source), options.notice);
  return readInputs(inputs, await textSize(sources), options);
}

/** The same for texts as they are read, of `size` bytes in all if that is known. */
export async function readInputs(
  inputs: readonly TextInput[],
  size: number | undefined,
  options: CorpusOptions,
): Promise<Corpus> {
  const { data, store } = await readData(inputs, size, options);
  return corpusOf(options.field, data, store);
}

/** The same as plain data, with the store of its numbers. */
export async function readData(
  inputs: readonly TextInput[],
  size: number | undefined,
  options: CorpusOptions,
): Promise<Pick<TokenFile, "data" | "store">> {
  if (size !== undefined && size <= IN_MEMORY) {
    const store = new MemoryStore();
    const data = await readInto(store, inputs, options);
    return { data, store: data.order ? arranged(store, data.order) : store };
  }
  const drafts = await openDrafts(join(tmpdir(), `longhand-${process.pid}`));
  const writer = await createTokenFile(fs, drafts.path(RunFile.tokens), nodeHash);
  const data = await readInto(writer, inputs, options);
  await writer.seal("", data);
  const file = await openTokenFile(fs, drafts.path(RunFile.tokens), nodeHash, "", { trusted: true });
  return { data, store: file!.store };
}

/** The texts of a run, and what is reported of them; without a builder the facts are notices. */
export interface RunSources {
  readonly sources: readonly Source[];
  readonly report?: ReportBuilder | undefined;
}

/** Encodes the text of a run into a draft of its token file. */
export async function encodeText(
  drafts: Drafts,
  ofTrain: RunSources,
  ofValid: RunSources | undefined,
  settings: CheckedSettings,
  notice: Notice,
  reading: ReadingProgress | undefined,
): Promise<RunText> {
  const { sources, report } = ofTrain;
  const progress = await watchSizes([...sources, ...(ofValid?.sources ?? [])], reading);
  const field = fieldOf(settings);
  const rules = readingRulesOf(settings);
  const watched = (of: RunSources) =>
    watchText(asRead(of.sources, rules, notice, { report: of.report, progress }), nodeHash);
  const train = watched(ofTrain);
  const valid = ofValid && watched(ofValid);
  const parts = partsOf(settings);
  const path = drafts.path(RunFile.tokens);
  const writer = await createTokenFile(fs, path, nodeHash);
  let file: TokenFile | undefined;
  try {
    const data = await readInto(writer, train.inputs, {
      field,
      ...parts,
      ...(valid && { validInputs: valid.inputs }),
      notice,
    });
    // The bytes of the training part; a few too little where newlines are stripped.
    const whole = valid !== undefined || data.order !== undefined;
    const text = named(await train.record(whole ? undefined : data.train.tokenBytes), sources);
    const validText = valid && named(await valid.record(), ofValid!.sources);
    const key = tokenKey({ text: text.sha256, valid: validText?.sha256, field, ...parts });
    await writer.seal(key, data);
    file = await openTokenFile(fs, path, nodeHash, key, { trusted: true });
    const close = async () => {
      await file?.close();
      drafts.discard();
    };
    const heldOut = valid ? undefined : await heldOutChunks(field, data, file!.store);
    const record = heldOut && data.order ? { ...text, chunks: withoutChunks(text.chunks, heldOut) } : text;
    const place = (name: string, content: Uint8Array) => writeAtomic(fs, drafts.path(name), [content]);
    const reading = report && { train: report.finish(), valid: ofValid?.report?.finish() };
    const corpus: Corpus = { ...corpusOf(field, data, file!.store), ...(reading && { reading }) };
    return { corpus, text: record, valid: validText, heldOut, placed: drafts.placed, place, close };
  } catch (error) {
    await writer.discard();
    throw error;
  }
}

/** Fingerprints of the validation part that is held out of a text. */
async function heldOutChunks(field: Field, data: CorpusData, store: TokenStore): Promise<ChunkSketch | undefined> {
  if (data.valid === undefined) return undefined;
  const sketch = chunkSketch();
  for await (const piece of decodeNumbers(field, data, store, data.valid.from, data.valid.to)) sketch.update(piece);
  return sketch.finish();
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

export function named(record: TextRecord, from: readonly Source[]): TextRecord {
  return { ...record, names: from.map(recordedName) };
}

function recordedName(source: Source): string {
  return source.kind === "file" ? recordedPath(resolve(source.path)) : source.kind === "kept" ? source.as : source.name;
}

/** Counts the bytes that are read of several texts together, as they lie there. */
export async function watchSizes(
  sources: readonly Source[],
  reading: ReadingProgress | undefined,
): Promise<((bytes: number) => void) | undefined> {
  if (reading === undefined) return undefined;
  const total = await sizeOf(sources);
  let done = 0;
  return (bytes) => {
    done += bytes;
    reading(done, total);
  };
}

/** Bytes of all sources as they lie there; undefined where one is a pipe. */
export async function sizeOf(sources: readonly Source[]): Promise<number | undefined> {
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

/** Bytes of the texts of all sources; undefined where one is a pipe or packed. */
export async function textSize(sources: readonly Source[]): Promise<number | undefined> {
  for (const source of sources) {
    const head =
      source.kind === "given"
        ? source.bytes
        : await headOf(source.path).then(
            ({ head }) => head,
            () => undefined,
          );
    if (!(head instanceof Uint8Array) || isGzip(head)) return undefined;
  }
  return sizeOf(sources);
}
