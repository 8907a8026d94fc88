// Tests of the lesson's sampling: what it feeds for each token, the only difference from the library's own.

import { describe, expect, test } from "vitest";
import { Purpose, uniform } from "../../src/base/random.js";
import type { Written } from "../../src/generation/draw.js";
import { filter, pick } from "../../src/generation/filter.js";
import { lessonPieces } from "../../src/generation/lesson.js";
import { Session } from "../../src/generation/session.js";
import { writePieces } from "../../src/generation/write.js";
import { openModel, randomModel, vocabularyOf } from "./models.js";

const TEXT = "for those who read\nand those who write 🌉 forests\n";
const text = vocabularyOf(TEXT);
const stored = randomModel(text);
const open = (from = stored) => new Session(openModel(from), from);
const encode = (prompt: string) => text.vocab.encode([...prompt]);
const how = { length: 25, seed: 4, sample: 2, temperature: 0.9 };

/** The lesson's get_next and get_next_n, which here return log p too. */
function getNextN(session: Session, inp: number[], n: number): Written[] {
  const res: Written[] = [];
  for (let i = 0; i < n; i++) {
    session.feedIds(Int32Array.from(inp));
    const p = filter(session.distribution(), how, text.vocab.specials);
    const c = pick(p, uniform(how.seed, Purpose.sample, i, how.sample));
    res.push({ id: c, token: text.vocab.itos[c]!, logProbability: session.distribution()[c]! });
    inp = [...inp.slice(1), c];
  }
  return res;
}

describe("the lesson's sampling", () => {
  test("from the ninth token on feeds and draws like get_next_n, and reports log p given what it fed", () => {
    const prompt = encode("for thos");
    const pieces = [...lessonPieces(open(), prompt, how)];
    const wanted = getNextN(open(), [...prompt], 25);
    expect(pieces.flatMap(({ tokens }) => tokens)).toEqual(wanted);
    expect(pieces.map((piece) => piece.text).join("")).toBe(text.vocab.decode(wanted.map(({ id }) => id)));
  });

  test("feeds the whole prompt, then the last eight tokens, or all if there are fewer", () => {
    for (const prompt of ["f", "for", "for those who read"]) {
      const session = open();
      const fed: number[] = [];
      session.feedIds = (ids) => {
        fed.push(ids.length);
        Session.prototype.feedIds.call(session, ids);
      };
      [...lessonPieces(session, encode(prompt), { ...how, length: 12 })];
      const wanted = Array.from({ length: 11 }, (_, i) => Math.min(8, prompt.length + i + 1));
      expect(fed).toEqual([prompt.length, ...wanted]);
    }
  });

  test("differs from the library's: the same seed gives the same first token and another text", () => {
    const session = open();
    const prompt = encode("for thos");
    session.feedIds(prompt);
    const ours = [...writePieces(session, how)].flatMap(({ tokens }) => tokens);
    const lessons = [...lessonPieces(open(), prompt, how)].flatMap(({ tokens }) => tokens);
    expect(lessons[0]).toEqual(ours[0]);
    expect(lessons).not.toEqual(ours);
  });

  test("starts without a prompt too, and writes `length` tokens", () => {
    const without = vocabularyOf("ohne Zeilenende");
    for (const model of [stored, randomModel(without)]) {
      for (const length of [0, 1, 2, 30]) {
        const pieces = [...lessonPieces(open(model), new Int32Array(), { ...how, length })];
        expect([...pieces.map((piece) => piece.text).join("")].length).toBe(length);
      }
    }
  });

  test("with the unit byte splits and loses no code point", () => {
    const bytes = randomModel(vocabularyOf("", { unit: "byte" }));
    const pieces = [...lessonPieces(open(bytes), new Int32Array([0xf0, 0x9f]), { ...how, length: 60 })];
    const ids = pieces.flatMap(({ tokens }) => tokens.map(({ id }) => id));
    expect(ids.length).toBe(60);
    expect(pieces.map((piece) => piece.text).join("")).toBe(bytes.vocab.decode(ids));
    expect(pieces.some((piece) => /\p{Surrogate}/u.test(piece.text))).toBe(false);
  });
});
