// Locations of tokens: the tokens are those of the corpus, in its order, and lines are those of the text.

import { describe, expect, test } from "vitest";
import { corpusAsRead } from "../../src/text/encoding/corpus.js";
import { createField } from "../../src/text/encoding/field.js";
import { eachToken, locate } from "../../src/text/matching/located.js";
import { fc, repeats } from "../helpers/random.js";
import { idsOf, input, messageOf } from "./helpers.js";

const someText = fc
  .array(fc.constantFrom("a", "B ", " ", "\t", "\n", "\n\n", "\r\n", "\r", "é", "🙂", "It's", "\n \n", " c"), {
    maxLength: 30,
  })
  .map((parts) => parts.join(""));
const someField = fc
  .record({
    unit: fc.constantFrom("char", "byte", "word"),
    documents: fc.constantFrom("none", "line", "blank-line", "file"),
    lower: fc.boolean(),
    newline: fc.constantFrom("keep", "eos", "strip"),
  })
  .map(({ unit, documents, lower, newline }) =>
    createField(
      unit === "byte"
        ? { unit, documents }
        : { unit, documents, lower, newline: documents === "line" ? "keep" : newline },
    ),
  );

/** Each token with its position. */
async function all(field: ReturnType<typeof createField>, texts: readonly string[], piece?: number) {
  const found: { text: string; input: number; line: number; before: string }[] = [];
  const inputs = texts.map((text, i) => input(text, `${i}.txt`, piece));
  await eachToken(field, inputs, (text, where) => void found.push({ ...where, text }));
  return found;
}

describe("located tokens", () => {
  test("are those of the corpus, for all units and rules, in pieces of any size", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(someText, { minLength: 1, maxLength: 3 }),
        someField,
        fc.integer({ min: 1, max: 7 }),
        async (texts, field, piece) => {
          const inputs = texts.map((text, i) => input(text, `${i}.txt`));
          const corpus = await corpusAsRead(inputs, { field, validFraction: 0 }).catch((error) => error.message);
          fc.pre(typeof corpus !== "string"); // nothing in it, or nothing to learn
          const { vocab, train } = corpus;
          const separator = { none: "", line: "\n", "blank-line": "\n\n", file: "" }[field.documents];
          const read = [...idsOf(train)].map((id) => {
            if (id === vocab.endId) return separator;
            return vocab.itos[id] === "<eos>" ? "\n" : vocab.itos[id];
          });
          const found = await all(field, texts, piece);
          expect(found.map(({ text }) => (field.lower ? text.toLowerCase() : text))).toEqual(read);
        },
      ),
      { numRuns: repeats(200) },
    );
  });

  test("without documents they and the stripped line ends are the text, each with its line", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(someText, { minLength: 1, maxLength: 3 }), someField, async (texts, kind) => {
        const field = { ...kind, documents: "none" as const };
        const found = await all(field, texts);
        const text = texts.join("");
        const bytes = field.unit === "byte";
        const whole = bytes ? Buffer.from(text).toString("latin1") : text;
        expect(whole.startsWith(found.map((each) => each.before + each.text).join(""))).toBe(true);
        let at = 0;
        for (const { before, text, input, line } of found) {
          at += before.length;
          const sizes = texts.map((each) => (bytes ? Buffer.byteLength(each) : each.length));
          let begin = 0;
          let number = 0;
          while (at >= begin + sizes[number]!) begin += sizes[number++]!;
          expect({ input, line }).toEqual({
            input: number,
            line: whole.slice(begin, at).split("\n").length,
          });
          at += text.length;
        }
      }),
      { numRuns: repeats(400) },
    );
  });

  test("with documents each has the line where it begins, blank lines counted", async () => {
    const text = "one\n\n  \ntwo\nmore\r\n\nthree";
    const lines = async (documents: string, unit: string) => {
      const found = await all(createField({ documents, unit }), ["first\n", text]);
      return [...new Set(found.map(({ input, line }) => `${input}:${line}`))];
    };
    for (const unit of ["char", "byte", "word"]) {
      expect(await lines("line", unit)).toEqual(["0:1", "1:1", "1:4", "1:5", "1:7"]);
      expect(await lines("blank-line", unit)).toEqual(["0:1", "1:1", "1:4", "1:5", "1:7"]);
    }
  });
});

describe("locate", () => {
  test("gives the original text of each range, in the order of the request, overlapping or not", async () => {
    const field = createField({ lower: true, newline: "strip" });
    const found = await locate(
      field,
      [input("Ab\nCd\n"), input("eF\ng")],
      [
        { from: 3, length: 3 },
        { from: 0, length: 4 },
        { from: 6, length: 1 },
        { from: 3, length: 1 },
      ],
    );
    expect(found).toEqual([
      { input: 0, line: 2, text: "d\neF" },
      { input: 0, line: 1, text: "Ab\nCd" },
      { input: 1, line: 2, text: "g" },
      { input: 0, line: 2, text: "d" },
    ]);
    const bytes = await locate(createField({ unit: "byte" }), [input("naïve é")], [{ from: 0, length: 4 }]);
    expect(bytes).toEqual([{ input: 0, line: 1, text: "naï" }]);
  });

  test("reads only up to the end of the last range", async () => {
    const bytes = (async function* () {
      yield new TextEncoder().encode("abc\n");
      throw new Error("it was read");
    })();
    const field = createField();
    expect(await locate(field, [{ name: "a", bytes }], [{ from: 1, length: 2 }])).toMatchObject([{ text: "bc" }]);
    expect(await messageOf(() => locate(field, [input(Uint8Array.of(97, 255))], [{ from: 1, length: 1 }]))).toContain(
      "is not valid UTF-8",
    );
  });
});
