// safetensors: writes and reads named tensors and string metadata.
//
// The format (huggingface/safetensors, README): eight bytes, the header's length N, little-endian; N bytes of JSON,
// {"__metadata__": {…}, name: {"dtype", "shape", "data_offsets": [begin, end]}, …}, padded with spaces; then the data,
// little-endian, without overlap or gap. A file may come from anyone: the reader checks every number before it uses it.

import { fileError, usageError } from "../base/errors.js";

/** Array type of each element type. */
export interface Arrays {
  F64: Float64Array;
  F32: Float32Array;
  I64: BigInt64Array;
  U64: BigUint64Array;
  I32: Int32Array;
  U32: Uint32Array;
  I16: Int16Array;
  U16: Uint16Array;
  /** The bits; JavaScript has no array of 16-bit floats everywhere. */
  F16: Uint16Array;
  BF16: Uint16Array;
  I8: Int8Array;
  U8: Uint8Array;
  BOOL: Uint8Array;
}
/** Element types of a safetensors file. */
export type Dtype = keyof Arrays;

/** One tensor, row-major. */
export type Tensor = {
  [D in Dtype]: { readonly dtype: D; readonly shape: readonly number[]; readonly data: Arrays[D] };
}[Dtype];
export type NamedTensor = Tensor & { readonly name: string };

export interface SafetensorsFile {
  /** By name, in the order of their data. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** Has no prototype, so that it has the file's keys only. */
  readonly metadata: Readonly<Record<string, string>>;
}

const arrays = {
  F64: Float64Array,
  F32: Float32Array,
  I64: BigInt64Array,
  U64: BigUint64Array,
  I32: Int32Array,
  U32: Uint32Array,
  I16: Int16Array,
  U16: Uint16Array,
  F16: Uint16Array,
  BF16: Uint16Array,
  I8: Int8Array,
  U8: Uint8Array,
  BOOL: Uint8Array,
} as const satisfies Record<Dtype, unknown>;

/** The longest header in bytes, for reading and writing. */
export const HEADER_LIMIT = 8 * 1024 * 1024;
const RANK_LIMIT = 64;
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * The file in pieces: the header, then the bytes of each tensor, which are not copied: write them before the tensors
 * change. Tensors are ordered by element size (widest first), then by name, so that each is aligned. Equal tensors and
 * metadata give equal bytes. Throws a usage LonghandError if the header would exceed HEADER_LIMIT.
 */
export function writeSafetensors(
  tensors: readonly NamedTensor[],
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array[] {
  const width = (tensor: Tensor) => tensor.data.BYTES_PER_ELEMENT;
  const ordered = tensors.toSorted((a, b) => width(b) - width(a) || byName(a.name, b.name));
  const fields = Object.entries(metadata).sort(([a], [b]) => byName(a, b));
  for (const text of [...fields.flat(), ...ordered.map(({ name }) => name)]) {
    if (LONE_SURROGATE.test(text)) throw new Error(`${show(text)} has half a surrogate pair, which cannot be written.`);
  }
  // Built as text, since an object would drop a name like __proto__.
  const pairs = fields.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`);
  const rows = pairs.length === 0 ? [] : [`"__metadata__":{${pairs.join(",")}}`];
  const seen = new Set(["__metadata__"]);
  let end = 0;
  for (const { name, dtype, shape, data } of ordered) {
    if (seen.has(name)) throw new Error(`Two tensors, or a tensor and the metadata, are named ${show(name)}.`);
    seen.add(name);
    if (shape.reduce((product, size) => product * size, 1) !== data.length) {
      throw new Error(`${show(name)} has ${data.length} elements, but its shape is [${shape.join(", ")}].`);
    }
    const begin = end;
    end += data.byteLength;
    rows.push(`${JSON.stringify(name)}:${JSON.stringify({ dtype, shape, data_offsets: [begin, end] })}`);
  }
  const json = new TextEncoder().encode(`{${rows.join(",")}}`);
  const length = Math.ceil(json.length / 8) * 8;
  if (length > HEADER_LIMIT) {
    throw usageError(
      `The file's header (names, vocabulary, settings) would have ${length} bytes; the limit is ${HEADER_LIMIT}.`,
      "Make the vocabulary smaller.",
    );
  }
  const header = new Uint8Array(8 + length).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(length), true);
  header.set(json, 8);
  return [header, ...ordered.map(({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength))];
}

/**
 * Reads a whole file. An aligned tensor is a view of `bytes`, any other a copy; besides the parsed header it never
 * allocates more than the size of the file. `what` names the file in errors. Throws a model-file LonghandError.
 */
export function readSafetensors(bytes: Uint8Array, what = "The file"): SafetensorsFile {
  const { places, metadata } = readLayout(bytes, bytes.length, what);
  const tensors = new Map<string, Tensor>();
  for (const { name, dtype, shape, count, begin, end } of places) {
    const view = bytes.subarray(begin, end);
    const { buffer, byteOffset } =
      view.byteOffset % arrays[dtype].BYTES_PER_ELEMENT === 0 ? view : new Uint8Array(view);
    tensors.set(name, { dtype, shape, data: new arrays[dtype](buffer as ArrayBuffer, byteOffset, count) } as Tensor);
  }
  return { tensors, metadata };
}

/** An empty tensor of a location, and its bytes, to be filled. */
export function emptyTensor({ dtype, shape, count }: TensorPlace): { tensor: Tensor; bytes: Uint8Array<ArrayBuffer> } {
  const data = new arrays[dtype](count);
  return { tensor: { dtype, shape, data } as Tensor, bytes: new Uint8Array(data.buffer) };
}

/** The location of a tensor: bytes [begin, end) of its file. */
export interface TensorPlace {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** Number of elements. */
  readonly count: number;
  readonly begin: number;
  readonly end: number;
}

/**
 * The locations of the tensors in a file of `size` bytes, from its first `bytes`, which contain the whole header. It
 * makes all the checks of readSafetensors.
 */
export function readLayout(
  bytes: Uint8Array,
  size: number,
  what: string,
): { places: TensorPlace[]; metadata: Readonly<Record<string, string>> } {
  const refuse: Refuse = (why) => {
    throw fileError(`${what} is not a complete safetensors file: ${why}.`, "Copy it again, or use another file.");
  };
  if (bytes.length < 8) return refuse(`it has ${bytes.length} bytes, and the header's length alone takes 8`);
  const claimed = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (claimed > HEADER_LIMIT) return refuse(`it claims a header of ${claimed} bytes; at most ${HEADER_LIMIT} are read`);
  const start = 8 + Number(claimed);
  if (start > bytes.length) return refuse(`it claims a header of ${claimed} bytes, but ${size - 8} follow`);

  const header = bytes.subarray(8, start);
  if (header[0] !== 0x7b) return refuse("its header does not begin with {");
  const keys = countKeys(header, refuse);
  const entries = Object.entries(parseJson(header, refuse));
  const own = entries.find(([name]) => name === "__metadata__");
  const metadata = own === undefined ? {} : checkMetadata(own[1], refuse);
  const rows = entries.filter((entry) => entry !== own).map(([name, row]) => checkRow(name, row, refuse));
  if (keys !== entries.length + Object.keys(metadata).length + 3 * rows.length) return refuse("it has a key twice");
  rows.sort((a, b) => a.begin - b.begin || a.end - b.end);

  let filled = 0;
  for (const { name, begin, end } of rows) {
    if (begin < filled) return refuse(`${show(name)} overlaps the tensor before it`);
    if (begin > filled) return refuse(`${begin - filled} bytes before ${show(name)} belong to no tensor`);
    if (start + end > size) return refuse(`${show(name)} ends after the file does`);
    filled = end;
  }
  if (start + filled < size) return refuse(`${size - start - filled} bytes follow the last tensor`);
  const places = rows.map((row) => ({ ...row, begin: start + row.begin, end: start + row.end }));
  return { places, metadata };
}

type Refuse = (why: string) => never;

function parseJson(header: Uint8Array, refuse: Refuse): object {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(header));
  } catch {
    return refuse("its header is not JSON in UTF-8");
  }
}

/**
 * A check before JSON.parse, which keeps the last of two equal keys and rounds numbers. It counts the colons outside
 * strings, one per key, and refuses every character there that a header does not need: so there is no sign, fraction,
 * exponent, true, false or null, and nothing deeper than {"name": {"shape": [.
 */
function countKeys(bytes: Uint8Array, refuse: Refuse): number {
  let keys = 0;
  let depth = 0;
  let inString = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] ?? 0;
    if (byte === 0x22) inString = !inString;
    else if (inString) i += byte === 0x5c ? 1 : 0;
    else if (byte === 0x3a) keys++;
    else if (byte === 0x7b || byte === 0x5b) depth++;
    else if (byte === 0x7d || byte === 0x5d) depth--;
    else if (!(byte >= 0x30 && byte <= 0x39) && !OTHERS.has(byte)) {
      return refuse(`byte ${8 + i} of its header (0x${byte.toString(16)}) stands outside of any string`);
    }
    if (depth > 3) return refuse("its header is nested deeper than a tensor's shape");
  }
  return keys;
}
const OTHERS = new Set([0x2c, 0x20, 0x09, 0x0a, 0x0d]); // comma and white space

function checkMetadata(fields: unknown, refuse: Refuse): Record<string, string> {
  if (typeof fields !== "object" || fields === null || Array.isArray(fields)) {
    return refuse("its __metadata__ is not an object");
  }
  for (const [key, value] of Object.entries(fields)) {
    if (typeof value !== "string") return refuse(`the metadata field ${show(key)} is not a string`);
    if (LONE_SURROGATE.test(key + value)) return refuse(`the metadata field ${show(key)} has half a surrogate pair`);
  }
  return Object.setPrototypeOf(fields, null);
}

/** Checks the entry of one tensor: a known dtype, and ascending whole offsets whose distance fits the shape. */
function checkRow(name: string, row: unknown, refuse: Refuse) {
  const its = (part: string, value: unknown) => `the ${part} of ${show(name)} is ${show(value)}`;
  if (LONE_SURROGATE.test(name)) return refuse(`the name ${show(name)} has half a surrogate pair`);
  if (typeof row !== "object" || row === null || Object.keys(row).length !== 3) {
    return refuse(`${show(name)} has not exactly a dtype, a shape and data_offsets`);
  }
  const { dtype, shape, data_offsets: offsets } = row as Record<string, unknown>;
  if (typeof dtype !== "string" || !Object.hasOwn(arrays, dtype)) {
    return refuse(`${its("dtype", dtype)}; known are ${Object.keys(arrays).join(", ")}`);
  }
  if (!isSizes(shape)) return refuse(`${its("shape", shape)}, not a list of sizes`);
  if (shape.length > RANK_LIMIT)
    return refuse(`${show(name)} has ${shape.length} axes; at most ${RANK_LIMIT} are read`);
  if (!isSizes(offsets)) return refuse(`${its("data_offsets", offsets)}, not two places in the file`);
  const [begin, end] = offsets;
  if (begin === undefined || end === undefined || offsets.length !== 2 || begin > end) {
    return refuse(`${its("data_offsets", offsets)}, not a begin and an end`);
  }
  const known = dtype as Dtype;
  const width = arrays[known].BYTES_PER_ELEMENT;
  let count = 1;
  for (const size of shape) {
    count *= size;
    if (!Number.isSafeInteger(count)) return refuse(`${its("shape", shape)}, more than can be counted`);
  }
  if (count * width !== end - begin) {
    return refuse(`${show(name)} takes ${end - begin} bytes, but its shape wants ${count} times ${width}`);
  }
  return { name, dtype: known, shape, count, begin, end };
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size));
}

/** Text from a file, made safe to print: as JSON, truncated, and without control characters. */
function show(value: unknown): string {
  const text = JSON.stringify(value) ?? "absent";
  return `${text.slice(0, 60).replace(/\p{C}/gu, "?")}${text.length > 60 ? "…" : ""}`;
}

function byName(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
