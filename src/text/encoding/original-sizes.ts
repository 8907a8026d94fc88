// What the original of a text has more than its tokens: the CR of CR LF, marks that composed characters have absorbed,
// letters that lower-casing changed, line ends that were stripped. The whole is known exactly. A part has its share: of
// CR LF by its line ends, of marks by its composed characters, of the rest by its bytes. So a part is exact too where
// all line ends, and all characters, are of one kind.

import type { OriginalSizes } from "../reading/original.js";
import type { TextInput } from "../reading/utf8.js";
import type { Field } from "./field.js";
import { type Size, tokenSize } from "./sizes.js";
import { END_OF_LINE } from "./tokenizer.js";

interface Weights extends Size {
  readonly newlines: number;
  /** What a decomposed text has more. */
  readonly decomposed: Size;
}

/** For each part, given as counts of the tokens, the characters and bytes that its original has more. */
export function originalDifferences(
  original: OriginalSizes,
  tokens: readonly string[],
  parts: readonly ArrayLike<number>[],
  field: Field,
): Size[] {
  const weights = parts.map((counts) => weightsOf(tokens, counts, field));
  const total = (of: (part: Weights) => number) => weights.reduce((sum, part) => sum + of(part), 0);
  const share = (part: Weights, of: (part: Weights) => number) => of(part) / Math.max(1, total(of));
  const newlines = total((part) => part.newlines);
  const more = (of: keyof Size) => original[of] - total((part) => part[of]);
  const ends = Math.min(newlines, original.crlf, Math.max(0, more("bytes")));
  return weights.map((part) => {
    const difference = (of: keyof Size) => {
      const rest = more(of) - ends;
      const marks = (each: Weights) => each.decomposed[of];
      const by = rest > 0 && total(marks) > 0 ? marks : (each: Weights) => each.bytes;
      return ends * share(part, (each) => each.newlines) + rest * share(part, by);
    };
    return { characters: difference("characters"), bytes: difference("bytes") };
  });
}

function weightsOf(tokens: readonly string[], counts: ArrayLike<number>, field: Field): Weights {
  const sum = { characters: 0, bytes: 0, newlines: 0 };
  const decomposed = { characters: 0, bytes: 0 };
  for (const [number, token] of tokens.entries()) {
    const count = counts[number] ?? 0;
    if (count === 0) continue;
    const size = tokenSize(token, field);
    sum.characters += count * size.characters;
    sum.bytes += count * size.bytes;
    sum.newlines += count * (token === END_OF_LINE ? 1 : token.split("\n").length - 1);
    const other = token.normalize("NFD");
    if (other === token) continue;
    const longer = tokenSize(other, field);
    decomposed.characters += count * (longer.characters - size.characters);
    decomposed.bytes += count * (longer.bytes - size.bytes);
  }
  return { ...sum, decomposed };
}

/** What the originals of texts have more than each part; nothing where documents are apart, or it is not known. */
export function differences(
  inputs: readonly TextInput[],
  tokens: readonly string[],
  parts: readonly Float64Array[],
  field: Field,
): readonly Size[] {
  const originals = inputs.flatMap(({ original }) => original ?? []);
  if (originals.length < inputs.length || field.documents !== "none")
    return parts.map(() => ({ characters: 0, bytes: 0 }));
  const sum = (of: keyof OriginalSizes) => originals.reduce((total, each) => total + each[of], 0);
  const original = { characters: sum("characters"), bytes: sum("bytes"), crlf: sum("crlf") };
  return originalDifferences(original, tokens, parts, field);
}
