import { describe, expect, test } from "vitest";
import { buildVocab, createField, encodeText, tokenize } from "../../src/text/encoding/field.js";
import { tokenizer } from "../../src/text/encoding/tokenizer.js";
import { fc, repeats } from "../helpers/random.js";
import { countTokens, pieces } from "./helpers.js";

const units = ["char", "byte", "word"] as const;
const rules = units.flatMap((unit) =>
  (["keep", "strip", "eos"] as const).flatMap((newline) => [false, true].map((lower) => ({ unit, newline, lower }))),
);

/** Text with what a tokenizer can trip over: contractions, runs of spaces, line ends, letters of every plane, marks. */
const hardText = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "'",
        "s",
        "re",
        "ve",
        "'ll",
        "'d",
        " ",
        "  ",
        "\n",
        "\r\n",
        "\t",
        "A",
        "Σ",
        "1",
        "!",
        "<eos>",
        "İ",
      ),
      fc.constantFrom("\ufeff", "\u00a0", "\u2028", "é", "漢", "𝒜", "🙂", "\u0301", "٣", "\u{10ffff}", "\0"),
      fc
        .integer({ min: 0, max: 0x10ffff })
        .map((code) => (code >= 0xd800 && code < 0xe000 ? "x" : String.fromCodePoint(code))),
    ),
    { maxLength: 14 },
  )
  .map((parts) => parts.join(""));

describe("tokenizer", () => {
  test("100,000 random texts are unchanged after encoding to char, byte and word ids and decoding", () => {
    const texts = fc.sample(hardText, { numRuns: repeats(100_000), seed: 7 });
    for (const unit of units) {
      const field = createField({ unit });
      const counts = new Map<string, number>();
      const cut = texts.map((text) => tokenize(field, text));
      for (const tokens of cut)
        for (const [token, n] of countTokens(tokens)) counts.set(token, (counts.get(token) ?? 0) + n);
      const vocab = buildVocab(field, counts);
      const wrong = texts.filter((text, i) => vocab.decode(vocab.encode(cut[i] ?? [])) !== text);
      expect(wrong).toEqual([]);
    }
  });

  test("the tokens do not depend on piece boundaries", () => {
    fc.assert(
      fc.property(
        fc.array(hardText, { maxLength: 4 }),
        fc.constantFrom(...rules),
        fc.infiniteStream(fc.integer({ min: 1, max: 5 })),
        (texts, rule, sizes) => {
          const whole = texts.join("");
          const tokens: string[] = [];
          const cutter = tokenizer(rule, (token) => tokens.push(token));
          for (const piece of pieces(whole, () => sizes.next().value ?? 1)) cutter.push(piece);
          cutter.end();
          expect(tokens).toEqual(tokenize(rule, whole));
        },
      ),
      { numRuns: repeats(3000) },
    );
  });

  test("a character is a code point and a byte is a byte of UTF-8", () => {
    expect(tokenize({ unit: "char", lower: false, newline: "keep" }, "a🙂é")).toEqual(["a", "🙂", "é"]);
    expect(tokenize({ unit: "byte", lower: false, newline: "keep" }, "é\n")).toEqual(["\u00c3", "\u00a9", "\n"]);
  });

  test("newlines are kept, stripped, or become <eos>, and a stripped newline still separates words", () => {
    const cut = (unit: "char" | "word", newline: "strip" | "eos") =>
      tokenize({ unit, lower: false, newline }, "one\ntwo\n\n");
    expect(cut("word", "strip")).toEqual(["one", "two"]);
    expect(cut("word", "eos")).toEqual(["one", "<eos>", "two", "<eos>", "<eos>"]);
    expect(cut("char", "eos")).toEqual([..."one", "<eos>", ..."two", "<eos>", "<eos>"]);
  });

  test("without strip, the decoded tokens are the text: <eos> is written as a newline", () => {
    const field = createField({ newline: "eos", unit: "word" });
    const text = "one two\n three\n\nfour";
    const vocab = buildVocab(field, countTokens(tokenize(field, text)));
    expect(vocab.decode(encodeText(field, vocab, text, "error"))).toBe(text);
  });

  test("lower applies to each token after splitting", () => {
    // "İ" lower-cased is two code points: it is still one token. A single Σ is never a final one.
    expect(tokenize({ unit: "char", lower: true, newline: "keep" }, "İΣ")).toEqual(["i̇", "σ"]);
    expect(tokenize({ unit: "word", lower: true, newline: "keep" }, "I'LL ΟΔΟΣ")).toEqual(["i'll", " οδος"]);
  });
});
