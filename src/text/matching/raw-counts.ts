// Counts of bytes, characters and words of a text, independent of any field. The text arrives in pieces.

/** Sizes of a text. A word is a run of bytes other than space and the bytes 9 to 13 (tab to carriage return). */
export interface RawSizes {
  readonly bytes: number;
  /** Code points of UTF-8. */
  readonly characters: number;
  readonly words: number;
}

export function rawCounts(): { update(bytes: Uint8Array): void; found(): RawSizes } {
  let size = 0;
  let characters = 0;
  let words = 0;
  let white = true;
  return {
    update(bytes) {
      size += bytes.length;
      for (let i = 0; i < bytes.length; i++) {
        const byte = bytes[i]!;
        if ((byte & 0xc0) !== 0x80) characters += 1;
        const now = byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
        if (white && !now) words += 1;
        white = now;
      }
    },
    found: () => ({ bytes: size, characters, words }),
  };
}
