// Simple features of a text, one number per token, to correlate with a model's units: the position in a line, a word or
// a quotation, and the kind of character. Each row of the table is a fold over the characters of the text.

export interface Feature {
  readonly label: string;
  /** The new value, from the previous one (0 at first) and the next character (a code point). */
  next(before: number, character: string): number;
}

const is = (label: string, what: RegExp): Feature => ({
  label,
  next: (_, character) => (what.test(character) ? 1 : 0),
});
const since = (label: string, what: RegExp): Feature => ({ label, next: (n, c) => (what.test(c) ? 0 : n + 1) });

export const features: readonly Feature[] = [
  since("characters since the line began", /\n/),
  since("characters since a sentence ended", /[.!?…。]/u),
  { label: "letters of the word so far", next: (n, c) => (/[\p{L}\p{M}]/u.test(c) ? n + 1 : 0) },
  {
    label: "inside quotation marks",
    next: (inside, c) => (c === '"' ? 1 - inside : /[“«„]/u.test(c) ? 1 : /[”»]/u.test(c) ? 0 : inside),
  },
  {
    label: "inside brackets",
    next: (depth, c) => (/[([{]/.test(c) ? depth + 1 : /[)\]}]/.test(c) ? Math.max(0, depth - 1) : depth),
  },
  is("a space", /[^\S\n]/),
  is("a line's end", /\n/),
  is("a capital letter", /\p{Lu}/u),
  is("a vowel", /[aeiouyàâäèéêëìíîïòóôöùúûüаеёиоуыэюя]/iu),
  is("a digit", /\p{Nd}/u),
  is("a punctuation mark", /\p{P}/u),
];

/** The feature's value after the last character of each token. Pass a token without text (`<end>`) as its separator. */
export function featureOf({ next }: Feature, tokens: readonly string[]): Float64Array {
  let value = 0;
  return Float64Array.from(tokens, (token) => {
    for (const character of token) value = next(value, character);
    return value;
  });
}
