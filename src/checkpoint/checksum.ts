// Checksummed safetensors: a file that contains its own SHA-256, which detects any changed bit. The digest is in the
// metadata, field "sha256", and covers every byte of the file with its own 64 digits taken as zeros. Other readers open
// such a file as usual. It detects damage, not forgery.

import { fileError } from "../base/errors.js";
import type { FileSystem, NewHash } from "../base/ports.js";
import {
  emptyTensor,
  HEADER_LIMIT,
  type NamedTensor,
  readLayout,
  readSafetensors,
  type SafetensorsFile,
  type Tensor,
  writeSafetensors,
} from "./safetensors.js";

const BLANK = "0".repeat(64);
const DAMAGED = "Put back a whole copy of it.";
const ascii = new TextEncoder();
// In a JSON string a quote is escaped, so these bytes occur in a header once, as the key.
const MARK = ascii.encode('"sha256":"');

/** As writeSafetensors, with the digest in the field sha256 of the metadata. */
export async function checksumSafetensors(
  tensors: readonly NamedTensor[],
  metadata: Readonly<Record<string, string>>,
  newHash: NewHash,
): Promise<Uint8Array[]> {
  const pieces = writeSafetensors(tensors, { ...metadata, sha256: BLANK });
  const hash = newHash();
  for (const piece of pieces) hash.update(piece);
  const header = pieces[0] ?? new Uint8Array();
  header.set(ascii.encode(await hash.hex()), digitsAt(header) ?? 0);
  return pieces;
}

/**
 * Reads a checksummed file. Throws a model-file LonghandError if it is malformed, has no digest, or differs by a single
 * bit.
 */
export async function readChecked(bytes: Uint8Array, newHash: NewHash, what: string): Promise<SafetensorsFile> {
  const at = digitsAt(bytes);
  if (at === undefined) throw fileError(`${what} has no digest of itself, or is truncated.`, DAMAGED);
  const hash = newHash();
  hash.update(bytes.subarray(0, at));
  hash.update(ascii.encode(BLANK));
  hash.update(bytes.subarray(at + 64));
  if ((await hash.hex()) !== String.fromCharCode(...bytes.subarray(at, at + 64))) {
    throw fileError(`${what} is damaged: its bytes do not match its digest.`, DAMAGED);
  }
  return readSafetensors(bytes, what);
}

/** Bytes that are read at once: a file may be larger than the largest array. */
const PIECE = 1 << 26;

/**
 * Reads a file in pieces, each tensor into an array of its own, and checks its digest if it has one; without it only
 * where `unsigned` allows that. Throws as `readChecked`, and the file system's own errors.
 */
export async function readCheckedFile(
  fs: FileSystem,
  path: string,
  newHash: NewHash,
  { unsigned = false, piece = PIECE } = {},
): Promise<SafetensorsFile> {
  const file = await fs.open(path);
  try {
    const size = (await fs.stat(path))?.size ?? 0;
    const fill = async (into: Uint8Array, at: number, read: (bytes: Uint8Array) => void = () => {}) => {
      for (let done = 0; done < into.length; ) {
        const bytes = into.subarray(done, done + piece);
        const came = await file.read(bytes, at + done);
        if (came < 1) throw fileError(`${path} ended while it was read.`, DAMAGED);
        read(bytes.subarray(0, came));
        done += came;
      }
      return into;
    };
    const start = await fill(new Uint8Array(Math.min(8, size)), 0);
    const claimed = start.length < 8 ? 0 : Number(new DataView(start.buffer).getBigUint64(0, true));
    const header = await fill(new Uint8Array(Math.min(size, 8 + Math.min(claimed, HEADER_LIMIT))), 0);
    const digits = digitsAt(header);
    if (digits === undefined && !unsigned)
      throw fileError(`${path} has no digest of itself, or is truncated.`, DAMAGED);
    const { places, metadata } = readLayout(header, size, path);
    const hash = newHash();
    if (digits !== undefined) {
      hash.update(header.subarray(0, digits));
      hash.update(ascii.encode(BLANK));
      hash.update(header.subarray(digits + 64));
    }
    const tensors = new Map<string, Tensor>();
    for (const place of places) {
      const { tensor, bytes } = emptyTensor(place);
      await fill(bytes, place.begin, (read) => hash.update(read));
      tensors.set(place.name, tensor);
    }
    const found = digits === undefined ? "" : String.fromCharCode(...header.subarray(digits, digits + 64));
    if (digits !== undefined && (await hash.hex()) !== found) {
      throw fileError(`${path} is damaged: its bytes do not match its digest.`, DAMAGED);
    }
    return { tensors, metadata };
  } finally {
    await file.close().catch(() => undefined); // it was only read
  }
}

/** The offset of the 64 digits, if the file is long enough. */
function digitsAt(bytes: Uint8Array): number | undefined {
  const end = Math.min(bytes.length, 8 + HEADER_LIMIT) - MARK.length - 64;
  for (let at = bytes.indexOf(0x22, 8); at >= 0 && at <= end; at = bytes.indexOf(0x22, at + 1)) {
    if (MARK.every((byte, i) => bytes[at + i] === byte)) return at + MARK.length;
  }
  return undefined;
}
