// The split into training and validation part, which never splits a character. (documents.test.ts has the split of
// documents.)

import { expect, test } from "vitest";
import { corpusAsRead } from "../../src/text/encoding/corpus.js";
import { createField } from "../../src/text/encoding/field.js";
import { fc, repeats } from "../helpers/random.js";
import { idsOf, input } from "./helpers.js";

const byte = createField({ unit: "byte" });
const read = (content: Uint8Array, validFraction: number) =>
  corpusAsRead([input(content)], { field: byte, validFraction });
const encoder = new TextEncoder();

test("the validation part of bytes begins with the last character that begins at the fraction or before", async () => {
  const characters = fc.array(fc.constantFrom("a", "b", "é", "漢", "🙂"), { minLength: 12, maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(characters, fc.double({ min: 0.2, max: 0.7, noNaN: true }), async (parts, validFraction) => {
      const text = `ab${parts.join("")}`;
      const whole = encoder.encode(text);
      const starts = [...text].map((_, i, all) => encoder.encode(all.slice(0, i).join("")).length);
      const wanted = Math.max(...starts.filter((at) => at <= Math.floor(whole.length * (1 - validFraction))));
      const { train, valid } = await read(whole, validFraction);
      expect(train.length).toBe(wanted);
      const [before, behind] = [train, valid].map((part) => Uint8Array.from(idsOf(part)));
      expect(Buffer.concat([before!, behind!])).toEqual(Buffer.from(whole));
      const strict = new TextDecoder("utf-8", { fatal: true });
      expect(strict.decode(before) + strict.decode(behind)).toBe(text);
      expect(train.characters + valid!.characters).toBe([...text].length);
    }),
    { numRuns: repeats(300) },
  );
});

test("bytes that are not UTF-8 are split at most three bytes before the fraction", async () => {
  const { train: none } = await read(Uint8Array.of(1, 2, ...new Array<number>(18).fill(0x80)), 0.4);
  expect(none.length).toBe(12); // no byte here begins a character
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 20, maxLength: 20 }), async (bytes) => {
      const { train } = await read(Uint8Array.of(1, 2, ...bytes), 0.4);
      expect(13 - train.length).toBeGreaterThanOrEqual(0);
      expect(13 - train.length).toBeLessThanOrEqual(3);
    }),
  );
});
