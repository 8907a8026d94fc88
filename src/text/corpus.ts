// Texts into a corpus: a vocabulary, training ids and validation ids. The text comes as a stream of pieces and is never one
// string. Finding files is a door's affair; laying ids in lanes is lanes.ts'.

import { type LonghandError, usageError } from "../base/errors.js";
import { checkKnob, type Knob } from "../base/knob.js";
import { buildVocab, type Field } from "./field.js";
import { END_OF_LINE, tokenizer } from "./tokenizer.js";
import { IdList, sourceOf, type Tokens } from "./tokens.js";
import { type Notice, readBytes, readText, type TextInput } from "./utf8.js";
import { showToken, Vocab } from "./vocab.js";

export interface CorpusOptions {
  readonly field: Field;
  /** The share of the text's tokens, its last ones, that is kept for validation: 0 (none) up to, not including, 1. */
  readonly validFraction?: number;
  /** Texts to validate on; all of the others is then for training. */
  readonly validInputs?: readonly TextInput[];
  /** A vocabulary to read with; without it one is counted on the training part. To evaluate: this, and validFraction 0. */
  readonly vocab?: Vocab;
  readonly notice?: Notice;
}

export interface Corpus {
  readonly field: Field;
  readonly vocab: Vocab;
  readonly train: Tokens;
  readonly valid: Tokens | undefined;
  /** How many texts the training and the split-off validation part came from. */
  readonly documents: number;
}

const VALID_FRACTION = {
  name: "validFraction",
  group: "text",
  type: "number",
  default: 0.1,
  min: 0,
  max: 1,
  open: "max",
  help: "the last part of the text, kept for validation",
} as const satisfies Knob;

export const corpusKnobs = [VALID_FRACTION] as const;

/**
 * Reads texts one after another, with nothing between them. The first floor(N · (1 − validFraction)) tokens are for
 * training, the rest for validation. Throws a usage error for a text that is not UTF-8, is empty, or has nothing to learn.
 */
export async function readCorpus(inputs: readonly TextInput[], options: CorpusOptions): Promise<Corpus> {
  const { field, validInputs, validFraction = VALID_FRACTION.default, notice = () => {} } = options;
  checkKnob(VALID_FRACTION, validFraction);
  const table = new TokenTable(field.unit === "byte" ? Vocab.bytes().itos : []);
  const ids = await readIds(inputs, field, table, notice);
  const validIds = validInputs === undefined ? ids : await readIds(validInputs, field, table, notice);

  const cut = validInputs === undefined ? Math.floor(ids.length * (1 - validFraction)) : ids.length;
  const counts = ids.count(0, cut, table.tokens.length);
  const vocab = options.vocab ?? vocabOf(inputs, field, table, counts);
  const part = (from: IdList, start: number, end: number) => pack(from, start, end, table, vocab);

  const start = validInputs === undefined ? cut : 0;
  const scored = validIds.length - start;
  if (scored === 1) notice("The validation part is one token: too short, so there is no validation.");
  const train = part(ids, 0, cut);
  const valid = scored < 2 ? undefined : part(validIds, start, validIds.length);
  return { field, vocab, train, valid, documents: inputs.length };
}

/** Every token gets a number when it is first met; the vocabulary's own ids are known only at the end of the text. */
class TokenTable {
  readonly tokens: string[];
  private readonly numbers: Map<string, number>;

  constructor(tokens: readonly string[]) {
    this.tokens = [...tokens];
    this.numbers = new Map(tokens.map((token, i) => [token, i]));
  }

  number(token: string): number {
    const known = this.numbers.get(token);
    if (known !== undefined) return known;
    const own = [...token].join(""); // a token is a slice that would keep its whole piece of text alive
    this.numbers.set(own, this.tokens.length);
    return this.tokens.push(own) - 1;
  }
}

async function readIds(inputs: readonly TextInput[], field: Field, table: TokenTable, notice: Notice): Promise<IdList> {
  const ids = new IdList();
  const cutter = tokenizer(field, (token) => ids.push(table.number(token)));
  let read = false;
  for (const input of inputs) {
    if (field.unit === "byte") {
      for await (const bytes of readBytes(input)) for (const byte of bytes) ids.push(byte);
    } else {
      for await (const text of readText(input, notice)) {
        cutter.push(text);
        if (text !== "") read = true;
      }
    }
  }
  cutter.end();
  if (ids.length > 0) return ids;
  throw read
    ? usageError(
        `${named(inputs)} holds nothing but newlines, and they are stripped.`,
        "Say --newline keep, or give another text.",
      )
    : usageError(`${named(inputs)} is empty.`, "Give a text with something in it.");
}

function vocabOf(inputs: readonly TextInput[], field: Field, table: TokenTable, counts: Float64Array): Vocab {
  const seen = table.tokens.map((token, i) => [token, counts[i] ?? 0] as const).filter(([, count]) => count > 0);
  const [first] = seen;
  if (first !== undefined && seen.length === 1) {
    const what = field.unit === "char" ? "character" : field.unit;
    throw usageError(
      `The training part of ${named(inputs)} is one ${what} over and over (${showToken(first[0])}): nothing can be learned from it.`,
      "Give a text with at least two different ones.",
    );
  }
  const vocab = buildVocab(field, seen);
  if (seen.length > 0 && vocab.size === vocab.specials) {
    throw usageError(
      `No token of ${named(inputs)} occurs ${field.minFreq} times, so the vocabulary is empty.`,
      "Lower --min-freq.",
    );
  }
  return vocab;
}

/** Numbers from the table into ids of the vocabulary, with the sizes of the text they stand for. */
function pack(list: IdList, from: number, to: number, table: TokenTable, vocab: Vocab): Tokens {
  const counts = list.count(from, to, table.tokens.length);
  const finals = new Int32Array(table.tokens.length);
  const sum = { characters: 0, bytes: 0, unknown: 0 };
  for (const [number, token] of table.tokens.entries()) {
    const count = counts[number] ?? 0;
    if (count === 0) continue; // it may be in the other part only
    finals[number] = vocab.encode([token])[0] ?? 0;
    const size = sizeOf(token, vocab);
    sum.characters += count * size.characters;
    sum.bytes += count * size.bytes;
    if (!vocab.stoi.has(token)) sum.unknown += count;
  }
  const ids = list.mapped(from, to, finals, vocab.size);
  const first = to > from ? sizeOf(table.tokens[list.at(from)] ?? "", vocab) : { characters: 0, bytes: 0 };
  return { ...sourceOf(ids), ids, ...sum, firstCharacters: first.characters, firstBytes: first.bytes };
}

/** Code points and UTF-8 bytes of a token. A byte counts as a character where it is no continuation byte. */
function sizeOf(token: string, vocab: Vocab): { characters: number; bytes: number } {
  if (vocab.kind === "bytes") return { characters: (token.charCodeAt(0) & 0xc0) === 0x80 ? 0 : 1, bytes: 1 };
  if (token === END_OF_LINE) return { characters: 1, bytes: 1 };
  return { characters: [...token].length, bytes: new TextEncoder().encode(token).length };
}

function named(inputs: readonly TextInput[]): string {
  return inputs.length === 1 ? (inputs[0]?.name ?? "") : `What was given (${inputs.length} texts)`;
}

/** For a door that looked for texts and found none. */
export function noTextError(where: string): LonghandError {
  return usageError(`${where} holds no text.`, "Name a text file, or a folder with at least one in it.");
}
