// Plain features of a text, a number for each token, to hold a model's units against: where in a line, a word, a quotation it stands,
// and what kind of character it is. A table; each row folds the text's characters one by one. It knows no model.

export interface Feature {
  readonly label: string;
  /** From what it was (0 at first) and the next character (a code point) to what it is. */
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

/** A feature after each token's last character. A token that is no text (`<end>`) is to be given as what stands for it. */
export function featureOf({ next }: Feature, tokens: readonly string[]): Float64Array {
  let now = 0;
  return Float64Array.from(tokens, (token) => {
    for (const character of token) now = next(now, character);
    return now;
  });
}
