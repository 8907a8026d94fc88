// Surprisal of each token of a text, grouped by line. The sums equal those of `evaluate` with one lane, bit for bit.

import type { LanguageModel } from "../../model/language-model.js";
import type { State } from "../../model/layout/state.js";
import { documentsOf } from "../../text/encoding/document-marks.js";
import { END } from "../../text/encoding/documents.js";
import { type Field, tokenize } from "../../text/encoding/field.js";
import { spellingNats, tokenSize } from "../../text/encoding/sizes.js";
import { END_OF_LINE } from "../../text/encoding/tokenizer.js";
import type { Vocab } from "../../text/encoding/vocab.js";
import type { OriginalSizes } from "../../text/reading/original.js";
import { bytesAsText, type Notice, textOf } from "../../text/reading/utf8.js";
import { sourceOf } from "../../text/storage/tokens.js";
import { evaluationLanes } from "../../text/windows/lanes.js";
import { type Evaluation, evaluate } from "./evaluate.js";

/** Surprisal of one token: −log p in nats. */
export interface TokenSurprisal {
  /** The token's text; a byte is the character with its number. */
  readonly token: string;
  /** −log p in nats; undefined for a first token with nothing fed before it. */
  readonly nats: number | undefined;
  /** Outside the vocabulary: `nats` are those of `<unk>`, and it is charged its spelling too. */
  readonly unknown: boolean;
  /** Nats that it costs besides: of its spelling if it is unknown, of the space before it if that is another. */
  readonly spelling: number;
}

/**
 * A line with the newline that ends it. A token that spans several lines belongs to the line it begins in; `<end>`
 * belongs to the last line of its document.
 */
export interface LineSurprisal {
  /** From 1. */
  readonly line: number;
  /** Its scored tokens. */
  readonly tokens: readonly TokenSurprisal[];
  /** Σ −log p over its scored tokens, in nats. */
  readonly nats: number;
  /** Nats that spell its unknown tokens: the line costs `nats + spelling`. */
  readonly spelling: number;
  /** Number of its unknown tokens. */
  readonly unknown: number;
  /** Code points of its scored tokens. */
  readonly characters: number;
  /** Bytes of its scored tokens, in UTF-8. */
  readonly bytes: number;
}

/** Surprisal of a text, of its lines and of its tokens. */
export interface TextSurprisal {
  /** The lines of the text. */
  readonly lines: readonly LineSurprisal[];
  /** Σ −log p of all scored tokens in reading order, in nats. */
  readonly nats: number;
  /** Nats that spell the unknown tokens: the text costs `nats + spelling`. */
  readonly spelling: number;
  /** Number of scored tokens. */
  readonly tokens: number;
  /** Number of scored tokens that are unknown. */
  readonly unknown: number;
  /** Code points of the scored text, before line ends, characters and letter case are changed. */
  readonly characters: number;
  /** Bytes of the same, in UTF-8. */
  readonly bytes: number;
}

/**
 * Scores the bytes of a text with a model of one lane. A newline is fed before it where the vocabulary has one, so that
 * the first token is scored too. If the field keeps documents apart, each is scored from a zero state, after `<end>`
 * and up to its own `<end>`, and the model must be planned for documents. `notice` is called about a dropped byte order
 * mark and odd line ends; `original` are the sizes of the text before it was read as its field does. Throws a usage
 * error for a text that is not UTF-8 (unless the unit is byte).
 */
export async function surprisal(
  model: LanguageModel,
  about: { readonly field: Field; readonly vocab: Vocab },
  bytes: Uint8Array,
  name: string,
  notice: Notice = () => {},
  original?: OriginalSizes,
): Promise<TextSurprisal> {
  const { field, vocab } = about;
  const { tokens, lines } = tokenizeLines(field, bytes, name, notice);
  const { rows, evaluation } = await tokenSurprisals(model, about, tokens, vocab.endId ?? vocab.newlineId);
  const grouped = lines.map(([from, to], i) => lineOf(i + 1, rows.slice(from, to), field));
  const skipped = rows.filter(({ nats }) => nats === undefined).map(({ token }) => tokenSize(token, field));
  const whole = field.documents === "none" ? original : undefined;
  const sized = (of: "characters" | "bytes") =>
    whole === undefined ? sum(of) : skipped.reduce((left, size) => left - size[of], whole[of]);
  const sum = (key: "characters" | "bytes" | "spelling" | "unknown") =>
    grouped.reduce((total, line) => total + line[key], 0);
  return {
    lines: grouped,
    nats: evaluation.nats,
    spelling: sum("spelling"),
    tokens: evaluation.tokens,
    unknown: sum("unknown"),
    characters: sized("characters"),
    bytes: sized("bytes"),
  };
}

/** Surprisal of each token after the token `before`, from a state or zero. The first is not scored without `before`. */
export async function tokenSurprisals(
  model: LanguageModel,
  { field, vocab }: { readonly field: Field; readonly vocab: Vocab },
  tokens: readonly string[],
  before: number | undefined,
  state?: State,
): Promise<{ readonly rows: TokenSurprisal[]; readonly evaluation: Evaluation }> {
  const ids = vocab.encode(tokens);
  const values: number[] = before === undefined ? [Number.NaN] : [];
  const each = (_: unknown, losses: ArrayLike<number>) => {
    for (let i = 0; i < losses.length; i++) values.push(losses[i]!);
  };
  const lanes = evaluationLanes(sourceOf(ids, vocab.endId), 1, before);
  const evaluation = await evaluate(model, lanes, { each, ...(state && { state }) });
  const rows = tokens.map((token, i): TokenSurprisal => {
    const nats = values[i];
    const scored = nats !== undefined && !Number.isNaN(nats);
    const unknown = vocab.idOf(token) === undefined;
    return { token, nats: scored ? nats : undefined, unknown, spelling: spellingNats(token, field, vocab) };
  });
  return { rows, evaluation };
}

export function lineOf(line: number, tokens: readonly TokenSurprisal[], field: Field): LineSurprisal {
  const sums = { nats: 0, spelling: 0, unknown: 0, characters: 0, bytes: 0 };
  for (const each of tokens) {
    if (each.nats === undefined) continue;
    const size = tokenSize(each.token, field);
    sums.nats += each.nats;
    sums.spelling += each.spelling;
    sums.unknown += each.unknown ? 1 : 0;
    sums.bytes += size.bytes;
    sums.characters += size.characters;
  }
  return { line, tokens, ...sums };
}

export interface TokenizedLines {
  readonly tokens: string[];
  readonly lines: [from: number, to: number][];
}

/** Tokenizes a text; for each line gives the range of tokens that begin in it. */
export function tokenizeLines(field: Field, bytes: Uint8Array, name: string, notice: Notice): TokenizedLines {
  const text = field.unit === "byte" ? bytesAsText(bytes) : textOf(bytes, name, notice);
  if (field.documents === "none") return tokenizeText(field, text);
  const tokens: string[] = [];
  const lines: [number, number][] = [];
  for (const document of documentsOf(field.documents, text, field.unit === "byte").documents) {
    while (lines.length < document.line - 1) lines.push([tokens.length, tokens.length]);
    const inner = tokenizeText(field, document.text);
    lines.push(...inner.lines.map(([from, to]): [number, number] => [from + tokens.length, to + tokens.length]));
    tokens.push(...inner.tokens, END);
    lines.at(-1)![1] = tokens.length;
  }
  return { tokens, lines };
}

/** The same for a text without documents. A text of bytes has one character per byte. */
function tokenizeText(field: Field, text: string): TokenizedLines {
  const tokens: string[] = [];
  const lines: [number, number][] = [];
  let from = 0;
  const endLine = () => {
    lines.push([from, tokens.length]);
    from = tokens.length;
  };
  if (field.newline === "keep") {
    let afterCr = false; // a line ends here, unless LF comes
    for (const token of field.unit === "byte" ? text : tokenize(field, text)) {
      if (afterCr && token[0] !== "\n") endLine();
      tokens.push(token);
      afterCr = token.endsWith("\r");
      for (const _ of token.matchAll(/\n|\r(?!\n|$)/g)) endLine();
    }
  } else {
    // A field with this rule tokenizes each line alone.
    for (const [i, line] of text.split("\n").entries()) {
      if (i > 0) {
        if (field.newline === "eos") tokens.push(END_OF_LINE);
        endLine();
      }
      tokens.push(...tokenize(field, line));
    }
  }
  if (tokens.length > from) endLine();
  return { tokens, lines };
}
