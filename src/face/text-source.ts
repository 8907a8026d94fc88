// Text as users give it: strings, bytes, files, addresses, streams. Turns each into named inputs of bytes.

import { joinBytes } from "../base/bytes.js";
import { shown, textError, usageError } from "../base/errors.js";
import type { TextInput } from "../text/reading/utf8.js";

/**
 * Files of this machine, by their paths. A folder stands for all text files in it; `-` for standard input. Node only.
 */
export interface TextFiles {
  /** Path of a file or a folder, or several of them. */
  readonly file: string | readonly string[];
}

/**
 * A text: a string is the text itself, never a path. Bytes are UTF-8. An async iterable is one text in pieces. A URL is
 * fetched. A list is several texts. `{ file: "my.txt" }` names files, in Node; a page has a `File` or `Blob` instead.
 */
export type TextSource =
  | string
  | Uint8Array
  | ArrayBuffer
  | Blob
  | URL
  | TextFiles
  | AsyncIterable<string | Uint8Array>
  | readonly TextSource[];

/** How a text is read, as in training. */
export interface TextReading {
  /** Encoding: auto, or a name such as windows-1252. */
  readonly encoding?: string | undefined;
  /** Column of a CSV, TSV or JSONL file to read. */
  readonly column?: string | undefined;
}

/** One text with a name for messages. Its bytes are in memory, or come once in a stream. */
export interface GivenText {
  readonly name: string;
  readonly bytes: Uint8Array | AsyncIterable<Uint8Array>;
  /** It was a string: its bytes are UTF-8. */
  readonly decoded?: boolean;
}

/** How a platform opens what only it can open. */
export interface TextOpener {
  /** Reads an address. */
  address(url: string): AsyncIterable<Uint8Array>;
  /** Finds files; undefined where there are none. */
  readonly files: ((paths: readonly string[]) => Promise<readonly GivenText[]>) | undefined;
}

/** Most bytes of a stream that are held in memory: 256 MiB. */
const STREAM_LIMIT = 256 * 2 ** 20;

/**
 * The texts of a source, in order. Throws a usage error for a value that is no text, an io error for one that cannot be
 * read.
 */
export async function givenTexts(source: TextSource, opener: TextOpener): Promise<GivenText[]> {
  const texts: GivenText[] = [];
  const count = Array.isArray(source) ? source.length : 1;
  const nameless = () => (count > 1 ? `Text ${texts.length + 1}` : "The text");
  const add = async (each: TextSource): Promise<void> => {
    if (each === null || (typeof each !== "object" && typeof each !== "string")) throw notText(each);
    if (Array.isArray(each)) {
      for (const one of each) await add(one);
    } else if (typeof each === "string")
      texts.push({ name: nameless(), bytes: new TextEncoder().encode(each), decoded: true });
    else if (each instanceof Uint8Array) texts.push({ name: nameless(), bytes: each });
    else if (each instanceof ArrayBuffer) texts.push({ name: nameless(), bytes: new Uint8Array(each) });
    else if (isFiles(each)) texts.push(...(await filesOf(each, opener)));
    else if (isBlob(each)) texts.push({ name: fileName(each) ?? nameless(), bytes: blobBytes(each) });
    else if (isUrl(each)) texts.push({ name: each.href, bytes: opener.address(each.href) });
    else if (isStream(each)) texts.push({ name: nameless(), bytes: streamBytes(each) });
    else throw notText(each);
  };
  await add(source);
  if (texts.length === 0) throw usageError("The list of texts is empty.", "Give at least one text.");
  return texts;
}

/** Inputs for the reader of texts. A stream of more than `STREAM_LIMIT` bytes is refused as it is read. */
export function inputsOf(texts: readonly GivenText[]): TextInput[] {
  return texts.map(({ name, bytes, ...rest }) => ({
    ...rest,
    name,
    bytes: bytes instanceof Uint8Array ? [bytes] : limited(name, bytes),
  }));
}

/** All bytes of a text, in memory. Throws a text error for a stream of more than `STREAM_LIMIT` bytes. */
export async function wholeText({ name, bytes }: GivenText): Promise<Uint8Array> {
  if (bytes instanceof Uint8Array) return bytes;
  const pieces: Uint8Array[] = [];
  for await (const piece of limited(name, bytes)) pieces.push(piece.slice());
  return joinBytes(pieces);
}

async function* limited(name: string, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const piece of bytes) {
    size += piece.length;
    if (size > STREAM_LIMIT) {
      throw textError(
        `${name} is a stream of more than ${STREAM_LIMIT / 2 ** 20} MiB, the most that is held in memory.`,
        "In Node, train with `out`: the run then keeps the text in its folder. Or give the text as a file.",
      );
    }
    yield piece;
  }
}

async function filesOf({ file }: TextFiles, { files }: TextOpener): Promise<readonly GivenText[]> {
  if (files === undefined) {
    throw usageError("{ file } names files of this machine, and a page has none.", "Give a File, a Blob or a URL.");
  }
  return files(typeof file === "string" ? [file] : file);
}

const BLOB_PIECE = 2 ** 20;

async function* blobBytes(blob: Blob): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < blob.size; at += BLOB_PIECE) {
    yield new Uint8Array(await blob.slice(at, at + BLOB_PIECE).arrayBuffer());
  }
}

/** UTF-8 of a stream of strings and bytes; a surrogate pair may be split between two strings. */
async function* streamBytes(stream: AsyncIterable<string | Uint8Array>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  let high = "";
  for await (const piece of stream) {
    if (piece instanceof Uint8Array) {
      yield piece;
      continue;
    }
    if (typeof piece !== "string") throw notText(piece);
    const text = high + piece;
    high = /[\ud800-\udbff]$/.test(text) ? text.slice(-1) : "";
    yield encoder.encode(high === "" ? text : text.slice(0, -1));
  }
  if (high !== "") yield encoder.encode(high);
}

export function isFiles(value: unknown): value is TextFiles {
  return typeof value === "object" && value !== null && "file" in value;
}

function isBlob(value: object): value is Blob {
  return "arrayBuffer" in value && "slice" in value && "size" in value;
}

function isUrl(value: object): value is URL {
  return "href" in value && typeof value.href === "string";
}

function isStream(value: unknown): value is AsyncIterable<string | Uint8Array> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}

function fileName(blob: Blob): string | undefined {
  return "name" in blob && typeof blob.name === "string" ? blob.name : undefined;
}

function notText(value: unknown) {
  const what = value === null ? "null" : typeof value === "object" ? "another object" : shown(value);
  return usageError(
    `A text is a string, bytes, a Blob, a URL, { file }, an async iterable, or a list of these; got ${what}.`,
  );
}
