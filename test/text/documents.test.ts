// Documents: where a text is split into them, in pieces of any size; their tokens and windows; and the split for
// validation.

import { describe, expect, test } from "vitest";
import { corpusAsRead } from "../../src/text/encoding/corpus.js";
import { documentsOf } from "../../src/text/encoding/document-marks.js";
import { type DocumentRule, END } from "../../src/text/encoding/documents.js";
import { buildVocab, createField, type Field } from "../../src/text/encoding/field.js";
import { Vocab } from "../../src/text/encoding/vocab.js";
import { sourceOf } from "../../src/text/storage/tokens.js";
import { evaluationLanes, padded, trainingLanes, type Window } from "../../src/text/windows/lanes.js";
import { sections } from "../../src/text/windows/sections.js";
import { fc, repeats } from "../helpers/random.js";
import { idsOf, input, messageOf } from "./helpers.js";

const read = (
  text: string,
  field: Field,
  o: { piece?: number; validFraction?: number; notice?: (s: string) => void } = {},
) => corpusAsRead([input(text, "my.txt", o.piece)], { field, validFraction: 0, ...o });

/** The documents of a corpus' ids, as text. */
const apart = (ids: Int32Array, vocab: Vocab): string[] => {
  expect([vocab.itos[ids[0]!], vocab.itos[ids.at(-1)!]]).toEqual([END, END]);
  const text = (some: readonly number[]) => vocab.decode(some);
  const found: number[][] = [];
  for (const id of ids) id === vocab.endId ? found.push([]) : found.at(-1)!.push(id);
  return found.slice(0, -1).map(text);
};

/** By regular expressions, over the whole text. */
const slow: Readonly<Record<"line" | "blank-line", (text: string) => string[]>> = {
  line: (text) => text.split(/\r\n?|\n/).filter((line) => !/^\s*$/.test(line)),
  "blank-line"(text) {
    const lines = text.match(/[^\r\n]*(?:\r\n?|\n)|[^\r\n]+$/g) ?? [];
    const found = [""];
    for (const line of lines) {
      if (/^\s*$/.test(line)) found.push("");
      else found[found.length - 1] += line;
    }
    return found.filter((some) => some !== "").map((some) => some.replace(/(\r\n?|\n)$/, ""));
  },
};

const someText = fc
  .array(fc.constantFrom("a", "b ", " ", "\t", "\n", "\n\n", "\r\n", "\r", "é", "🙂", "it's", "\n \n"), {
    maxLength: 30,
  })
  .map((parts) => parts.join(""));

describe("splitting into documents", () => {
  test.each(["line", "blank-line"] as const)(
    "by %s: the documents are those of the whole text, in all units, however it comes",
    async (rule) => {
      await fc.assert(
        fc.asyncProperty(someText, fc.integer({ min: 1, max: 7 }), async (text, piece) => {
          const wanted = slow[rule](text);
          expect(documentsOf(rule, text).documents.map((each) => each.text)).toEqual(wanted);
          for (const unit of ["char", "byte", "word"] as const) {
            const field = createField({ unit, documents: rule });
            if (wanted.length === 0) {
              expect(await messageOf(() => read(text, field, { piece }))).toContain("contains no document");
              continue;
            }
            const { train, vocab, documents } = await read(text, field, { piece });
            expect(apart(idsOf(train), vocab)).toEqual(wanted);
            expect(documents).toBe(wanted.length);
          }
        }),
        { numRuns: repeats(60) },
      );
    },
  );

  test("each document has the number of the line where it begins", () => {
    const { documents, blank } = documentsOf("line", "a\n\n  b\r\n \nc");
    // biome-ignore format: one line
    expect(documents).toEqual([{ text: "a", line: 1 }, { text: "  b", line: 3 }, { text: "c", line: 5 }]);
    expect(blank).toBe(2);
    expect(documentsOf("blank-line", "\n\na\nb\n \n\nc\n").documents.map(({ line }) => line)).toEqual([3, 7]);
  });

  test("blank lines are skipped with a notice; the newline rule applies inside paragraphs", async () => {
    const told: string[] = [];
    await read("a\n\nb\n\n\n", createField({ documents: "line" }), { notice: (s) => told.push(s) });
    expect(told).toEqual(["my.txt: 3 blank lines are no document."]);
    for (const [newline, wanted] of [
      ["keep", "a\nb"],
      ["eos", "a\nb"],
      ["strip", "ab"],
    ]) {
      // biome-ignore format: one line
      for (const unit of ["char", "word"]) {
        const field = createField({ unit, newline, documents: "blank-line" });
        const { train, vocab } = await read("a\nb\n\nc\n", field);
        expect(apart(idsOf(train), vocab)).toEqual([wanted, "c"]);
        expect(vocab.stoi.has("<eos>")).toBe(newline === "eos");
      }
    }
  });

  test("a file is a document, an empty file is none; a line ends at the end of its file", async () => {
    const files = () => [input("one\n", "a"), input("", "b"), input("two", "c")];
    for (const unit of ["char", "byte", "word"] as const) {
      const of = async (documents: DocumentRule) => {
        const { train, vocab } = await corpusAsRead(files(), {
          field: createField({ unit, documents }),
          validFraction: 0,
        });
        return apart(idsOf(train), vocab);
      };
      expect(await of("file")).toEqual(["one\n", "two"]);
      expect(await of("line")).toEqual(["one", "two"]);
    }
  });
});

describe("separators of the user", () => {
  const texts = (rule: string, text: string) => documentsOf(rule, text).documents.map((each) => each.text);

  test("one of signs counts alone on a line, and takes the line; one with a letter counts anywhere", () => {
    expect(texts("***", "a ***\nb\n***\n\n  c\n\nd\n *** \n***\n****\n***")).toEqual(["a ***\nb", "  c\n\nd", "****"]);
    expect(texts("%", "50% of\n%\nall\n%\n")).toEqual(["50% of", "all"]);
    expect(texts("<|endoftext|>", "a<|endoftext|>b\n<|endoftext|>\nc<|endoftext|><|endoftext|> \n")).toEqual([
      "a",
      "b",
      "c",
    ]);
    expect(texts("\n\n\n", "a\n\nb\n\n\nc\n")).toEqual(["a\n\nb", "c"]);
    expect(texts("\f", "a\fb\r\n\f\rc")).toEqual(["a", "b", "c"]);
    expect(texts("* * *", "a\r\n* * *\r\nb\r\nc")).toEqual(["a", "b\r\nc"]);
    expect(documentsOf("***", "\na\n***\nb").documents.map(({ line }) => line)).toEqual([2, 4]);
  });

  test("pieces and units change nothing", async () => {
    const parts = fc.constantFrom("a", "é", " ", "\n", "\r\n", "***", "*", "<|e|>", "<|", "e|>", "\n\n");
    const property = fc.asyncProperty(
      fc.array(parts, { maxLength: 20 }),
      fc.constantFrom("***", "<|e|>", "é"),
      fc.integer({ min: 1, max: 5 }),
      async (some, documents, piece) => {
        const text = `a${some.join("")}`;
        const wanted = texts(documents, text);
        for (const unit of ["char", "byte", "word"] as const) {
          if (wanted.length === 0) return;
          const { train, vocab } = await read(text, createField({ unit, documents }), { piece });
          expect(apart(idsOf(train), vocab)).toEqual(wanted);
        }
      },
    );
    await fc.assert(property, { numRuns: repeats(60) });
  });

  test("one that does not occur is told, and a misspelled rule refused", async () => {
    const said = async (documents: string, text: string) => {
      const told: string[] = [];
      await read(text, createField({ documents }), { notice: (s) => told.push(s) });
      return told;
    };
    expect(await said("<|x|>", "ab\ncd\n")).toEqual(['The separator "<|x|>" does not occur: the text is 1 document.']);
    expect((await said("%", "50% of 5% of\n"))[0]).toContain("is alone on no line");
    expect(await said("%", "a\n%\nb")).toEqual([]);
    expect(await messageOf(() => createField({ documents: "lines" }))).toContain("Did you mean line?");
    expect(await messageOf(() => createField({ documents: "" }))).toContain("documents wants");
  });

  test("white space is Unicode's: a line of U+3000, NO-BREAK SPACE or U+0085 is blank", () => {
    expect(texts("line", "a\n\u3000\u3000\n\u00a0\u2003\nb\n\u0085\u2028\n")).toEqual(["a", "b"]);
    expect(texts("blank-line", "a\n\u3000\nb")).toEqual(["a", "b"]);
  });
});

describe("the field", () => {
  test("<end> comes after the specials or the bytes, can be generated, and needs no minFreq", () => {
    const field = createField({ documents: "line", minFreq: 9, maxSize: 1 });
    const vocab = buildVocab(field, [["a", 9], ["b", 9], ["c", 1], [END, 2]]); // biome-ignore format: one line
    expect(vocab.itos).toEqual(["<unk>", END, "a"]);
    expect([vocab.specials, vocab.endId, vocab.newlineId]).toEqual([1, 1, undefined]);
    const bytes = buildVocab(createField({ unit: "byte", documents: "line" }), []);
    expect([bytes.size, bytes.endId, bytes.specials]).toEqual([257, 256, 0]);
    for (const each of [vocab, bytes]) expect(Vocab.fromJSON(JSON.parse(JSON.stringify(each)))).toEqual(each);
    expect(bytes.decode([97, 256, 98])).toBe("a\nb");
  });

  test("no unit makes the token <end> of a text that spells it", async () => {
    for (const unit of ["char", "byte", "word"] as const) {
      const { train, vocab } = await read("a <end> b\n<end>\n", createField({ unit, documents: "line" }));
      expect(idsOf(train).filter((id) => id === vocab.endId)).toHaveLength(3);
      expect(apart(idsOf(train), vocab)).toEqual(["a <end> b", "<end>"]);
    }
  });

  test("refuses a newline rule without effect, and <end> among the specials", async () => {
    expect(await messageOf(() => createField({ documents: "line", newline: "strip" }))).toMatch(
      /each newline ends a document/,
    );
    expect(await messageOf(() => createField({ documents: "file", specials: ["<unk>", END] }))).toMatch(
      /adds it by itself/,
    );
    expect(createField({}).documents).toBe("none");
  });
});

describe("sizes and the split", () => {
  test("documents and their <end>s have the size of the text: <end> counts as its separator", async () => {
    const sizes = async (text: string, documents: DocumentRule) => {
      const { train } = await read(text, createField({ documents }));
      return [train.characters - train.firstCharacters, train.bytes - train.firstBytes];
    };
    expect(await sizes("é\nbc\n", "line")).toEqual([5, 6]);
    expect(await sizes("é\nb\n\nc\n\n", "blank-line")).toEqual([8, 9]);
    expect(await sizes("é\nb\n", "file")).toEqual([4, 5]);
  });

  test("the split is at the document end nearest to the fraction, and both parts begin with <end>", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: fc.constantFrom("a", "b"), minLength: 1, maxLength: 9 }), {
          minLength: 2,
          maxLength: 12,
        }),
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        async (lines, validFraction) => {
          const { train, valid, vocab, counts } = await read(lines.join("\n"), createField({ documents: "line" }), {
            validFraction,
          });
          const parts = [train, valid].map((part) => apart(idsOf(part), vocab));
          const unknown = (line: string) => [...line].map((c) => (vocab.stoi.has(c) ? c : "<unk>")).join("");
          expect(parts.flat()).toEqual(lines.map(unknown));
          const ends = lines.slice(0, -1).map((_, i) => lines.slice(0, i + 1).join("").length + i + 1);
          const wanted = Math.floor((1 + lines.join("").length + lines.length) * (1 - validFraction));
          const off = (at: number) => Math.abs(at - wanted);
          expect(off(train.length - 1)).toBe(Math.min(...ends.map(off)));
          expect(counts[vocab.endId!]).toBe(parts[0]!.length + 1);
          expect(valid!.characters - valid!.firstCharacters).toBe(valid!.length - 1);
        },
      ),
      { numRuns: repeats(60) },
    );
  });

  test("a text of one document is not split, with a notice", async () => {
    const told: string[] = [];
    const { valid } = await read("ab ab\n", createField({ documents: "file" }), {
      validFraction: 0.5,
      notice: (s) => told.push(s),
    });
    expect([valid, told.length]).toEqual([undefined, 1]);
  });
});

describe("windows", () => {
  test("documents start where the input is <end>; windows without <end> have no mask", () => {
    const ids = Int32Array.from([1, 5, 6, 1, 7, 1, 5, 5, 5, 5, 5, 1]);
    const source = sourceOf(ids, 1);
    const all = [
      ...[trainingLanes(source, 2), trainingLanes(padded(source, 5, 0), 5), evaluationLanes(source, 2)].flatMap(
        (lanes) => Array.from({ length: lanes.positions }, (_, at) => lanes.window(at, 1) as Window),
      ),
      sections(source, { lanes: 3, length: 4, stride: 2 }).window(0, 4) as Window,
    ];
    for (const { inputs, starts } of all) {
      const wanted = inputs.map((id) => (id === 1 ? 1 : 0));
      expect(starts).toEqual(inputs.includes(1) ? wanted : undefined);
    }
    expect(all.some(({ starts }) => starts === undefined)).toBe(true);
    expect(all.filter(({ starts }) => starts !== undefined).length).toBeGreaterThan(5);
    expect((trainingLanes(sourceOf(ids), 1).window(0, 9) as Window).starts).toBeUndefined();
  });
});
