// Tests of writing: pieces are whole code points, with the tokens and log-probabilities they are made of.

import { describe, expect, test } from "vitest";
import type { Written } from "../../src/generation/draw.js";
import { lessonPieces } from "../../src/generation/lesson.js";
import { writeSamplePieces } from "../../src/generation/samples.js";
import { Session } from "../../src/generation/session.js";
import { type Piece, write, writePieces } from "../../src/generation/write.js";
import { Vocab } from "../../src/text/encoding/vocab.js";
import { fc, repeats } from "../helpers/random.js";
import { openModel, randomModel, vocabularyOf } from "./models.js";

const LONE_SURROGATE = /\p{Surrogate}/u;

/** A session that writes given ids, to test streaming without a model. */
function prescribed(vocab: Vocab, ids: Iterable<number>): Session {
  const rest = ids[Symbol.iterator]();
  const draw = (): Written => ({ id: rest.next().value!, token: "", logProbability: -1 });
  return { text: { vocab }, begin: () => undefined, draw } as unknown as Session;
}

const idsOf = (pieces: readonly Piece[]) => pieces.flatMap(({ tokens }) => tokens.map(({ id }) => id));
const joined = (pieces: readonly Piece[]) => pieces.map((piece) => piece.text).join("");

describe("streaming", () => {
  test("pieces of any bytes join to the decoded text, and none holds half a code point", () => {
    const vocab = Vocab.bytes();
    const leads = fc.constantFrom(0x41, 0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x99, 0x82, 0xef, 0xbb, 0xbf, 0xff);
    const bytes = fc.oneof(
      fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 1, maxLength: 40 }),
      fc.array(leads, { minLength: 1, maxLength: 40 }),
    );
    fc.assert(
      fc.property(bytes, (ids) => {
        const pieces = [...writePieces(prescribed(vocab, ids), { length: ids.length })];
        expect(joined(pieces)).toBe(vocab.decode(ids));
        expect(idsOf(pieces)).toEqual(ids);
        expect(pieces.some(({ text }) => LONE_SURROGATE.test(text))).toBe(false);
      }),
      { numRuns: repeats(1000) },
    );
  });

  test("valid UTF-8 gives one code point a piece, with its bytes as tokens", () => {
    const point = fc.oneof(...[0x7f, 0x7ff, 0xd7ff, 0x10ffff].map((max) => fc.nat(max)));
    const character = point.filter((c) => c < 0xd800 || c > 0xdfff).map((c) => String.fromCodePoint(c));
    const well = fc.array(character, { minLength: 1, maxLength: 30 }).map((characters) => characters.join(""));
    fc.assert(
      fc.property(well, (text) => {
        const ids = [...new TextEncoder().encode(text)];
        const pieces = [...writePieces(prescribed(Vocab.bytes(), ids), { length: ids.length })];
        const sizes = [...text].map((c) => new TextEncoder().encode(c).length);
        expect(pieces.map((piece) => piece.text).join("|")).toBe([...text].join("|"));
        expect(pieces.map(({ tokens }) => tokens.length).join()).toBe(sizes.join());
      }),
      { numRuns: repeats(300) },
    );
  });

  test("a piece arrives as soon as its code point is complete", () => {
    const ids = [...new TextEncoder().encode("é🙂")];
    const taken: number[] = [];
    const watched = (function* () {
      for (const id of ids) {
        taken.push(id);
        yield id;
      }
    })();
    const pieces = writePieces(prescribed(Vocab.bytes(), watched), { length: ids.length });
    expect(pieces.next().value).toMatchObject({ text: "é" });
    expect(taken.length).toBe(2);
    expect(pieces.next().value).toMatchObject({ text: "🙂" });
    expect(taken.length).toBe(6);
    expect(pieces.next().done).toBe(true);
  });

  test("a word token is one piece, and <eos> is written as a newline", () => {
    const { vocab } = vocabularyOf("die Brücke 🌉\nsteht", { unit: "word", newline: "eos" });
    const ids = [...vocab.encode([" 🌉", "<eos>", "die", " Brücke"])];
    const pieces = [...writePieces(prescribed(vocab, ids), { length: 4 })];
    expect(pieces.map((piece) => piece.text)).toEqual([" 🌉", "\n", "die", " Brücke"]);
  });
});

describe("writing", () => {
  const TEXT = "ein kleiner Text\nmit zwei Zeilen\n";
  const open = (values: Parameters<typeof vocabularyOf>[1] = {}, source = TEXT) => {
    const stored = randomModel(vocabularyOf(source, values));
    return new Session(openModel(stored), stored);
  };

  test("writePieces gives every token the log-probability of distribution(), in any unit", () => {
    for (const unit of ["char", "byte", "word"]) {
      const session = open({ unit });
      const twin = open({ unit });
      twin.begin();
      const options = { length: 60, temperature: 0.7, seed: 3 };
      const pieces = [...writePieces(session, options)];
      for (const { id, logProbability } of pieces.flatMap(({ tokens }) => tokens)) {
        expect(logProbability).toBe(twin.distribution()[id]);
        twin.feedIds(Int32Array.of(id));
      }
      expect(idsOf(pieces).length).toBe(60);
      expect(write(open({ unit }), options)).toBe(joined(pieces));
      expect(joined(pieces)).toBe(session.text.vocab.decode(idsOf(pieces)));
    }
  });

  test("it continues the session: a text written in two calls equals one written in one", () => {
    const whole = write(open(), { length: 50 });
    const session = open();
    expect(write(session, { length: 20 }) + write(session, { length: 30 })).toBe(whole);
    expect([...whole].length).toBe(50);
  });

  test("a start token has the logarithm of its share in the training text as log-probability", () => {
    const source = "ohne Zeilenende";
    const options = { length: 12, seed: 9 };
    const pieces = [...writePieces(open({}, source), options)];
    expect(joined(pieces)).toBe(write(open({}, source), options));
    const tokens = pieces.flatMap((piece) => piece.tokens);
    expect(tokens.length).toBe(12);
    expect(open({}, source).text.vocab.decode(tokens.map(({ id }) => id))).toBe(joined(pieces));
    const share = source.split(joined(pieces)[0]!).length - 1;
    expect(tokens[0]!.logProbability).toBeCloseTo(Math.log(share / source.length), 12);
    const together = [...writeSamplePieces(open({}, source), { ...options, count: 3 })];
    const first = together.filter(({ sample }) => sample === 0);
    expect(first.flatMap((piece) => piece.tokens)).toEqual(tokens);
    const lessons = [...lessonPieces(open({}, source), new Int32Array(), options)].flatMap((piece) => piece.tokens);
    expect([lessons.length, lessons[0]]).toEqual([12, tokens[0]]);
  });

  test("a start token counts towards the length and is written; a length of 0 draws none", () => {
    const noNewline = () => open({}, "ohne Zeilenende");
    const whole = write(noNewline(), { length: 12, seed: 9 });
    const session = noNewline();
    expect(write(session, { length: 0, seed: 9 })).toBe("");
    expect(write(session, { length: 1, seed: 9 }) + write(session, { length: 11, seed: 9 })).toBe(whole);
    expect([...whole].length).toBe(12);
    expect(session.text.vocab.decode([noNewline().begin({ seed: 9 })!.id])).toBe([...whole][0]);
  });
});
