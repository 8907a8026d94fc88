// Quick looks at bytes where the platform has none of its own: 16 bytes at a time.

import type { ByteSearch } from "./rules.js";

const HIGH = 0x80808080 | 0;
const ONES = 0x01010101;

export const scalarSearch: ByteSearch = {
  isAscii(bytes) {
    const { words, head } = wordsOf(bytes);
    const { length } = words;
    let i = 0;
    for (; i + 4 <= length; i += 4) {
      if ((words[i]! | words[i + 1]! | words[i + 2]! | words[i + 3]!) & HIGH) return false;
    }
    for (; i < length; i++) if (words[i]! & HIGH) return false;
    for (let at = 0; at < head; at++) if (bytes[at]! >= 0x80) return false;
    for (let at = head + 4 * length; at < bytes.length; at++) if (bytes[at]! >= 0x80) return false;
    return true;
  },

  /** A word without a byte of 0 has no high bit in (word − ONES) & ~word (Warren 2012, "Hacker's Delight", 6-1). */
  indexOf(bytes, byte) {
    const { words, head } = wordsOf(bytes);
    for (let at = 0; at < head; at++) if (bytes[at] === byte) return at;
    const pattern = Math.imul(byte, ONES);
    let i = 0;
    for (; i + 4 <= words.length; i += 4) {
      const a = words[i]! ^ pattern;
      const b = words[i + 1]! ^ pattern;
      const c = words[i + 2]! ^ pattern;
      const d = words[i + 3]! ^ pattern;
      if ((((a - ONES) & ~a) | ((b - ONES) & ~b) | ((c - ONES) & ~c) | ((d - ONES) & ~d)) & HIGH) break;
    }
    for (let at = head + 4 * i; at < bytes.length; at++) if (bytes[at] === byte) return at;
    return -1;
  },
};

/** The whole words of bytes, and the number of bytes before the first. */
function wordsOf(bytes: Uint8Array): { words: Int32Array; head: number } {
  const head = Math.min(bytes.length, -bytes.byteOffset & 3);
  const count = (bytes.length - head) >> 2;
  return { words: new Int32Array(bytes.buffer, count > 0 ? bytes.byteOffset + head : 0, count), head };
}
