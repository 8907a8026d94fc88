// Where the numbers of a token file lie, and how they are read: its stretches, each of one width.

import { LonghandError } from "../../base/errors.js";
import type { ReadHandle } from "../../base/ports.js";
import type { TensorPlace } from "../../checkpoint/safetensors.js";
import type { Ids } from "../../text/storage/tokens.js";

/** Bytes from the file's start: the room that is left for the header. */
export const HEADER = 4096;

/** Numbers [from, …) in so many bytes each, at a byte of the file. */
export interface Stretch {
  readonly from: number;
  readonly width: number;
  readonly begin: number;
}

/** The stretches of a file whose layout is known. */
export function stretchesOf(places: readonly TensorPlace[]): Stretch[] {
  let from = 0;
  return places
    .filter(({ name }) => name.startsWith("tokens."))
    .map(({ dtype, count, begin }) => {
      const stretch = { from, width: widths[dtype]!, begin };
      from += count;
      return stretch;
    });
}

/** Numbers [from, to), which may lie in several stretches. */
export async function readNumbers(
  file: ReadHandle,
  stretches: readonly Stretch[],
  from: number,
  to: number,
): Promise<Ids> {
  const parts: Ids[] = [];
  for (const [i, { from: first, width, begin }] of stretches.entries()) {
    const [low, high] = [Math.max(from, first), Math.min(to, stretches[i + 1]?.from ?? Infinity)];
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

/** Bytes [from, to) of a file, fewer where it ends before. */
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

/** Bytes as numbers of so many bytes each; they lie aligned. */
export function idsOver({ buffer, byteOffset, length }: Uint8Array<ArrayBuffer>, width: number): Ids {
  if (width === 1) return new Uint8Array(buffer, byteOffset, length);
  return new (width === 2 ? Uint16Array : Int32Array)(buffer, byteOffset, length / width);
}

/** Where the digest's digits are: the metadata's last field is it. */
export function digitsAt(header: Uint8Array): number {
  const mark = '"sha256":"';
  const at = new TextDecoder("latin1").decode(header).indexOf(mark);
  return at < 0 ? -1 : at + mark.length;
}
