// The corpus of a run: vocabulary, training ids and validation ids. Texts are read as streams of pieces, never as one
// string. Entry points (node/, browser/) find the files; lanes.ts arranges ids in lanes.

import { type LonghandError, textError } from "../../base/errors.js";
import { checkSetting } from "../../base/setting.js";
import { readAs } from "../reading/reading.js";
import type { CorpusReading } from "../reading/report.js";
import type { Notice, TextInput } from "../reading/utf8.js";
import { arranged, type Order } from "../storage/arranged.js";
import { Counts, MemoryStore, sourceIn } from "../storage/store.js";
import type { Ids, TokenSource, TokenStore, Tokens } from "../storage/tokens.js";
import { requireTwoTokens } from "../storage/tokens.js";
import { noticeHeldOut, noticeSpecials, noticeUnknown } from "./corpus-notices.js";
import { createDocumentEncoder } from "./document-encoder.js";
import { END } from "./documents.js";
import { TokenTable } from "./encode.js";
import { buildVocab, type Field, readingOf } from "./field.js";
import { noticeLooks } from "./looks.js";
import { differences } from "./original-sizes.js";
import { VALID_FRACTION } from "./part-settings.js";
import { type Size, spellingNats, tokenSize } from "./sizes.js";
import { checkSplit, documentMarks, findSplit, type Split, type ValidSplit } from "./validation-split.js";
import { showToken, Vocab } from "./vocab.js";

export interface CorpusOptions {
  readonly field: Field;
  /**
   * The fraction of the text's tokens, at its end, that is held out for validation: at least 0 (none) and below 1. With
   * documents it is approximate, since no document is split.
   */
  readonly validFraction?: number;
  /** Which part is held out; by default the end. `seed` draws it, where it is drawn. */
  readonly validSplit?: ValidSplit | undefined;
  readonly seed?: number | undefined;
  /** The vocabulary is built from the training part, or from the whole text. */
  readonly vocabFrom?: "train" | "all" | undefined;
  /** Validation texts; all of `inputs` is then for training. */
  readonly validInputs?: readonly TextInput[];
  /**
   * The vocabulary to encode with; if absent, it is built from the training part. To evaluate: this, and validFraction
   * 0.
   */
  readonly vocab?: Vocab;
  readonly notice?: Notice;
}

export interface Corpus {
  readonly field: Field;
  readonly vocab: Vocab;
  readonly train: Tokens;
  readonly valid: Tokens | undefined;
  /** Count of each id in the training part. */
  readonly counts: Float64Array;
  /** Number of documents (of texts, if the field keeps no documents apart) in `inputs`. */
  readonly documents: number;
  /** How the texts were read, if that was reported. */
  readonly reading?: CorpusReading | undefined;
}

/** A corpus as plain data, without the store that holds its token numbers. */
export interface CorpusData {
  readonly vocab: Vocab;
  /** Number → token; `decode.ts` makes the text of the numbers again. */
  readonly tokens: readonly string[];
  /** Number → id. */
  readonly ids: Int32Array;
  readonly counts: Float64Array;
  readonly train: CorpusPart;
  readonly valid: CorpusPart | undefined;
  readonly documents: number;
  /** The order in which the parts lie one after another; absent where it is the text's. */
  readonly order?: Order | undefined;
}

/** Numbers [from, to) of the store, and the sizes of the text they encode. */
export interface CorpusPart extends Omit<Tokens, keyof TokenSource> {
  readonly from: number;
  readonly to: number;
  /** Bytes of its tokens: its length in the text as read. */
  readonly tokenBytes: number;
}

/**
 * Reads texts one after another, with nothing between them, by the field's rules of line ends and normalization. The
 * first floor(N · (1 − validFraction)) tokens are for training, the rest for validation (validation-split.ts splits no
 * document and no character). Throws a usage error for a text that is not UTF-8, is empty, or has fewer than two
 * different tokens.
 */
export function readCorpus(inputs: readonly TextInput[], options: CorpusOptions): Promise<Corpus> {
  const { field, validInputs, notice } = options;
  const read = (some: readonly TextInput[]) => readAs(some, readingOf(field), { notice });
  return corpusAsRead(read(inputs), { ...options, ...(validInputs && { validInputs: read(validInputs) }) });
}

/** The same for texts that are already as they are read. */
export async function corpusAsRead(inputs: readonly TextInput[], options: CorpusOptions): Promise<Corpus> {
  const store = new MemoryStore();
  const data = await readInto(store, inputs, options);
  return corpusOf(options.field, data, data.order ? arranged(store, data.order) : store);
}

/** A corpus over a store that already holds the numbers. */
export function corpusOf(field: Field, data: CorpusData, store: TokenStore): Corpus {
  const { vocab, counts, documents } = data;
  const tokens = ({ from, to, tokenBytes: _, ...sizes }: CorpusPart): Tokens => ({
    ...sourceIn(store, from, to, data.ids, vocab.endId),
    ...sizes,
  });
  return { field, vocab, counts, documents, train: tokens(data.train), valid: data.valid && tokens(data.valid) };
}

/** As `corpusAsRead`, into an empty store of any kind: first `inputs`, then `validInputs`. */
export async function readInto(
  store: TokenStore,
  inputs: readonly TextInput[],
  options: CorpusOptions,
): Promise<CorpusData> {
  const { field, validInputs, validFraction = VALID_FRACTION.default, notice = () => {} } = options;
  checkSetting(VALID_FRACTION, validFraction);
  const apart = field.documents !== "none";
  const table = new TokenTable(field.unit === "byte" ? Vocab.bytes(apart).itos : []);
  const end = apart ? table.number(END) : undefined;
  const split = options.validSplit ?? "end";
  checkSplit(split, apart);
  const marks = documentMarks(split === "shuffle" && !validInputs ? end : undefined);
  const first = await readIds(store, inputs, field, table, notice, marks);
  const length = store.length;
  const second = validInputs && (await readIds(store, validInputs, field, table, notice));

  const newline = table.tokens.indexOf("\n");
  const rule = {
    unit: field.unit,
    validFraction,
    end,
    split,
    seed: options.seed ?? 1,
    marks: marks.marks(length),
    newline: newline < 0 ? undefined : newline,
  };
  const { trainEnd, validBegin, order }: Split = second
    ? { trainEnd: length, validBegin: length }
    : await findSplit(store, length, rule, notice);
  const parted = order ? arranged(store, order) : store;
  const size = table.tokens.length;
  const all = first.of(size);
  const rest = second?.of(size) ?? (await countRange(parted, trainEnd, length, size));
  const counts = second ? all : all.map((count, number) => count - rest[number]!);
  if (validBegin < trainEnd) rest[end!]! += 1; // the <end> between the two parts belongs to both
  if (options.vocab === undefined) requireTwoTokens(trainEnd);
  const vocab =
    options.vocab ??
    vocabOf(inputs, field, table, options.vocabFrom === "all" ? counts.map((n, i) => n + rest[i]!) : counts);

  if (store.length - trainEnd === 1)
    notice("The validation part has one token, which is too short: there is no validation.");
  const ids = Int32Array.from(table.tokens, (token, number) =>
    counts[number]! + rest[number]! > 0 ? vocab.encode([token])[0]! : 0,
  );
  const part = (from: number, to: number, each: Float64Array) => sized(parted, from, to, table, each, vocab, field);
  const ofIds = new Float64Array(vocab.size);
  for (const [number, count] of counts.entries()) ofIds[ids[number]!]! += count;
  const more = (read: readonly TextInput[], of: readonly Float64Array[]) => differences(read, table.tokens, of, field);
  const [ofTrain, ofRest] = second
    ? [...more(inputs, [counts]), ...more(validInputs!, [rest])]
    : more(inputs, [counts, rest]);
  const train = larger(await part(0, trainEnd, counts), ofTrain!);
  const valid = store.length - trainEnd < 2 ? undefined : larger(await part(validBegin, store.length, rest), ofRest!);
  if (options.vocab === undefined) {
    if (!apart && split === "end" && !second && validFraction > 0) {
      const newline = field.unit === "char" || field.unit === "byte" ? rule.newline : undefined;
      const lines = newline === undefined ? 0 : all[newline]!;
      await noticeLooks(store, { trainEnd, tokens: table.tokens, newline, lines }, notice);
    }
    if (options.vocabFrom === "all" && field.unit !== "byte") {
      noticeHeldOut(table.tokens, { training: counts, valid: rest }, notice);
    }
    noticeUnknown(field, train, valid, notice);
    noticeSpecials(field, table.tokens, notice);
  }
  return {
    vocab,
    tokens: table.tokens,
    ids,
    counts: ofIds,
    train,
    valid,
    documents: end === undefined ? inputs.length : all[end]! - 1,
    ...(order && { order }),
  };
}

function larger(part: CorpusPart, { characters, bytes }: Size): CorpusPart {
  return { ...part, characters: part.characters + characters, bytes: part.bytes + bytes };
}

/** Appends the token numbers of texts to a store, and counts them. */
async function readIds(
  store: TokenStore,
  inputs: readonly TextInput[],
  field: Field,
  table: TokenTable,
  notice: Notice,
  marks?: ReturnType<typeof documentMarks>,
): Promise<Counts> {
  const counts = new Counts();
  const encoder = createDocumentEncoder(field, table, notice);
  const before = store.length;
  let read = false;
  const add = async (numbers: Ids) => {
    counts.add(numbers);
    marks?.read(numbers);
    await store.append(numbers);
  };
  for (const input of inputs) {
    for await (const numbers of encoder.read(input)) {
      read = true;
      await add(numbers);
    }
  }
  await add(encoder.end());
  const apart = field.documents !== "none"; // then the first token is <end>, whatever comes
  if (store.length > before + (apart ? 1 : 0)) return counts;
  if (apart) throw textError(`${named(inputs)} contains no document.`, "Give a text with something in it.");
  throw read
    ? textError(
        `${named(inputs)} contains only newlines, which are stripped.`,
        'Set `newline: "keep"`, or give another text.',
      )
    : textError(`${named(inputs)} is empty.`, "Give a text with something in it.");
}

/** Counts of the numbers below `size` in the range [from, to) of a store. */
async function countRange(store: TokenStore, from: number, to: number, size: number): Promise<Float64Array> {
  const counts = new Counts();
  for (let at = from; at < to; at += COUNTED) counts.add(await store.read(at, Math.min(to, at + COUNTED)));
  return counts.of(size);
}
const COUNTED = 1 << 20;

function vocabOf(inputs: readonly TextInput[], field: Field, table: TokenTable, counts: Float64Array): Vocab {
  const seen = table.tokens.map((token, i) => [token, counts[i] ?? 0] as const).filter(([, count]) => count > 0);
  const [first] = seen;
  if (first !== undefined && seen.length === 1) {
    const what = field.unit === "char" ? "character" : field.unit;
    throw textError(
      `The training part of ${named(inputs, "the")} is one ${what} over and over ` +
        `(${showToken(first[0])}): nothing can be learned from it.`,
      "Give a text with at least two different ones.",
    );
  }
  const vocab = buildVocab(field, seen);
  if (seen.length > 0 && vocab.size === vocab.specials + (vocab.endId === undefined ? 0 : 1)) {
    throw textError(
      `No token of ${named(inputs, "the")} occurs ${field.minFreq} times, so the vocabulary is empty.`,
      "Lower `minFreq`.",
    );
  }
  return vocab;
}

/** The part [from, to) of a store, with its sizes from the `counts` of its numbers. */
async function sized(
  store: TokenStore,
  from: number,
  to: number,
  table: TokenTable,
  counts: Float64Array,
  vocab: Vocab,
  field: Field,
): Promise<CorpusPart> {
  const sum = { characters: 0, bytes: 0, unknown: 0, spelling: 0 };
  for (const [number, token] of table.tokens.entries()) {
    const count = counts[number]!;
    if (count === 0) continue; // the other part has it
    const size = tokenSize(token, field);
    sum.characters += count * size.characters;
    sum.bytes += count * size.bytes;
    if (vocab.idOf(token) === undefined) sum.unknown += count;
    sum.spelling += count * spellingNats(token, field, vocab);
  }
  const first = to > from ? table.tokens[(await store.read(from, from + 1))[0]!]! : "";
  const { characters, bytes } = first === "" ? NOTHING : tokenSize(first, field);
  const firstSpelling = first === "" ? 0 : spellingNats(first, field, vocab);
  return { from, to, ...sum, tokenBytes: sum.bytes, firstCharacters: characters, firstBytes: bytes, firstSpelling };
}
const NOTHING = { characters: 0, bytes: 0 };

/** The input's name, or "the text (3 files)". `the`: the article, as it begins a sentence or stands within one. */
function named(inputs: readonly TextInput[], the: "The" | "the" = "The"): string {
  return inputs.length === 1 ? (inputs[0]?.name ?? "") : `${the} text (${inputs.length} files)`;
}

/** The error of an entry point that found no text. */
export function noTextError(where: string): LonghandError {
  return textError(`${where} holds no text.`, "Name a text file, or a folder with at least one in it.");
}
