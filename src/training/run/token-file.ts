// The token file of a run: its text as numbers of one, two or four bytes a token, with the vocabulary and all counts. A
// text is encoded into it once, in a stream, and may be larger than memory. It is a safetensors file: `tokens.0` and on
// are segments of the text, each as wide as its numbers need; `ids` maps numbers to ids; `vocabulary` and `table`, the
// token of each number, are JSON. So the file gives back the text itself (text/encoding/decode.ts).
//
// It is written from front to back, the header last, into reserved bytes. Its digest (metadata, sha256) covers the data
// and then the header with zeros for the digits. A file that is damaged, or of another text or other settings, is no
// error: it is written again.

import { LonghandError } from "../../base/errors.js";
import type { FileSystem, NewHash, ReadHandle } from "../../base/ports.js";
import { writeFully } from "../../checkpoint/atomic-write.js";
import { ioError } from "../../checkpoint/io-error.js";
import { HEADER_LIMIT, readLayout } from "../../checkpoint/safetensors.js";
import type { CorpusData } from "../../text/encoding/corpus.js";
import type { PartSettings } from "../../text/encoding/part-settings.js";
import { Vocab } from "../../text/encoding/vocab.js";
import { arranged } from "../../text/storage/arranged.js";
import { MemoryStore } from "../../text/storage/store.js";
import type { TokenStore } from "../../text/storage/tokens.js";
import {
  digitsAt,
  HEADER,
  idsOver,
  readBytes,
  readNumbers,
  type Segment,
  segmentsOf,
  widths,
} from "./token-segments.js";
import {
  checkAbout,
  checkIds,
  checkNumbers,
  checkOrder,
  checkSegments,
  checkTable,
  parseTensor,
  placeOf,
} from "./token-shape.js";

/** Everything that the numbers depend on, as one string: a file with another key is written again. */
export function tokenKey(key: TokenKey): string {
  return JSON.stringify({ format: 2, ...key });
}

export interface TokenKey extends PartSettings {
  /** SHA-256 of the text, and of the validation text. */
  readonly text: string;
  readonly valid: string | undefined;
  readonly field: object;
}

/** A store over a file that grows; `seal` completes it. */
export interface TokenFileWriter extends TokenStore {
  /** Writes the counts and the header; syncs and closes. */
  seal(key: string, data: CorpusData): Promise<void>;
  /** Closes the file and removes it. */
  discard(): Promise<void>;
}

const PIECE = 1 << 20;
const BLANK = "0".repeat(64);
const dtypes = { 1: "U8", 2: "U16", 4: "I32" } as const;
const text = new TextEncoder();

/** Begins a file at `path`. Throws io LonghandErrors. */
export async function createTokenFile(fs: FileSystem, path: string, newHash: NewHash): Promise<TokenFileWriter> {
  const failing = async <T>(act: () => Promise<T>): Promise<T> => {
    try {
      return await act();
    } catch (error) {
      throw ioError("write", path, error);
    }
  };
  const file = await failing(() => fs.create(path));
  const hash = newHash();
  const segments: Segment[] = [];
  const staging = new Uint8Array(PIECE);
  let staged = 0;
  let written = HEADER;
  let length = 0;
  let reader: ReadHandle | undefined;

  async function put(bytes: Uint8Array): Promise<void> {
    await writeFully(file, bytes);
    hash.update(bytes);
    written += bytes.length;
  }
  async function flush(): Promise<void> {
    if (staged > 0) await put(staging.subarray(0, staged));
    staged = 0;
  }
  async function close(): Promise<void> {
    await reader?.close();
    await file.close();
  }
  await failing(() => writeFully(file, new Uint8Array(HEADER)));

  return {
    get length() {
      return length;
    },
    append: (numbers) =>
      failing(async () => {
        const width = Math.max(numbers.BYTES_PER_ELEMENT, segments.at(-1)?.width ?? 1);
        if (width !== segments.at(-1)?.width) {
          await flush();
          segments.push({ from: length, width, begin: written });
        }
        for (let at = 0; at < numbers.length; ) {
          if (staged === PIECE) await flush();
          const room = (PIECE - staged) / width;
          const some = numbers.subarray(at, at + room);
          idsOver(staging.subarray(staged, staged + some.length * width), width).set(some);
          staged += some.length * width;
          at += some.length;
        }
        length += numbers.length;
      }),
    read: (from, to) =>
      failing(async () => {
        await flush();
        reader ??= await fs.open(path);
        return readNumbers(reader, segments, from, to);
      }),
    seal: (key, data) =>
      failing(async () => {
        await flush();
        const { vocab, tokens, ids, counts, order, ...about } = data;
        const json = text.encode(JSON.stringify(vocab));
        const table = text.encode(JSON.stringify(tokens));
        const record = text.encode(JSON.stringify({ key, ...about }));
        const tail = [
          { name: "vocabulary", dtype: "U8", bytes: padded(json, written) },
          { name: "counts", dtype: "F64", bytes: bytesOf(counts) },
          ...(order ? [{ name: "order", dtype: "F64", bytes: bytesOf(Float64Array.from(order)) }] : []),
          { name: "ids", dtype: "I32", bytes: bytesOf(ids) },
          { name: "table", dtype: "U8", bytes: table },
          { name: "about", dtype: "U8", bytes: record },
        ];
        const rows: [string, object][] = segments.map((segment, i) => {
          const end = segments[i + 1]?.begin ?? written;
          const dtype = dtypes[segment.width as keyof typeof dtypes];
          return [`tokens.${i}`, rowOf(dtype, (end - segment.begin) / segment.width, segment.begin, end)];
        });
        for (const { name, dtype, bytes } of tail) {
          rows.push([name, rowOf(dtype, bytes.length / widths[dtype]!, written, written + bytes.length)]);
          await put(bytes);
        }
        const header = headerOf({ __metadata__: { sha256: BLANK }, ...Object.fromEntries(rows) });
        hash.update(header);
        header.set(text.encode(await hash.hex()), digitsAt(header));
        for (let at = 0; at < header.length; ) at += await file.writeAt(header.subarray(at), at);
        if ((await file.size()) !== written)
          throw new LonghandError("io", `${path} has not the size it was written with.`);
        await file.sync();
        await close();
      }),
    async discard() {
      await close().catch(() => {}); // it may be closed already
      await fs.remove(path).catch(() => {});
    },
  };
}

export interface TokenFile {
  readonly data: CorpusData;
  readonly store: TokenStore;
  close(): Promise<void>;
}

export interface OpenTokenFile {
  /** Files with at most this many bytes of numbers are read into memory. */
  readonly inMemory?: number;
  /** Bytes that all cursors of a larger file read ahead together. */
  readonly readAhead?: number;
  /** The file was written just now: its digest is not checked. */
  readonly trusted?: boolean;
}

/** The file at `path`, if it is complete and has that key; else undefined. Throws io LonghandErrors only. */
export async function openTokenFile(
  fs: FileSystem,
  path: string,
  newHash: NewHash,
  key: string,
  { inMemory = 64 << 20, readAhead = 16 << 20, trusted = false }: OpenTokenFile = {},
): Promise<TokenFile | undefined> {
  const found = await fs.stat(path);
  if (found?.kind !== "file") return undefined;
  const file = await fs.open(path);
  let kept = false;
  try {
    const layout = await readHeader(file, found.size, path, trusted ? undefined : newHash);
    if (layout === undefined) return undefined;
    const { places } = layout;
    const whole = (name: string, dtype: string) => {
      const { begin, end } = placeOf(places, name, dtype);
      return readBytes(file, begin, end);
    };
    const segments = segmentsOf(places);
    checkSegments(segments, places);
    const { from, width, begin } = segments.at(-1)!;
    const length = from + (places.find(({ name }) => name === `tokens.${segments.length - 1}`)!.end - begin) / width;
    const { key: own, ...about } = checkAbout(parseTensor(await whole("about", "U8")), length);
    if (own !== key) return undefined;
    const hasOrder = places.some(({ name }) => name === "order");
    const data: CorpusData = {
      vocab: Vocab.fromJSON(parseTensor(await whole("vocabulary", "U8"))),
      tokens: checkTable(parseTensor(await whole("table", "U8"))),
      counts: new Float64Array((await whole("counts", "F64")).buffer),
      ids: new Int32Array((await whole("ids", "I32")).buffer),
      ...about,
      ...(hasOrder && { order: checkOrder(new Float64Array((await whole("order", "F64")).buffer), length) }),
    };
    const inOrder = (store: TokenStore) => (data.order ? arranged(store, data.order) : store);
    checkIds(data);
    const read = async (first: number, last: number) =>
      checkNumbers(await readNumbers(file, segments, first, last), data.ids.length);
    if (placeOf(places, "vocabulary", "U8").begin - HEADER <= inMemory) {
      const store = new MemoryStore();
      for (let at = 0; at < length; at += PIECE) store.append(await read(at, Math.min(length, at + PIECE)));
      return { data, store: inOrder(store), close: async () => {} };
    }
    kept = true;
    const append = () => {
      throw new Error("this token file is sealed");
    };
    const store = inOrder({ length, read, append, ahead: readAhead / width });
    return { data, store, close: () => file.close() };
  } catch (error) {
    if (error instanceof LonghandError) return undefined; // another's file, or a damaged one
    throw ioError("read", path, error);
  } finally {
    if (!kept) await file.close();
  }
}

/** The layout, after a check of every byte by the digest; undefined where they do not match. */
async function readHeader(file: ReadHandle, size: number, path: string, newHash: NewHash | undefined) {
  const start = await readBytes(file, 0, Math.min(8, size));
  const claimed = start.length < 8 ? 0 : Number(new DataView(start.buffer).getBigUint64(0, true));
  const header = await readBytes(file, 0, Math.min(size, 8 + Math.min(claimed, HEADER_LIMIT)));
  const layout = readLayout(header, size, path);
  if (newHash === undefined) return layout;
  const hash = newHash();
  for (let at = header.length; at < size; at += PIECE) {
    hash.update(await readBytes(file, at, Math.min(size, at + PIECE)));
  }
  const at = digitsAt(header);
  if (at < 0) return undefined;
  const digits = new TextDecoder().decode(header.subarray(at, at + 64));
  header.set(text.encode(BLANK), at);
  hash.update(header);
  return (await hash.hex()) === digits ? layout : undefined;
}

function bytesOf(array: Float64Array | Int32Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** JSON padded with spaces, so that what follows begins at a multiple of 8. */
function padded(json: Uint8Array, at: number): Uint8Array {
  const room = new Uint8Array(Math.ceil((at + json.length) / 8) * 8 - at).fill(0x20);
  room.set(json);
  return room;
}

/** `begin` and `end` are bytes of the file; safetensors counts from the end of the header. */
function rowOf(dtype: string, count: number, begin: number, end: number): object {
  return { dtype, shape: [count], data_offsets: [begin - HEADER, end - HEADER] };
}

function headerOf(fields: object): Uint8Array {
  const json = text.encode(JSON.stringify(fields));
  if (json.length > HEADER - 8) throw new Error(`a token file's header takes ${json.length} bytes`);
  const header = new Uint8Array(HEADER).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(HEADER - 8), true);
  header.set(json, 8);
  return header;
}
