// The law of fair figures: the bits that `score` charges a text are those of a code. An exact arithmetic coder with the
// model's probabilities takes the sum in bits and at most 16 more, and decodes to the text as read.

import { expect, test } from "vitest";
import { surprisal } from "../../src/evaluation/scoring/surprisal.js";
import { Session } from "../../src/generation/session.js";
import { LanguageModel } from "../../src/model/language-model.js";
import { END } from "../../src/text/encoding/documents.js";
import { type Field, tokenize } from "../../src/text/encoding/field.js";
import type { Vocab } from "../../src/text/encoding/vocab.js";
import { randomModel, vocabularyOf } from "../generation/models.js";
import { fastest } from "../helpers/engines.js";

const PRECISION = 40n;
const TOTAL = 2 ** 40;

/** Whole numbers from 1 that sum to 2⁴⁰, in proportion to the probabilities. */
function frequencies(p: ArrayLike<number>): number[] {
  const shares = Array.from(p, (each) => Math.max(1, Math.floor(each * (TOTAL - p.length))));
  const most = shares.indexOf(Math.max(...shares));
  shares[most]! += TOTAL - shares.reduce((sum, each) => sum + each, 0);
  return shares;
}

const uniform = (n: number) => new Array<number>(n).fill(1 / n);

/** A coder of symbols: `code` takes one and gives it back; a decoder finds it. */
interface Coder {
  code(p: ArrayLike<number>, symbol?: number): number;
}

/** An interval of whole numbers over 2^(40 n): every step is exact. */
function encoder(): Coder & { bits(): string } {
  let low = 0n;
  let width = 1n;
  let depth = 0n;
  return {
    code(p, symbol) {
      const shares = frequencies(p);
      const before = shares.slice(0, symbol).reduce((sum, each) => sum + each, 0);
      low = (low << PRECISION) + width * BigInt(before);
      width *= BigInt(shares[symbol!]!);
      depth += PRECISION;
      return symbol!;
    },
    /** The shortest binary fraction whose every continuation lies within the interval. */
    bits() {
      for (let n = 0n; ; n++) {
        if (n > depth) throw new Error("the interval is empty");
        const unit = 1n << (depth - n);
        const first = (low + unit - 1n) / unit;
        if ((first + 1n) * unit <= low + width) return n === 0n ? "" : first.toString(2).padStart(Number(n), "0");
      }
    },
  };
}

function decoder(bits: string): Coder {
  const n = BigInt(bits.length);
  const value = BigInt(`0b0${bits}`);
  let low = 0n;
  let width = 1n;
  let depth = 0n;
  return {
    code(p) {
      depth += PRECISION;
      const shares = frequencies(p);
      let symbol = 0;
      low <<= PRECISION;
      // value / 2^n lies at or above the end of the symbol's part: the next one
      for (; (low + width * BigInt(shares[symbol]!)) << n <= value << depth; symbol++) {
        low += width * BigInt(shares[symbol]!);
      }
      width *= BigInt(shares[symbol]!);
      return symbol;
    },
  };
}

/** The other form of a word, with or without the space before it. */
const otherForm = (token: string) => (token.startsWith(" ") ? token.slice(1) : ` ${token}`);

/** Codes one token as the figures charge it; a decoder passes no token. */
function codeToken(coder: Coder, session: Session, { field, vocab }: { field: Field; vocab: Vocab }, token?: string) {
  const known = token === undefined ? undefined : (vocab.idOf(token) ?? vocab.unknownId);
  const id = coder.code(session.distribution().map(Math.exp), known);
  session.feedIds(Int32Array.of(id));
  if (id === vocab.unknownId) return spelled(coder, field, token);
  const own = vocab.itos[id]!;
  if (field.unit !== "word" || vocab.stoi.has(otherForm(own)) || !/^ ?\S/.test(own)) return own;
  const other = coder.code([65535 / 65536, 1 / 65536], token === undefined ? undefined : token === own ? 0 : 1);
  return other === 1 ? otherForm(own) : own;
}

function spelled(coder: Coder, { unit }: Field, token?: string): string {
  const bytes =
    token === undefined ? undefined : [...new TextEncoder().encode(token), ...(unit === "char" ? [] : [255])];
  const read: number[] = [];
  const length = () => (read[0]! < 0x80 ? 1 : read[0]! < 0xe0 ? 2 : read[0]! < 0xf0 ? 3 : 4);
  const ended = () => (unit === "char" ? read.length > 0 && read.length === length() : read.at(-1) === 255);
  while (!ended()) read.push(coder.code(uniform(256), bytes?.[read.length]));
  return new TextDecoder().decode(Uint8Array.from(unit === "char" ? read : read.slice(0, -1)));
}

const TRAINING =
  "The owl took the kettle home.\nThe cat saw the old owl, and the kettle fell.\n“Home!” the cat said.\nThe end.\n";
const TEXT =
  "The kettle fell.\nkettle, owl and the old zebra: Ω → “kettle”\nHome  the cat\n\nsaid the owl 🌉 and ünïcode words.\n";

test.each([
  ["characters, some unknown", { unit: "char" }],
  ["bytes", { unit: "byte" }],
  ["words, some unknown", { unit: "word" }],
  ["words, most unknown", { unit: "word", maxSize: 6 }],
  ["documents", { unit: "char", documents: "line" }],
] as const)("a text takes the bits of its score, and is decoded: %s", async (_, values) => {
  const about = vocabularyOf(TRAINING, values);
  const stored = randomModel(about, { seed: 4 });
  const documents = about.vocab.endId !== undefined;
  const open = (steps: number) => {
    const model = new LanguageModel(stored.spec, fastest, { lanes: 1, steps, ...(documents && { documents }) });
    model.setWeights(stored.weights);
    return model;
  };
  const text = documents ? TEXT.replaceAll("\n\n", "\n") : TEXT;
  const scored = await surprisal(open(16), stored, new TextEncoder().encode(text), "text");
  const bits = (scored.nats + scored.spelling) / Math.LN2;
  const tokens = scored.lines.flatMap((line) => line.tokens.map(({ token }) => token));
  expect(scored.tokens).toBe(tokens.length);
  if (!documents) expect(tokens).toEqual(tokenize(about.field, text));

  const session = () => {
    const begun = new Session(open(1), stored);
    begun.begin();
    return begun;
  };
  const coder = encoder();
  const writing = session();
  for (const token of tokens) codeToken(coder, writing, about, token);
  const code = coder.bits();
  expect(code.length).toBeLessThanOrEqual(bits + 16);
  expect(code.length).toBeGreaterThan(bits - 2);

  const decoding = decoder(code);
  const reading = session();
  const decoded = tokens.map(() => codeToken(decoding, reading, about));
  const read = decoded.map((token) => (token === END ? "\n" : token)).join("");
  const bytes = about.field.unit === "byte" ? Uint8Array.from(read, (byte) => byte.charCodeAt(0)) : undefined;
  expect(bytes ? new TextDecoder().decode(bytes) : read).toBe(text);
});
