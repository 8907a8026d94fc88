// The parts of a page of show: values as bytes, tokens as they are seen, the beginning of a text.

import { describe, expect, test } from "vitest";
import type { InnerSeries } from "../../../src/evaluation/inside/inside.js";
import { readHead } from "../../../src/node/show/head.js";
import { shownToken, shownTokens, textOfToken } from "../../../src/node/show/tokens.js";
import { keepValues, MOST_VALUES } from "../../../src/node/show/values.js";
import type { ShownSeries } from "../../../src/page/shown.js";
import { createField } from "../../../src/text/encoding/field.js";
import { bytesAsText } from "../../../src/text/reading/utf8.js";
import { newDraw } from "../../conformance/draw.js";

/** What the page makes of a series: unit `place` at token i. */
function toldValue({ range, halves, bytes }: ShownSeries, tokens: number, place: number, i: number): number {
  const byte = Buffer.from(bytes, "base64")[place * tokens + i]!;
  return (range === "share" ? 0.5 : 0) + (halves[place]! * (byte - 127)) / 127;
}

const series = (tokens: number, hidden: number, range: "share" | "signed", layer = 0): InnerSeries => ({
  layer,
  name: range === "share" ? "z" : "h",
  label: "",
  range,
  values: Float32Array.from(
    newDraw(layer + tokens).between(tokens * hidden, range === "share" ? 0 : -3, range === "share" ? 1 : 3),
  ),
});

describe("values", () => {
  test("are told to half a step of the 127 on each side of their middle", () => {
    const tokens = 50;
    const hidden = 7;
    const given = [series(tokens, hidden, "signed"), series(tokens, hidden, "share")];
    given[0]!.values.fill(0, 0, 1);
    for (let i = 0; i < tokens; i++) given[0]!.values[i * hidden + 4] = 0; // a unit that never moves
    const kept = keepValues(given, hidden, []);
    expect(kept.kept).toBe(hidden);
    for (const [s, shown] of kept.series.entries()) {
      expect(shown.units).toEqual([0, 1, 2, 3, 4, 5, 6]);
      for (let unit = 0; unit < hidden; unit++) {
        const half = shown.halves[unit]!;
        for (let i = 0; i < tokens; i++) {
          const error = Math.abs(toldValue(shown, tokens, unit, i) - given[s]!.values[i * hidden + unit]!);
          expect(error).toBeLessThanOrEqual(half / 254 + 1e-5);
        }
      }
    }
    expect(toldValue(kept.series[0]!, tokens, 4, 3)).toBe(0);
    expect(toldValue(kept.series[0]!, tokens, 0, 0)).toBe(0); // zero is told exactly
  });

  test("of more units than fit, the correlated ones are kept, then those whose state varies most", () => {
    const tokens = 1000;
    const hidden = 4096;
    const values = new Float32Array(tokens * hidden);
    for (let i = 0; i < tokens; i++) for (let j = 0; j < hidden; j++) values[i * hidden + j] = (i % 2) * (hidden - j);
    const one: InnerSeries = { layer: 0, name: "h", label: "", range: "signed", values };
    const find = { feature: "a vowel", series: 0, unit: 4000, first: 0.5, second: 0.5 };
    const {
      series: [shown],
      finds,
      kept,
    } = keepValues([one], hidden, [find]);
    const room = Math.floor(MOST_VALUES / tokens);
    expect(kept).toBe(room);
    expect(shown!.units).toEqual([...Array.from({ length: room - 1 }, (_, j) => j), 4000]);
    expect(finds).toEqual([{ ...find, unit: undefined, position: room - 1 }].map(({ unit: _, ...each }) => each));
    expect(Buffer.from(shown!.bytes, "base64").length).toBe(room * tokens);
  });
});

describe("tokens", () => {
  const byte = createField({ unit: "byte" });
  test("bytes are the characters that they make, and what makes none is told by its number", () => {
    const bytes = Uint8Array.of(...new TextEncoder().encode("aé😀"), 0xff, 0xe2, 0x82, 0x41);
    const shown = shownTokens(byte, [...bytesAsText(bytes)]);
    expect(shown).toEqual(["a", "é", "‧", "😀", "‧", "‧", "‧", "\\xff", "\\xe2", "\\x82", "A"]);
  });

  test("a line's end and a document's are seen as such, and count as text", () => {
    const lines = createField({ newline: "eos" });
    expect([shownToken(lines, "<eos>"), textOfToken(lines, "<eos>")]).toEqual(["\n", "\n"]);
    const documents = createField({ documents: "line" });
    expect([shownToken(documents, "<end>"), textOfToken(documents, "<end>")]).toEqual(["∎\n", "\n"]);
    expect(shownTokens(createField({ unit: "word" }), [" the", "\n"])).toEqual([" the", "\n"]);
  });
});

describe("the beginning of a text", () => {
  const text = "aé😀b".repeat(3);
  const bytes = new TextEncoder().encode(text);
  const inputs = (size: number) => [
    {
      name: "t",
      bytes: Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.slice(i * size, (i + 1) * size)),
    },
  ];

  test("ends where a character does, however it comes", async () => {
    for (let most = 1; most < bytes.length; most++) {
      for (const size of [1, 3, 100]) {
        const head = await readHead(inputs(size), most);
        expect(head.whole).toBe(false);
        const read = new TextDecoder("utf-8", { fatal: true }).decode(head.bytes);
        expect(text.startsWith(read)).toBe(true);
        const next = String.fromCodePoint(text.codePointAt(read.length)!);
        expect(head.bytes.length + Buffer.byteLength(next)).toBeGreaterThan(most); // no more would fit
      }
    }
  });

  test("is the whole text where that is no longer", async () => {
    const head = await readHead(inputs(3), bytes.length);
    expect({ whole: head.whole, bytes: [...head.bytes] }).toEqual({ whole: true, bytes: [...bytes] });
  });
});
