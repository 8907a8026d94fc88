// Reads the beginning of a text, which may be larger than memory, up to the end of a character.

import type { TextInput } from "../../text/reading/utf8.js";

export interface Head {
  readonly bytes: Uint8Array;
  /** Whether this is the whole text. */
  readonly whole: boolean;
}

/** Reads at most the first `most` bytes of texts in order. */
export async function readHead(inputs: readonly TextInput[], most: number): Promise<Head> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for (const { bytes } of inputs) {
    for await (const piece of bytes) {
      pieces.push(Uint8Array.from(piece));
      size += piece.length;
      if (size > most) return { bytes: withoutPart(Buffer.concat(pieces).subarray(0, most)), whole: false };
    }
  }
  return { bytes: Uint8Array.from(Buffer.concat(pieces)), whole: true };
}

/** Drops the bytes of an incomplete last UTF-8 character. */
function withoutPart(bytes: Uint8Array): Uint8Array {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back]!;
    if ((byte & 0xc0) === 0x80) continue;
    const wanted = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return wanted > back ? bytes.slice(0, bytes.length - back) : Uint8Array.from(bytes);
  }
  return Uint8Array.from(bytes);
}
