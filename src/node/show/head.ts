// The beginning of a text, which may be larger than memory: so many bytes of it, ended where a character ends.

import type { TextInput } from "../../text/encoding/utf8.js";

export interface Head {
  readonly bytes: Uint8Array;
  /** The text ends here. */
  readonly whole: boolean;
}

/** At most the first `most` bytes of texts one after another. */
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

/** Leaves out the bytes of a last character of UTF-8 that is cut in two. */
function withoutPart(bytes: Uint8Array): Uint8Array {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back]!;
    if ((byte & 0xc0) === 0x80) continue;
    const wanted = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return wanted > back ? bytes.slice(0, bytes.length - back) : Uint8Array.from(bytes);
  }
  return Uint8Array.from(bytes);
}
