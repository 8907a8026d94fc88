// Checksummed safetensors: a file that contains its own SHA-256, which detects any changed bit. The digest is in the
// metadata, field "sha256", and covers every byte of the file with its own 64 digits taken as zeros. Other readers open
// such a file as usual. It detects damage, not forgery.

import { fileError } from "../base/errors.js";
import type { NewHash } from "../base/ports.js";
import {
  HEADER_LIMIT,
  type NamedTensor,
  readSafetensors,
  type SafetensorsFile,
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

/** The offset of the 64 digits, if the file is long enough. */
function digitsAt(bytes: Uint8Array): number | undefined {
  const end = Math.min(bytes.length, 8 + HEADER_LIMIT) - MARK.length - 64;
  for (let at = bytes.indexOf(0x22, 8); at >= 0 && at <= end; at = bytes.indexOf(0x22, at + 1)) {
    if (MARK.every((byte, i) => bytes[at + i] === byte)) return at + MARK.length;
  }
  return undefined;
}
