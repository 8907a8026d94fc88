// Tests of the surprisal of each line: the tokens of a line, and sums that count every token once.

import { describe, expect, test } from "vitest";
import { surprisal, type TextSurprisal } from "../../src/evaluation/scoring/surprisal.js";
import { Session } from "../../src/generation/session.js";
import { tokenize } from "../../src/text/encoding/field.js";
import { END_OF_LINE } from "../../src/text/encoding/tokenizer.js";
import { openModel, randomModel, vocabularyOf } from "../generation/models.js";
import { fc, repeats } from "../helpers/random.js";
import { messageOf } from "../text/helpers.js";

const TEXT = "die Brücke 🌉\nsteht\r\n\n  über den\tFluß\n";
const encode = (text: string) => new TextEncoder().encode(text);

/** A scorer of texts by one random model of a field. */
function scorer(values: Parameters<typeof vocabularyOf>[1] = {}) {
  const stored = randomModel(vocabularyOf(TEXT, values), { embedding: 2, hidden: 3 });
  const model = openModel(stored, 1, 16);
  return (content: string | Uint8Array): Promise<TextSurprisal> =>
    surprisal(model, stored, typeof content === "string" ? encode(content) : content, "my.txt");
}

const tokensOf = (scored: TextSurprisal) => scored.lines.map((line) => line.tokens.map(({ token }) => token));
const someText = fc
  .array(fc.constantFrom("a", "die", " ", "  ", "\n", "\n\n", "\r\n", "\r", "é", "🌉", "’s", "7", "\t", "İ"), {
    maxLength: 25,
  })
  .map((parts) => parts.join(""));
const repeated = { numRuns: repeats(120) };

/** The number, from 1, of the line that contains the character at an offset. */
const lineAt = (text: string, offset: number) =>
  1 + [...text.matchAll(/\r\n?|\n/g)].filter(({ 0: end, index }) => index + end.length <= offset).length;

describe("lines", () => {
  test.each([{}, { lower: true }, { unit: "byte" }, { unit: "word" }])(
    "the joined tokens are the text, and each belongs to the line in which it starts: %j",
    async (values) => {
      const score = scorer(values);
      await fc.assert(
        fc.asyncProperty(someText, async (text) => {
          const scored = await score(text);
          const bytes = "unit" in values && values.unit === "byte";
          const whole = bytes ? String.fromCharCode(...encode(text)) : text;
          const cased =
            "lower" in values ? tokenize({ unit: "char", lower: true, newline: "keep" }, text).join("") : text;
          expect(tokensOf(scored).flat().join("")).toBe(bytes ? whole : cased);
          expect(scored.lines.map(({ line }) => line)).toEqual(scored.lines.map((_, i) => i + 1));
          let offset = 0;
          for (const { line, tokens } of scored.lines) {
            for (const { token } of tokens) {
              expect(line).toBe(lineAt(bytes || "lower" in values ? tokensOf(scored).flat().join("") : text, offset));
              offset += token.length;
            }
          }
          if (!("unit" in values) || bytes) {
            const last = text === "" || /[\r\n]$/.test(text) ? 0 : 1;
            expect(scored.lines.length).toBe(text.split(/\r\n?|\n/).length - 1 + last);
          }
        }),
        repeated,
      );
    },
  );

  test.each([
    { newline: "strip" },
    { newline: "eos" },
    { unit: "word", newline: "strip" },
    { unit: "word", newline: "eos" },
  ])("if newlines are not tokens, each line is tokenized by itself, with <eos> at its end: %j", async (values) => {
    const score = scorer(values);
    await fc.assert(
      fc.asyncProperty(someText, async (text) => {
        const scored = await score(text);
        const end = values.newline === "eos" ? END_OF_LINE : "";
        const parts = text.split("\n");
        const last = parts.pop()!;
        const wanted = parts.map((part) => part + end);
        if (last !== "") wanted.push(last);
        expect(tokensOf(scored).map((tokens) => tokens.join(""))).toEqual(wanted);
        expect(scored.lines.map(({ line }) => line)).toEqual(wanted.map((_, i) => i + 1));
      }),
      repeated,
    );
  });

  test("a newline belongs to the line it ends, empty lines count, and the last line may lack one", async () => {
    const score = scorer();
    expect(tokensOf(await score("ab\n\nc"))).toEqual([["a", "b", "\n"], ["\n"], ["c"]]);
    expect(tokensOf(await score("ab\n"))).toEqual([["a", "b", "\n"]]);
    expect(tokensOf(await score("\n"))).toEqual([["\n"]]);
    expect(tokensOf(await score(""))).toEqual([]);
    const words = scorer({ unit: "word" });
    // The token "\n\n" starts in line 1, so line 2 is empty.
    expect(tokensOf(await words("a\n\n\nb"))).toEqual([["a", "\n\n"], [], ["\n"], ["b"]]);
  });

  test("a byte order mark is dropped, but with the unit byte its bytes are tokens", async () => {
    expect(tokensOf(await scorer()("\ufeffdie"))).toEqual([["d", "i", "e"]]);
    expect(tokensOf(await scorer({ unit: "byte" })("\ufeffd"))).toEqual([["\xef", "\xbb", "\xbf", "d"]]);
  });

  test("a dropped byte order mark gives a notice, as in training", async () => {
    const notices: string[] = [];
    const stored = randomModel(vocabularyOf(TEXT), { embedding: 2, hidden: 3 });
    const notice = (text: string) => notices.push(text);
    const said = (text: string) => surprisal(openModel(stored), stored, encode(text), "my.txt", notice);
    await said("\ufeffdie\rda\r");
    await said("die\n");
    expect(notices).toEqual(["my.txt: the byte order mark at its start was dropped."]);
  });

  test("invalid UTF-8 is refused with the name of the text; the unit byte accepts it", async () => {
    const bytes = Uint8Array.of(0x61, 0x0a, 0xff);
    expect(await messageOf(() => scorer()(bytes))).toMatch(
      /my\.txt is not valid UTF-8: the byte at offset 2 \(line 2\)/,
    );
    expect(await messageOf(() => scorer()(Uint8Array.of(0x61, 0xe2, 0x82)))).toMatch(/offset 1/);
    expect(tokensOf(await scorer({ unit: "byte" })(bytes))).toEqual([["a", "\n"], ["\xff"]]);
  });
});

describe("sums", () => {
  test.each([
    {},
    { lower: true },
    { newline: "strip" },
    { newline: "eos" },
    { unit: "byte" },
    { unit: "word" },
    { unit: "word", newline: "strip" },
  ])("lines are the sums of their tokens, and the total is the sum of all, each once: %j", async (values) => {
    const score = scorer(values);
    await fc.assert(
      fc.asyncProperty(someText, async (text) => {
        const scored = await score(text);
        const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);
        for (const line of scored.lines) {
          expect(line.nats).toBe(sum(line.tokens.flatMap(({ nats }) => nats ?? [])));
        }
        const all = scored.lines.flatMap((line) => line.tokens);
        // Summed in reading order, the tokens give the total to the bit.
        expect(sum(all.flatMap(({ nats }) => nats ?? []))).toBe(scored.nats);
        expect(sum(scored.lines.map((line) => line.nats))).toBeCloseTo(scored.nats, 9);
        expect(all.filter(({ nats }) => nats !== undefined).length).toBe(scored.tokens);
        expect(sum(scored.lines.map((line) => line.characters))).toBe(scored.characters);
        expect(sum(scored.lines.map((line) => line.bytes))).toBe(scored.bytes);
        const stripped = "newline" in values && values.newline === "strip";
        expect(all.length - scored.tokens).toBe(stripped && all.length > 0 ? 1 : 0); // only the first is unscored
        if (stripped) expect(all[0]?.nats).toBeUndefined();
        if (stripped || "lower" in values) return;
        expect(scored.characters).toBe([...text].length);
        expect(scored.bytes).toBe(encode(text).length);
      }),
      repeated,
    );
  });

  test("an unknown character is scored as <unk> and marked", async () => {
    const scored = await scorer()("dXe");
    const tokens = scored.lines[0]!.tokens;
    expect(tokens.map(({ unknown }) => unknown)).toEqual([false, true, false]);
    expect(tokens.every(({ nats }) => nats! > 0)).toBe(true);
    const other = await scorer()("dYe");
    expect(other.nats).toBe(scored.nats);
    expect(scored).toMatchObject({ tokens: 3, characters: 3, bytes: 3 });
  });

  test("they agree with a session that is fed the same tokens one by one", async () => {
    for (const cell of ["rnn", "gru", "lstm", "qrnn"]) {
      const about = vocabularyOf(TEXT, { lineEnds: "keep" });
      const stored = randomModel(about, { cell, layers: 2, cellSettings: { qrnnWindow: 2 } });
      const scored = await surprisal(openModel(stored), stored, encode(TEXT), "my.txt");
      const session = new Session(openModel(stored), stored);
      session.begin();
      for (const { token, nats } of scored.lines.flatMap((line) => line.tokens)) {
        const id = stored.vocab.stoi.get(token)!;
        // The kernel's logarithm has single precision, the session's double.
        expect(Math.abs(nats! + session.distribution()[id]!)).toBeLessThan(2e-6 * (1 + nats!));
        session.feed(token);
      }
    }
  });
});
