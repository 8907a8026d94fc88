import { describe, expect, test } from "vitest";
import { buildVocab, createField, encodeText, tokenize } from "../../src/text/encoding/field.js";
import { compareCodePoints, showToken, Vocab } from "../../src/text/encoding/vocab.js";
import { fc, repeats } from "../helpers/random.js";
import { countTokens, messageOf, nietzsche } from "./helpers.js";

const rule = { specials: ["<unk>"], minFreq: 1, maxSize: undefined };

describe("vocabulary", () => {
  test("the order is: specials, then by descending count, ties by code point", () => {
    const counts = new Map([
      ["b", 2],
      ["🙂", 3], // U+1F642, in UTF-16 below U+FFFD
      ["\ufffd", 3],
      ["\ue000", 3],
      ["a", 2],
      ["z", 9],
      ["<unk>", 99], // a special's own count is left out
      ["aa", 2],
    ]);
    expect(Vocab.build(counts, rule).itos).toEqual(["<unk>", "z", "\ue000", "\ufffd", "🙂", "a", "aa", "b"]);
  });

  test("minFreq removes rarer tokens, and maxSize does not count the specials", () => {
    const counts = countTokens([..."aaaabbbccd"]);
    const specials = ["<unk>", "<pad>"];
    expect(Vocab.build(counts, { specials, minFreq: 2, maxSize: undefined }).itos).toEqual([
      ...specials,
      "a",
      "b",
      "c",
    ]);
    expect(Vocab.build(counts, { specials, minFreq: 2, maxSize: 2 }).itos).toEqual([...specials, "a", "b"]);
    expect(Vocab.build(counts, { specials, minFreq: 4, maxSize: 2 }).itos).toEqual([...specials, "a"]);
  });

  test("code points order as arrays of numbers do", () => {
    const someText = fc.array(fc.constantFrom("a", "b", "\ud7ff", "\ue000", "\uffff", "𐀀", "🙂", "\ud83d", "\ude42"), {
      maxLength: 4,
    });
    const points = (text: string) => Array.from(text, (c) => c.codePointAt(0) ?? 0);
    const order = (a: number[], b: number[]) => {
      const at = a.findIndex((x, i) => x !== b[i]);
      return at < 0 ? a.length - b.length : (a[at] ?? 0) - (b[at] ?? -1);
    };
    fc.assert(
      fc.property(someText, someText, (x, y) => {
        const a = x.join("");
        const b = y.join("");
        expect(Math.sign(compareCodePoints(a, b))).toBe(Math.sign(order(points(a), points(b))));
      }),
      { numRuns: repeats(2000) },
    );
  });

  test("the lesson's vocabulary of Nietzsche has 56 entries in torchtext's order", () => {
    const train = [...new TextDecoder().decode(nietzsche)].slice(0, 480_714).join("");
    const field = createField({ lower: true, minFreq: 3, specials: ["<unk>", "<pad>"] });
    const vocab = buildVocab(field, countTokens(tokenize(field, train)));
    // Counted and sorted by Python's Counter and sorted.
    expect(vocab.itos).toEqual(["<unk>", "<pad>", ..." etiaonsrhldcufm\npg,ywbv-.\"kx;:qj!?()'z12=_3[]4568790ä"]);
    expect(vocab.size).toBe(56);
    expect([vocab.unknownId, vocab.newlineId, vocab.specials]).toEqual([0, 18, 2]);
  });

  test("bytes have 256 fixed ids, no special and no unknown", () => {
    const vocab = Vocab.bytes();
    expect([vocab.size, vocab.specials, vocab.unknownId, vocab.newlineId]).toEqual([256, 0, undefined, 10]);
    expect(buildVocab(createField({ unit: "byte" }), [["x", 1]]).toJSON()).toEqual({ kind: "bytes" });
    expect([...encodeText(createField({ unit: "byte" }), vocab, "\ufeffé", "error")]).toEqual([
      0xef, 0xbb, 0xbf, 0xc3, 0xa9,
    ]);
  });

  test("decoding bytes one by one gives the same text as at once, in pieces that split no code point", () => {
    const vocab = Vocab.bytes();
    const parts = fc.oneof(
      fc.uint8Array({ maxLength: 4 }),
      fc.string({ unit: "binary", maxLength: 3 }).map((s) => new TextEncoder().encode(s)),
    );
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 6 }), (all) => {
        const ids = all.flatMap((part) => [...part]);
        const decoder = vocab.decoder();
        const deltas = [...ids.map((id) => decoder.push(id)), decoder.end()];
        expect(deltas.join("")).toBe(Buffer.from(ids).toString("utf8"));
        expect(vocab.decode(ids)).toBe(deltas.join(""));
        expect(deltas.some((delta) => /\p{Cs}/u.test(delta))).toBe(false);
      }),
      { numRuns: repeats(1000) },
    );
    expect(vocab.decode([0xe2, 0x82])).toBe("\ufffd");
  });

  test("a vocabulary is the same after JSON", () => {
    for (const vocab of [Vocab.bytes(), Vocab.build(countTokens([..."héllo\n🙂__proto__"]), rule)]) {
      const read = Vocab.fromJSON(JSON.parse(JSON.stringify(vocab)));
      expect(read).toEqual(vocab);
    }
  });

  test.each([
    [null, 'is neither {"kind": "bytes"} nor a list of tokens'],
    [{ kind: "tokens", specials: 0, itos: "abc" }, 'is neither {"kind": "bytes"} nor a list of tokens'],
    [{ kind: "tokens", specials: 0, itos: [] }, "is empty"],
    [{ kind: "tokens", specials: 0, itos: ["a", 7] }, "has no token at index 1"],
    [{ kind: "tokens", specials: 0, itos: ["a", ""] }, "has no token at index 1"],
    [{ kind: "tokens", specials: 0, itos: ["b", "\n", "a", "\n"] }, 'has "\\n" twice'],
    [{ kind: "tokens", specials: 3, itos: ["a", "b"] }, "has 3 as its number of specials"],
    [{ kind: "tokens", itos: ["a", "b"] }, "has undefined as its number of specials"],
  ])("a vocabulary file with %j is refused", async (data, what) => {
    expect(await messageOf(() => Vocab.fromJSON(data))).toBe(
      `LonghandError: The vocabulary in this file ${what}.\nThe file is damaged or not ours.`,
    );
  });

  test("an id outside the vocabulary is refused", async () => {
    expect(await messageOf(() => Vocab.bytes().decode([256]))).toContain(
      "Ids go from 0 to 255 in this vocabulary; got 256.",
    );
  });
});

describe("field", () => {
  const field = createField({});
  const vocab = Vocab.build(countTokens([..."abc"]), rule);

  test("by default tokens are unchanged code points, after the special token <unk>", () => {
    expect(field).toEqual({
      unit: "char",
      lower: false,
      newline: "keep",
      lineEnds: "lf",
      normalize: "nfc",
      minFreq: 1,
      maxSize: undefined,
      documents: "none",
      specials: ["<unk>"],
    });
    expect(createField(JSON.parse(JSON.stringify(field)))).toEqual(field);
    expect(createField({ unit: "byte" }).specials).toEqual([]);
  });

  test("an unknown token is an error that lists them, is skipped, or becomes <unk>", async () => {
    const encode = (text: string, unknown: "error" | "skip" | "unk") => [...encodeText(field, vocab, text, unknown)];
    expect(encode("cab", "error")).toEqual([3, 1, 2]);
    expect(encode("xaxyc", "skip")).toEqual([1, 3]);
    expect(encode("xac", "unk")).toEqual([0, 1, 3]);
    const next = '\nThe training part has none of these. Leave them out, or set `unknown: "skip"` or `unknown: "unk"`.';
    expect(await messageOf(() => encode("zaz", "error"))).toBe(
      `LonghandError: The model's vocabulary lacks "z".${next}`,
    );
    expect(await messageOf(() => encode("za\u001b\u202e\u{e0001}", "error"))).toBe(
      `LonghandError: The model's vocabulary lacks "z", "\\u001b", "\\u{202e}" and "\\u{e0001}".${next}`,
    );
    expect(await messageOf(() => encode("0123456789xyz", "error"))).toBe(
      "LonghandError: The model's vocabulary lacks " +
        `${[..."0123456789"].map((c) => `"${c}"`).join(", ")} and 3 ` +
        `more.${next}`,
    );
  });

  test("an unknown token is an error if the vocabulary has no <unk>, whatever the rule", async () => {
    const bare = Vocab.build(countTokens([..."abc"]), { ...rule, specials: [] });
    expect(await messageOf(() => encodeText(field, bare, "z", "unk"))).toBe(
      'LonghandError: The vocabulary has neither "z" nor <unk>.\nAdd <unk> to the specials.',
    );
  });

  test.each([
    [{ unit: "chars" }, 'unit wants one of char, byte, word, space; got "chars".\nDid you mean char?'],
    [{ minFreq: 0 }, "minFreq wants a whole number from 1; got 0."],
    [
      { unit: "byte", lower: true },
      'lower does nothing with `unit: "byte"`, which keeps every byte as it is.\nLeave one of the two out.',
    ],
    [
      { unit: "byte", minFreq: 2 },
      'minFreq does nothing with `unit: "byte"`, which keeps every byte as it is.\nLeave one of the two out.',
    ],
    [{ specials: ["<unk>", "<unk>"] }, 'specials wants a list of different names; got ["<unk>","<unk>"].'],
    [
      { unit: "byte", specials: ["<unk>"] },
      'specials wants a list of different names, empty for bytes; got ["<unk>"].',
    ],
  ])("a field of %j is refused", async (values, message) => {
    expect(await messageOf(() => createField(values))).toBe(`LonghandError: ${message}`);
  });

  test("a token in a message is short and cannot steer a terminal", () => {
    expect(showToken("a".repeat(50))).toBe(`"${"a".repeat(40)}…"`);
    expect(showToken("\u009b\u00a0 \u2028\ud800")).toBe('"\\u{9b}\\u{a0} \\u{2028}\\ud800"');
  });
});
