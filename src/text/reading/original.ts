// Sizes of the original: of a text before its line ends and characters are changed on reading. Figures per character
// and per byte divide by them.

/** Sizes of an original; they grow while it is read. */
export interface OriginalSizes {
  /** Code points. */
  characters: number;
  /** Bytes in UTF-8. */
  bytes: number;
  /** Number of CR LF, each of which has a character that LF has not. */
  crlf: number;
}

export function newOriginal(): OriginalSizes {
  return { characters: 0, bytes: 0, crlf: 0 };
}
