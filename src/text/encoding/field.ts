// Field: how text becomes tokens, and which tokens get an id. Plain data, its rows of settings, and the functions that
// apply it. Named after torchtext's Field. corpus.ts reads the texts.

import { nearest, shown, textError, usageError } from "../../base/errors.js";
import { checkRows, type SettingRow } from "../../base/setting.js";
import { textAsRead } from "../reading/reading.js";
import type { ReadingRules, SourceOptions } from "../reading/rules.js";
import { checkSource } from "../reading/settings.js";
import { type DocumentRule, documentsSetting, END, namedRules, separatorOf } from "./documents.js";
import { PADDING, type TokenRule, tokenizer, UNKNOWN, type Unit } from "./tokenizer.js";
import { showToken, Vocab } from "./vocab.js";

export interface Field extends TokenRule, Pick<ReadingRules, "lineEnds" | "normalize"> {
  /**
   * What a document is; a separator, if it is none of the rules' names. Unless it is `none`, the vocabulary has the
   * token `<end>`.
   */
  readonly documents: DocumentRule;
  /** Tokens that occur less often than this in the training text become `<unk>`. */
  readonly minFreq: number;
  /** The largest number of tokens besides the specials. */
  readonly maxSize: number | undefined;
  /**
   * The first entries of the vocabulary: `["<unk>"]`, torchtext's `["<unk>", "<pad>"]`; for bytes none. Of other names,
   * which come after these, each is one token where a text spells it.
   */
  readonly specials: readonly string[];
}

export const fieldSettings = [
  {
    name: "unit",
    common: true,
    group: "text",
    type: "choice",
    default: "char",
    choices: ["char", "byte", "word", "space"],
    help: "token: a character, a byte, a word with the space before it, or what stands between spaces",
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
    name: "lineEnds",
    group: "text",
    type: "choice",
    default: "lf",
    choices: ["lf", "keep"],
    help: "read CR LF and CR as LF, or keep them",
  },
  {
    name: "normalize",
    group: "text",
    type: "choice",
    default: "nfc",
    choices: ["nfc", "none"],
    help: "read accented letters as one character each (Unicode's NFC), or leave the text as it is",
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
  const documents = documentsOf(checked);
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
  const field = { ...checked, documents, specials };
  const isOwn = (name: string) => name !== UNKNOWN && name !== PADDING;
  const own = specials.filter(isOwn).map((name) => textAsRead(name, readingOf(field)));
  return { ...field, specials: [...specials.filter((name) => !isOwn(name)), ...own] };
}

/** The rule of documents as it applies to the text as read. Refuses a misspelled rule, which would be a separator. */
function documentsOf(checked: Omit<Field, "specials">): DocumentRule {
  const { documents } = checked;
  if (namedRules.includes(documents)) return documents;
  const near = /^[\p{L} _-]+$/u.test(documents) ? nearest(documents.toLowerCase(), namedRules) : undefined;
  if (documents === "" || near !== undefined) {
    throw usageError(
      `documents wants ${documentsSetting.form}; got ${shown(documents)}.`,
      near && `Did you mean ${near}?`,
      "documents",
    );
  }
  return textAsRead(documents, readingOf({ ...checked, specials: [] }));
}

/**
 * How the texts of a field are read, before they are cut into tokens. A line end that is no part of a token is LF.
 * Throws a usage error for a wrong option.
 */
export function readingOf(field: Field, { encoding = "auto", column }: SourceOptions = {}): ReadingRules {
  const { unit, newline, documents, lineEnds, normalize } = field;
  checkSource({ encoding, column });
  const replaced = newline !== "keep" || documents === "line" || unit === "space";
  const rowEnd = separatorOf(documents) || "\n";
  return { bytes: unit === "byte", lineEnds: replaced ? "lf" : lineEnds, normalize, encoding, column, rowEnd };
}

/** Settings that also apply to bytes, or say of other units what is true of bytes. */
const everyUnit: ReadonlySet<string> = new Set(["unit", "documents", "lineEnds", "normalize"]);

export interface TorchtextField {
  /** "char" for Python's `list`; "space" for `str.split`; "word" for a word tokenizer; "byte". */
  readonly tokenize?: Unit;
  readonly lower?: boolean;
  /** `<eos>` to replace every line end; null or absent: newlines stay. */
  readonly eosToken?: "<eos>" | null;
  readonly unkToken?: "<unk>";
  readonly padToken?: "<pad>" | null;
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
  const splitter = tokenizer(field, (token) => void tokens.push(token));
  splitter.push(text);
  splitter.end();
  return tokens;
}

/** The vocabulary of a field, from the counts of its training tokens. */
export function buildVocab(field: Field, counts: Iterable<readonly [token: string, count: number]>): Vocab {
  const end = field.documents !== "none";
  if (field.unit === "byte") return Vocab.bytes(end);
  return Vocab.build(counts, { ...field, end, spaced: field.unit === "space" });
}

/** What to do with a token that is not in the vocabulary: throw, skip it, or encode it as `<unk>`. */
export type UnknownRule = "error" | "skip" | "unk";

/**
 * Encodes a text, such as a prompt. `unknown` says what to do with tokens that are not in the vocabulary; the error
 * lists them.
 */
export function encodeText(field: Field, vocab: Vocab, text: string, unknown: UnknownRule): Int32Array {
  const tokens = tokenize(field, textAsRead(text, readingOf(field)));
  if (unknown === "unk") return vocab.encode(tokens);
  const missing = missingTokens(vocab, tokens);
  if (unknown === "error" && missing.size > 0) {
    const whole = field.minFreq === 1 && field.maxSize === undefined;
    throw textError(
      `The model's vocabulary lacks ${listed(missing)}.`,
      `${whole ? "The training part has none of these. " : ""}Leave them out, or set \`unknown: "skip"\` or \`unknown: "unk"\`.`,
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
