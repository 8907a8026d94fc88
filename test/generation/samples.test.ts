// Tests of samples in one batch: each equals the sample written alone, and the session does not change.

import { describe, expect, test } from "vitest";
import {
  type SamplePiece,
  type SamplesOptions,
  writeSamplePieces,
  writeSamples,
} from "../../src/generation/samples.js";
import { Session } from "../../src/generation/session.js";
import { write } from "../../src/generation/write.js";
import { fastest, float32Engines } from "../helpers/engines.js";
import { openModel, randomModel, vocabularyOf } from "./models.js";

const TEXT = "die Brücke 🌉\nüber den Fluß, sie steht\n";

function open(cell = "gru", unit = "char", source = TEXT, engine = fastest, hidden = 7): Session {
  const stored = randomModel(vocabularyOf(source, { unit }), { cell, layers: 2, hidden });
  return new Session(openModel(stored, 1, 8, engine), stored);
}

const oneByOne = (session: Session, { count, sample = 0, ...options }: SamplesOptions) =>
  Array.from({ length: count }, (_, i) => write(session.branch(), { ...options, sample: sample + i }));

describe.each(float32Engines)("on %s", (_, engine) => {
  test.each(["rnn", "gru", "lstm"])("a sample in a batch of any width equals the sample written alone: %s", (cell) => {
    const session = open(cell, "char", TEXT, engine, 37);
    session.feed("über ");
    const options = { count: 9, length: 40, seed: 5, temperature: 0.8 };
    const expected = oneByOne(session, options);
    expect(new Set(expected).size).toBe(9);
    for (const atOnce of [1, 2, 4, 9, 64]) expect(writeSamples(session, { ...options, atOnce })).toEqual(expected);
  });
});

test("a batch equals single samples for every unit, filter and start", () => {
  for (const unit of ["char", "byte", "word"]) {
    for (const source of [TEXT, "ohne Zeilenende, und ohne Anfang"]) {
      for (const filter of [{}, { topK: 3 }, { topP: 0.7, minP: 0.01 }, { greedy: true }]) {
        const session = open("gru", unit, source);
        const options = { count: 5, length: 30, seed: 2 ** 40, sample: 3, ...filter };
        expect(writeSamples(session, options)).toEqual(oneByOne(session, options));
      }
    }
  }
});

test("each sample continues the session, whose own state stays the same", () => {
  const session = open();
  const twin = open();
  for (const each of [session, twin]) write(each, { length: 11 });
  const options = { count: 4, length: 20 };
  const expected = oneByOne(twin, options);
  const before = session.state;
  expect(writeSamples(session, options)).toEqual(expected);
  expect(session.state).toEqual(before);
  expect(write(session, { length: 30 })).toBe(write(twin, { length: 30 }));
});

test("pieces carry the sample's index, its tokens with log-probabilities, and one `last` for each sample", () => {
  const session = open("lstm", "byte");
  const pieces = [...writeSamplePieces(session, { count: 3, length: 50, atOnce: 2 })];
  for (const sample of [0, 1, 2]) {
    const mine = pieces.filter((piece) => piece.sample === sample);
    const ends = mine.map(({ last }) => last);
    expect(ends).toEqual([...ends.slice(1).fill(false), true]);
    const twin = session.branch();
    twin.begin();
    const tokens = Array.from({ length: 50 }, () => twin.draw({ sample }));
    expect(mine.flatMap((piece: SamplePiece) => piece.tokens)).toEqual(tokens);
  }
  const [first, second] = [0, 1].map((sample) => pieces.findIndex((piece) => piece.sample === sample));
  expect(Math.abs(first! - second!)).toBeLessThan(5); // at the same time, not one after the other
});

test("a length of 0 gives empty texts; an invalid count is refused", () => {
  expect(writeSamples(open(), { count: 3, length: 0 })).toEqual(["", "", ""]);
  for (const count of [0, 1.5, -1, Number.NaN]) {
    expect(() => [...writeSamplePieces(open(), { count, length: 5 })]).toThrow(
      `count wants a whole number from 1; got ${count}.`,
    );
  }
});
