// Tests of generation with documents: a document starts after <end> from a zero state, ends with <end>, and nothing
// carries over.

import { describe, expect, test } from "vitest";
import { lessonPieces } from "../../src/generation/lesson.js";
import { writeSamplePieces, writeSamples } from "../../src/generation/samples.js";
import { Session } from "../../src/generation/session.js";
import { write, writeOn, writePieces } from "../../src/generation/write.js";
import { openModel, randomModel, vocabularyOf } from "./models.js";

const TEXT = "emma olivia ava";
function open(unit: "char" | "byte" = "char"): Session {
  const stored = randomModel(vocabularyOf(TEXT, { unit, documents: "line" }), { layers: 2, hidden: 9 });
  return new Session(openModel(stored), stored);
}
const END = (session: Session) => session.text.vocab.endId!;

describe.each(["char", "byte"] as const)("by %s", (unit) => {
  test("a document ends with a drawn <end>, which has no text, or at `length` tokens", () => {
    const lengths = new Set<number>();
    const seen = new Set<boolean>();
    for (let sample = 0; sample < 60; sample++) {
      const session = open(unit);
      const tokens = [...writePieces(session, { length: 30, sample })].flatMap((piece) => piece.tokens);
      const at = tokens.findIndex(({ id }) => id === END(session));
      expect(at === -1 ? 30 : at + 1).toBe(tokens.length);
      expect(session.state.written).toBe(tokens.length);
      expect(write(open(unit), { length: 30, sample })).toBe(
        session.text.vocab.decode(tokens.map(({ id }) => id).filter((id) => id !== END(session))),
      );
      lengths.add(tokens.length);
      seen.add(at >= 0);
    }
    expect(seen).toContain(true);
    expect(lengths.size).toBeGreaterThan(5);
  });

  test("a batch of documents equals the same documents written one at a time, with the same last tokens", () => {
    const session = open(unit);
    const how = { length: 25, seed: 3 };
    const options = { ...how, count: 20 };
    const expected = Array.from({ length: 20 }, (_, sample) => write(open(unit), { ...how, sample }));
    for (const atOnce of [1, 3, 64]) {
      expect(writeSamples(session, { ...options, atOnce })).toEqual(expected);
      const ends = new Map<number, number>();
      const last: number[] = [];
      for (const piece of writeSamplePieces(session, { ...options, atOnce })) {
        for (const { id } of piece.tokens)
          if (id === END(session)) ends.set(piece.sample, (ends.get(piece.sample) ?? 0) + 1);
        if (piece.last) last.push(piece.sample);
      }
      expect(last.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i));
      expect([...ends.values()].every((n) => n === 1)).toBe(true);
      expect(ends.size).toBeGreaterThan(1);
    }
  });
});

test("tokens before an <end> have no influence after it", () => {
  const fresh = open();
  const used = open();
  const { vocab } = fresh.text;
  const ava = vocab.encode([..."ava"]);
  fresh.feedIds(Int32Array.of(END(fresh), ...ava));
  used.feedIds(Int32Array.of(...vocab.encode([..."liv"]), END(used), ...ava, END(used), ...ava));
  expect(used.state).toEqual(fresh.state);
  const unlike = open();
  unlike.feedIds(Int32Array.of(...vocab.encode([..."liv"]), ...ava));
  expect(unlike.state).not.toEqual(fresh.state);
});

test("a prompt starts a document, and further text continues it", () => {
  const prompted = open();
  const byHand = open();
  prompted.feed("em");
  prompted.feed("ma");
  byHand.feedIds(Int32Array.of(END(byHand), ...byHand.text.vocab.encode([..."emma"])));
  expect(prompted.state).toEqual(byHand.state);
});

test("further writing gives one document after another; after each the session equals a fresh one", () => {
  const text = writeOn(open(), { length: 120 });
  expect(text.split("\n").length).toBeGreaterThan(3);
  const session = open();
  [...writePieces(session, { length: 1000 })];
  const fresh = open();
  fresh.begin();
  expect({ ...session.state, written: 0 }).toEqual(fresh.state);
});

test("the lesson's sampling is refused, since it has no <end>", () => {
  expect(() => [...lessonPieces(open(), new Int32Array(0), { length: 5 })]).toThrow(/keeps documents apart/);
});
