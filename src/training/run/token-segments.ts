// Segments of a token file: each holds numbers of one width. Offsets, and reading by range.

import { LonghandError } from "../../base/errors.js";
import type { ReadHandle } from "../../base/ports.js";
import type { TensorPlace } from "../../checkpoint/safetensors.js";
import type { Ids } from "../../text/storage/tokens.js";

/** Bytes at the start of the file that are reserved for the header. */
export const HEADER = 4096;

/** Numbers from number `from` on, each `width` bytes wide, at byte `begin` of the file. */
export interface Segment {
  readonly from: number;
  readonly width: number;
  readonly begin: number;
}

/** The segments of a file whose layout is known. */
export function segmentsOf(tensors: readonly TensorPlace[]): Segment[] {
  let from = 0;
  return tensors
    .filter(({ name }) => name.startsWith("tokens."))
    .map(({ dtype, count, begin }) => {
      const segment = { from, width: widths[dtype]!, begin };
      from += count;
      return segment;
    });
}

/** Numbers [from, to), which may lie in several segments. */
export async function readNumbers(
  file: ReadHandle,
  segments: readonly Segment[],
  from: number,
  to: number,
): Promise<Ids> {
  const parts: Ids[] = [];
  for (const [i, { from: first, width, begin }] of segments.entries()) {
    const low = Math.max(from, first);
    const high = Math.min(to, segments[i + 1]?.from ?? Number.POSITIVE_INFINITY);
    if (low >= high) continue;
    parts.push(idsOver(await readBytes(file, begin + (low - first) * width, begin + (high - first) * width), width));
  }
  if (parts.length === 1) return parts[0]!;
  const all = new Int32Array(to - from);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Bytes [from, to) of a file. Throws an io LonghandError where the file ends before. */
export async function readBytes(file: ReadHandle, from: number, to: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(to - from);
  let done = 0;
  while (done < bytes.length) {
    const came = await file.read(bytes.subarray(done), from + done);
    if (came < 1) throw new LonghandError("io", "A file ended before its size.");
    done += came;
  }
  return bytes;
}

export const widths: Readonly<Record<string, number>> = { U8: 1, U16: 2, I32: 4, F64: 8 };

/** Aligned bytes as numbers of `width` bytes each. */
export function idsOver({ buffer, byteOffset, length }: Uint8Array<ArrayBuffer>, width: number): Ids {
  if (width === 1) return new Uint8Array(buffer, byteOffset, length);
  return new (width === 2 ? Uint16Array : Int32Array)(buffer, byteOffset, length / width);
}

/** Offset of the digest's digits in the header: the digest is the last field of the metadata. */
export function digitsAt(header: Uint8Array): number {
  const mark = '"sha256":"';
  const at = new TextDecoder("latin1").decode(header).indexOf(mark);
  return at < 0 ? -1 : at + mark.length;
}
