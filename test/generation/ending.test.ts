// Tests of stop strings and numbers of lines: where a generated text ends, whatever its pieces.

import { describe, expect, test } from "vitest";
import { createEndingDecoder, type EndingOptions } from "../../src/generation/ending.js";
import { writeSamples } from "../../src/generation/samples.js";
import { Session } from "../../src/generation/session.js";
import { write, writePieces } from "../../src/generation/write.js";
import { Vocab } from "../../src/text/encoding/vocab.js";
import { fc, repeats } from "../helpers/random.js";
import { openModel, randomModel, vocabularyOf } from "./models.js";

/** The text up to the first stop string or the end of line `lines`, by a whole text. */
function cut(text: string, { stop = [], lines = Number.POSITIVE_INFINITY }: EndingOptions): string {
  const stops = [...stop].map((each) => text.indexOf(each)).filter((at) => at >= 0);
  const lineEnds = [...text.matchAll(/\n/g)].map(({ index }) => index);
  return text.slice(0, Math.min(text.length, ...stops, lineEnds[lines - 1] ?? text.length));
}

/** What a decoder shows of characters that come one by one. */
function decoded(text: string, options: EndingOptions): { shown: string; done: boolean } {
  const { vocab } = vocabularyOf("ab\n");
  const decoder = createEndingDecoder(vocab, options, false);
  let shown = "";
  for (const id of vocab.encode([...text])) shown += decoder.push(id);
  return { shown: shown + decoder.end(), done: decoder.done };
}

describe("the end of a text", () => {
  const texts = fc.array(fc.constantFrom("a", "b", "\n"), { maxLength: 30 }).map((all) => all.join(""));
  const stops = fc.array(
    fc.array(fc.constantFrom("a", "b", "\n"), { minLength: 1, maxLength: 4 }).map((all) => all.join("")),
    { maxLength: 3 },
  );

  test("is before the first stop string or the end of the last line, whatever the strings", () => {
    fc.assert(
      fc.property(texts, stops, fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }), (text, stop, lines) => {
        const { shown, done } = decoded(text, { stop, lines });
        expect(shown).toBe(cut(text, { stop, lines }));
        const wanted = [...stop].some((each) => text.includes(each)) || text.split("\n").length > (lines ?? 99);
        expect(done).toBe(wanted);
      }),
      { numRuns: repeats(1000) },
    );
  });

  test("shows text as soon as it begins no stop string", () => {
    const { vocab } = vocabularyOf("ab\n");
    const decoder = createEndingDecoder(vocab, { stop: "aab" }, false);
    const shown = [...vocab.encode([..."aaab"])].map((id) => decoder.push(id));
    expect(shown).toEqual(["", "", "a", ""]);
    expect(decoder.done).toBe(true);
  });

  test("of samples side by side is that of each alone, and drawing stops there", () => {
    const stored = randomModel(vocabularyOf("the cat.\nsat on. the mat.\n"));
    const options = { length: 200, stop: [". ", "at"], lines: 3, seed: 5 };
    const texts = writeSamples(new Session(openModel(stored), stored), { ...options, count: 6 });
    const alone = texts.map((_, sample) => write(new Session(openModel(stored), stored), { ...options, sample }));
    expect(texts).toEqual(alone);
    const whole = alone.map((_, sample) =>
      write(new Session(openModel(stored), stored), { length: 200, seed: 5, sample }),
    );
    expect(texts).toEqual(whole.map((text) => cut(text, options)));
    const pieces = [...writePieces(new Session(openModel(stored), stored), options)];
    expect(pieces.flatMap(({ tokens }) => tokens).length).toBeLessThan(200);
  });

  test.each([[""], [["a", ""]], [[1]]])("refuses %j as stop strings", (stop) => {
    expect(() => decoded("a", { stop: stop as string[] })).toThrow(/stop wants a string/);
  });

  test.each([0, -1, 1.5, Number.NaN])("refuses %d lines", (lines) => {
    expect(() => decoded("a", { lines })).toThrow(/lines wants a whole number from 1/);
  });
});

test("binary shows each byte as the character of its number, and stop strings are compared as bytes", () => {
  const decoder = createEndingDecoder(Vocab.bytes(), { stop: "é" }, true);
  const shown = [0xff, 0x80, 0xc3, 0x41, 0xc3, 0xa9, 0x42].map((byte) => decoder.push(byte)).join("");
  expect(shown).toBe("\u00ff\u0080\u00c3A");
  expect(decoder.done).toBe(true);
});
