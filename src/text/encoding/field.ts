// Field: how text becomes tokens, and which tokens get an id. Plain data, its rows of settings, and the functions that
// apply it. Named after torchtext's Field. corpus.ts reads the texts.

import { shown, textError, usageError } from "../../base/errors.js";
import { checkRows, type SettingRow } from "../../base/setting.js";
import type { ReadingRules, SourceOptions } from "../reading/rules.js";
import { checkSource } from "../reading/settings.js";
import { type DocumentRule, documentsSetting, END, separators } from "./documents.js";
import { type END_OF_LINE, type TokenRule, tokenizer, type Unit } from "./tokenizer.js";
import { PADDING, showToken, UNKNOWN, Vocab } from "./vocab.js";

export interface Field extends TokenRule {
  /** What a document is. Unless it is `none`, the vocabulary has the token `<end>`. */
  readonly documents: DocumentRule;
  /** Tokens that occur less often than this in the training text become `<unk>`. */
  readonly minFreq: number;
  /** The largest number of tokens besides the specials. */
  readonly maxSize: number | undefined;
  /** The first entries of the vocabulary: `["<unk>"]`, torchtext's `["<unk>", "<pad>"]`; for bytes none. */
  readonly specials: readonly string[];
}

export const fieldSettings = [
  {
    name: "unit",
    common: true,
    group: "text",
    type: "choice",
    default: "char",
    choices: ["char", "byte", "word"],
    help: "what a token is: a character, a byte, or a word with the space before it",
  },
  {
    name: "lower",
    group: "text",
    type: "flag",
    default: false,
    help: "lower-case the text",
  },
  {
    name: "newline",
    group: "text",
    type: "choice",
    default: "keep",
    choices: ["keep", "strip", "eos"],
    help: "line ends: keep them, strip them, or turn each into the token <eos>",
  },
  {
    name: "minFreq",
    group: "text",
    type: "integer",
    default: 1,
    min: 1,
    max: Infinity,
    help: "tokens rarer than this in the training text become <unk>",
  },
  {
    name: "maxSize",
    group: "text",
    type: "integer",
    default: undefined,
    min: 1,
    max: Infinity,
    help: "keep only this many of the most frequent tokens; unset: all",
  },
  documentsSetting,
] as const satisfies readonly SettingRow[];

/**
 * A complete field from some of its values: fills in defaults and checks all. Throws a usage error for a wrong value.
 */
export function createField(values: { readonly [name in keyof Field]?: unknown } = {}): Field {
  const checked = checkRows(fieldSettings, values);
  const byte = checked.unit === "byte";
  const idle = fieldSettings.find(
    (setting) => !everyUnit.has(setting.name) && checked[setting.name] !== setting.default,
  );
  if (byte && idle !== undefined) {
    throw usageError(
      `${idle.name} does nothing with \`unit: "byte"\`, which keeps every byte as it is.`,
      "Leave one of the two out.",
      idle.name,
    );
  }
  if (checked.documents === "line" && checked.newline !== "keep") {
    throw usageError(
      `newline ${checked.newline} does nothing with \`documents: "line"\`: each newline ends a document.`,
      "Leave one of the two out.",
      "newline",
    );
  }
  const specials = values.specials ?? (byte ? [] : [UNKNOWN]);
  if (!isListOfNames(specials) || (byte && specials.length > 0)) {
    const wanted = `a list of different names${byte ? ", empty for bytes" : ""}`;
    throw usageError(`specials wants ${wanted}; got ${shown(specials)}.`, undefined, "specials");
  }
  if (checked.documents !== "none" && specials.includes(END)) {
    throw usageError(
      `specials cannot hold ${END}: \`documents: "${checked.documents}"\` adds it by itself.`,
      "Leave it out.",
      "specials",
    );
  }
  return { ...checked, specials: [...specials] };
}

/** How the texts of a field are read, before they are cut into tokens. Throws a usage error for a wrong option. */
export function readingOf(field: Field, { encoding = "auto", column }: SourceOptions = {}): ReadingRules {
  checkSource({ encoding, column });
  const rowEnd = separators[field.documents] || "\n";
  return { bytes: field.unit === "byte", encoding, column, rowEnd };
}

/** Settings that also apply to bytes. */
const everyUnit: ReadonlySet<string> = new Set(["unit", "documents"]);

export interface TorchtextField {
  /** "char" for Python's `list`; "word" for a word tokenizer (longhand's splits as GPT-2's does); "byte". */
  readonly tokenize?: Unit;
  readonly lower?: boolean;
  /** `<eos>` to replace every line end; null or absent: newlines stay. */
  readonly eosToken?: typeof END_OF_LINE | null;
  readonly unkToken?: typeof UNKNOWN;
  readonly padToken?: typeof PADDING | null;
  /** build_vocab's min_freq and max_size. */
  readonly minFreq?: number;
  readonly maxSize?: number;
}

/**
 * A field from the arguments of torchtext's `Field` (0.2 to 0.6): `torchtextField({ lower: true, tokenize: "char" })`.
 * Its specials are torchtext's, `<unk>` and `<pad>`; for bytes none. docs/from-torchtext.md has the whole table.
 */
export function torchtextField(o: TorchtextField = {}): Field {
  const { tokenize: unit = "char", eosToken, unkToken = UNKNOWN, padToken = PADDING, lower, minFreq, maxSize } = o;
  const specials = unit === "byte" ? [] : [unkToken, ...(padToken === null ? [] : [padToken])];
  return createField({ unit, lower, minFreq, maxSize, newline: eosToken ? "eos" : "keep", specials });
}

function isListOfNames(value: unknown): value is readonly string[] {
  return (
    Array.isArray(value) &&
    value.every((name) => typeof name === "string" && name !== "") &&
    new Set(value).size === value.length
  );
}

/** The tokens of a text. */
export function tokenize(field: TokenRule, text: string): string[] {
  const tokens: string[] = [];
  const splitter = tokenizer(field, (token) => tokens.push(token));
  splitter.push(text);
  splitter.end();
  return tokens;
}

/** The vocabulary of a field, from the counts of its training tokens. */
export function buildVocab(field: Field, counts: Iterable<readonly [token: string, count: number]>): Vocab {
  const end = field.documents !== "none";
  return field.unit === "byte" ? Vocab.bytes(end) : Vocab.build(counts, { ...field, end });
}

/** What to do with a token that is not in the vocabulary: throw, skip it, or encode it as `<unk>`. */
export type UnknownRule = "error" | "skip" | "unk";

/**
 * Encodes a text, such as a prompt. `unknown` says what to do with tokens that are not in the vocabulary; the error
 * lists them.
 */
export function encodeText(field: TokenRule, vocab: Vocab, text: string, unknown: UnknownRule): Int32Array {
  const tokens = tokenize(field, text);
  if (unknown === "unk") return vocab.encode(tokens);
  const missing = missingTokens(vocab, tokens);
  if (unknown === "error" && missing.size > 0) {
    throw textError(
      `The model's vocabulary lacks ${listed(missing)}.`,
      'Leave them out, or set `unknown: "skip"` or `unknown: "unk"`.',
    );
  }
  return vocab.encode(tokens.filter((token) => !missing.has(token)));
}

/** The tokens that a vocabulary lacks. */
export function missingTokens(vocab: Vocab, tokens: readonly string[]): ReadonlySet<string> {
  return new Set(tokens.filter((token) => vocab.idOf(token) === undefined));
}

/** `"a", "b" and 3 more`: names at most ten. */
export function listed(tokens: ReadonlySet<string>): string {
  const named = [...tokens].slice(0, 10).map(showToken);
  const more = tokens.size - named.length;
  const last = more > 0 ? `${more} more` : named.pop();
  return named.length === 0 ? `${last}` : `${named.join(", ")} and ${last}`;
}
