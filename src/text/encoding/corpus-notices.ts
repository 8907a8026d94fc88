// Notices about the tokens of a text: unknown ones, and specials that it never spells.

import type { Notice } from "../reading/utf8.js";
import type { Field } from "./field.js";
import { PADDING, UNKNOWN } from "./tokenizer.js";
import { showToken } from "./vocab.js";

interface Part {
  readonly from: number;
  readonly to: number;
  readonly unknown: number;
}

/** A part with a larger share of unknown tokens than this hides much of its text behind `<unk>`. */
const MANY_UNKNOWN = 0.05;

/** Tells of specials that the text never spells; <unk> and <pad> have other uses. */
export function noticeSpecials(field: Field, tokens: readonly string[], notice: Notice): void {
  const own = field.specials.filter((name) => name !== UNKNOWN && name !== PADDING);
  const missing = own.filter((name) => !tokens.includes(name));
  if (missing.length > 0) notice(`The text never has ${missing.map(showToken).join(", ")} of the specials.`);
}

/** Tells how many tokens a vocabulary of the whole text has from the validation part alone. */
export function noticeHeldOut(
  tokens: readonly string[],
  { training, valid }: Readonly<Record<"training" | "valid", Float64Array>>,
  notice: Notice,
): void {
  const held = tokens.filter((_, i) => training[i] === 0 && valid[i]! > 0);
  if (held.length === 0) return;
  const named = held.slice(0, 5).map(showToken).join(", ");
  notice(
    `The vocabulary is of the whole text: the validation part alone has ${named}` +
      `${held.length > 5 ? ` and ${held.length - 5} more` : ""}, so its loss counts tokens that were never trained on.`,
  );
}

/** Warns where a part has many unknown tokens, with the settings that make them fewer. */
export function noticeUnknown(field: Field, train: Part, valid: Part | undefined, notice: Notice): void {
  const share = (part: Part | undefined) => (part === undefined ? 0 : part.unknown / (part.to - part.from));
  const percent = (part: Part) => `${Math.round(100 * share(part))}%`;
  if (Math.max(share(train), share(valid)) <= MANY_UNKNOWN) return;
  const ofValid = valid === undefined ? "" : ` and ${percent(valid)} of the validation tokens`;
  const larger = [
    ...(field.maxSize === undefined ? [] : ["a larger `maxSize`"]),
    ...(field.minFreq > 1 ? ["a lower `minFreq`"] : []),
    field.unit === "char" ? '`unit: "byte"`' : '`unit: "char"`',
  ];
  notice(
    `warning: ${percent(train)} of the training tokens${ofValid} are outside the vocabulary, and the model reads each ` +
      `as ${UNKNOWN}. For fewer, set ${larger.join(" or ")}.`,
  );
}
