// The corpus: ids, counts and sizes do not depend on the pieces of the text; stores and counters. (odd-texts.test.ts:
// unusual texts.)

import { describe, expect, test } from "vitest";
import { type CorpusOptions, corpusAsRead, readCorpus } from "../../src/text/encoding/corpus.js";
import { createField, tokenize } from "../../src/text/encoding/field.js";
import { Counts, MemoryStore } from "../../src/text/storage/store.js";
import type { Ids } from "../../src/text/storage/tokens.js";
import { fc, repeats } from "../helpers/random.js";
import { idsOf, input, messageOf, nietzsche } from "./helpers.js";

const char = createField({});
const read = (text: string | Uint8Array, options: Partial<CorpusOptions> = {}, piece = Infinity) =>
  corpusAsRead([input(text, "my.txt", piece)], { field: char, ...options });
const bytesOf = (...bytes: number[]) => Uint8Array.from(bytes);

describe("corpus", () => {
  test("Nietzsche at 0.2 is 480,714 characters to train on and 120,179 to validate", async () => {
    const field = createField({ lower: true, minFreq: 3, specials: ["<unk>", "<pad>"] });
    const corpus = await corpusAsRead([input(nietzsche, "nietzsche.txt", 1000)], { field, validFraction: 0.2 });
    const { train, valid, vocab } = corpus;
    expect([train.length, valid?.length, vocab.size, corpus.documents]).toEqual([480_714, 120_179, 56, 1]);
    expect([train.characters, valid?.characters]).toEqual([480_714, 120_179]);
    expect(train.bytes + (valid?.bytes ?? 0)).toBe(nietzsche.length);
    expect(vocab.decode(idsOf(train).subarray(0, 33))).toBe("preface\n\n\nsupposing that truth is");
  });

  test("the ids do not depend on how the bytes are divided into pieces and files", async () => {
    const whole = new TextEncoder().encode("It's naïve 🙂🙂  to split\r\nwords' re 漢字, isn't it?  ".repeat(3));
    for (const unit of ["char", "byte", "word"] as const) {
      const field = createField({ unit });
      const once = await corpusAsRead([input(whole)], { field });
      for (const size of [1, 2, 3, 5, 64]) {
        const again = await corpusAsRead([input(whole, "a", size)], { field });
        expect(idsOf(again.train)).toEqual(idsOf(once.train));
        expect(again.vocab.itos).toEqual(once.vocab.itos);
      }
      const files = [input(whole.subarray(0, 60), "a"), input("", "empty"), input(whole.subarray(60), "b")];
      const joined = await corpusAsRead(files, { field });
      expect([idsOf(joined.train), joined.documents]).toEqual([idsOf(once.train), 3]);
    }
  });

  test("the vocabulary is that of the training part; other tokens are <unk>, counted at their true size", async () => {
    const { vocab, train, valid } = await read("abababab🙂a", { validFraction: 0.2 });
    expect(vocab.itos).toEqual(["<unk>", "a", "b"]);
    expect([...idsOf(train)]).toEqual([1, 2, 1, 2, 1, 2, 1, 2]);
    expect([...idsOf(valid)]).toEqual([0, 1]);
    expect(valid).toMatchObject({ characters: 2, bytes: 5, firstCharacters: 1, firstBytes: 4, unknown: 1 });
  });

  test("line ends and spellings are read by the rules of the field", async () => {
    const text = "e\u0301a\r\nb\r";
    const { vocab, train, valid } = await readCorpus([input(text)], {
      field: char,
      validFraction: 0,
      validInputs: [input("a\r\u00e9", "v")],
    });
    expect(vocab.decode(idsOf(train))).toBe("éa\nb\n");
    expect(vocab.decode(idsOf(valid))).toBe("a\né");
    const field = createField({ lineEnds: "keep", normalize: "none" });
    const kept = await readCorpus([input(text)], { field, validFraction: 0 });
    expect(kept.vocab.decode(idsOf(kept.train))).toBe(text);
  });

  test("with validation texts, all of the other texts are for training", async () => {
    const { vocab, train, valid } = await read("abab", { validInputs: [input("ca", "v")], validFraction: 0.5 });
    expect([vocab.size, train.length, [...idsOf(valid)]]).toEqual([3, 4, [0, 1]]);
  });

  test("a given vocabulary is used unchanged, also on a text of one character", async () => {
    const { vocab } = await read("hello");
    const again = await read("llll", { vocab, validFraction: 0 });
    expect(again.valid).toBeUndefined();
    expect(again.vocab).toBe(vocab);
    expect(vocab.decode(idsOf(again.train))).toBe("llll");
  });

  test("sizes in characters: a continuation byte counts 0, <eos> counts 1, a stripped newline counts 0", async () => {
    const sizes = async (text: string, values: object) => {
      const { train } = await corpusAsRead([input(text)], { field: createField(values), validFraction: 0 });
      return [train.length, train.characters, train.bytes, train.firstCharacters, train.firstBytes];
    };
    expect(await sizes("é🙂\n", { unit: "byte" })).toEqual([7, 3, 7, 1, 1]);
    expect(await sizes("é🙂\n", { newline: "eos" })).toEqual([3, 3, 7, 1, 2]);
    expect(await sizes("é🙂\n", { newline: "strip" })).toEqual([2, 2, 6, 1, 2]);
    expect(await sizes("naïve 漢字", { unit: "word" })).toEqual([2, 8, 13, 5, 6]);
  });

  test("ids agree with tokenizing and encoding the whole text, for vocabularies of every width", async () => {
    const text = Array.from({ length: 70_000 }, (_, i) => String.fromCodePoint(0x10000 + i)).join("");
    const { train, vocab } = await read(`${text}${text}`, { validFraction: 0 });
    expect(idsOf(train).subarray(69_990, 70_010)).toEqual(
      vocab.encode(tokenize(char, text + text).slice(69_990, 70_010)),
    );
  });

  test("a store keeps all numbers while its arrays become wider, for appends and reads of any size", () => {
    const store = new MemoryStore();
    const all: number[] = [];
    const add = (ids: Ids) => {
      store.append(ids);
      all.push(...ids);
    };
    for (let i = 0; i < 90; i++) {
      const count = (i * 7919) % 3000;
      if (i < 30) add(Uint8Array.from({ length: count }, (_, k) => (i + k) % 256));
      else if (i < 60) add(Uint16Array.from({ length: count }, (_, k) => 7 * k));
      else add(Int32Array.from({ length: count }, (_, k) => 65536 + k * i));
    }
    expect(store.length).toBe(all.length);
    for (const [from, to] of [
      [0, all.length],
      [65530, 65540],
      [5, 5],
      [70_000, 131_080],
      [131_072, 131_073],
    ] as const) {
      expect([...store.read(from, to)]).toEqual(all.slice(from, to));
    }
  });

  test("counts equal counting one by one, in arrays of every width and at odd byte offsets", () => {
    const counts = new Counts();
    const slow = new Float64Array(70_000);
    const bytes = Uint8Array.from({ length: 1001 }, (_, i) => (i * i) % 251);
    const lists = [bytes, bytes.subarray(1), bytes.subarray(1, 2), bytes.subarray(2, 2), bytes.subarray(3, 10)];
    for (const ids of [...lists, Uint16Array.of(300, 3, 65535), Int32Array.of(69_999, 0)]) {
      counts.add(ids);
      for (const id of ids) slow[id]! += 1;
    }
    expect(counts.of(70_000)).toEqual(slow);
    expect(counts.of(256)).toEqual(slow.slice(0, 256)); // asked again, they are the same
  });

  test("the table-driven encoder gives the tokens of tokenizer.ts for any text, and the offsets of its errors", () => {
    const unit = fc.constantFrom(
      "a",
      "b",
      "\n",
      "\r",
      "\r\n",
      "é",
      "Ä",
      "İ",
      "漢",
      "🙂",
      "\u0000",
      "\ufeff",
      "\uffff",
      "\u{10ffff}",
    );
    const texts = fc.array(unit, { minLength: 2, maxLength: 60 }).map((parts) => `xyz${parts.join("")}`);
    const rules = fc.record({ lower: fc.boolean(), newline: fc.constantFrom("keep", "strip", "eos") });
    return fc.assert(
      fc.asyncProperty(texts, rules, fc.integer({ min: 1, max: 70 }), async (text, rule, piece) => {
        const field = createField(rule);
        const { vocab, train } = await corpusAsRead([input(text, "t", piece)], { field, validFraction: 0 });
        expect(Array.from(idsOf(train), (id) => vocab.itos[id])).toEqual(tokenize(field, text));
        const bytes = new TextEncoder().encode(text);
        const bad = Uint8Array.of(...bytes, 0xff, 0x41);
        const line = text.split("\n").length;
        expect(await messageOf(() => corpusAsRead([input(bad, "t", piece)], { field }))).toContain(
          `t is not valid UTF-8: the byte at offset ${bytes.length} (line ${line})`,
        );
      }),
      { numRuns: repeats(500) },
    );
  });

  test("a byte corpus keeps a BOM and bytes that are not UTF-8", async () => {
    const bytes = bytesOf(0xef, 0xbb, 0xbf, 0xff, 0, 13, 65);
    const notices: string[] = [];
    const options = {
      field: createField({ unit: "byte" }),
      validFraction: 0,
      notice: (text: string) => notices.push(text),
    };
    expect([...idsOf((await read(bytes, options)).train)]).toEqual([...bytes]);
    expect(notices).toEqual([]);
  });
});
