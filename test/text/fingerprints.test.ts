import { describe, expect, test } from "vitest";
import { type ChunkSketch, chunkSketch, overlap } from "../../src/text/matching/fingerprints.js";
import { nietzsche, pieces } from "./helpers.js";

function sketch(bytes: Uint8Array, piece = Infinity, keep?: number): ChunkSketch {
  const made = chunkSketch(keep);
  for (const part of pieces(bytes, () => piece)) made.update(part);
  return made.finish();
}

const half = nietzsche.subarray(0, 300_000);
const rest = nietzsche.subarray(300_000);

describe("fingerprints", () => {
  const whole = sketch(nietzsche);

  test("the sketch does not depend on how the stream is divided into updates", () => {
    for (const piece of [1, 255, 4096, 70_000]) expect(sketch(nietzsche, piece)).toEqual(whole);
  });

  test("chunks have about 1.2 KiB, and their fingerprints are distinct whole numbers below 2^53, ascending", () => {
    expect(whole.complete).toBe(true);
    const average = nietzsche.length / whole.prints.length;
    expect(average > 900 && average < 1500).toBe(true);
    expect(whole.prints.every((print, i) => Number.isSafeInteger(print) && print > (whole.prints[i - 1] ?? -1))).toBe(
      true,
    );
  });

  test("the fingerprints of a text never change: they are compared with those saved long ago", () => {
    expect([whole.prints.length, whole.prints[0], whole.prints.at(-1)]).toEqual([488, 2783383958104, 8997177865788011]);
  });

  test("the overlap of a text with itself is 1, of its half with it 1, and of it with its half 1/2", () => {
    expect(overlap(whole, whole)).toBe(1);
    expect(overlap(whole, sketch(half))).toBeGreaterThan(0.99);
    expect(overlap(sketch(half), whole)).toBeCloseTo(0.5, 1);
    expect(overlap(sketch(half), sketch(rest))).toBeLessThan(0.02);
  });

  test("an insertion changes only the chunks around it", () => {
    const inserted = Uint8Array.from([...half, ...new TextEncoder().encode("A new sentence. "), ...rest]);
    expect(overlap(whole, sketch(inserted))).toBeGreaterThan(0.99);
  });

  test("a small sketch estimates the overlap that the complete one gives", () => {
    const small = sketch(nietzsche, 5000, 64);
    expect(small).toEqual({ prints: whole.prints.slice(0, 64), complete: false });
    expect(overlap(small, sketch(half, 5000, 64))).toBeGreaterThan(0.95); // all but its last chunk, which is incomplete
    expect(Math.abs((overlap(sketch(half, 5000, 64), small) ?? 0) - 0.5)).toBeLessThan(0.2);
    expect(sketch(nietzsche, 5000, whole.prints.length)).toEqual(whole);
    const last = whole.prints.length - 1;
    expect(sketch(nietzsche, 5000, last)).toEqual({ prints: whole.prints.slice(0, last), complete: false });
  });

  test("repeated chunks are kept once", () => {
    const zeros = sketch(new Uint8Array(40 * 4096), 1000, 4);
    expect(zeros.prints.length).toBeLessThanOrEqual(2);
    expect(zeros.complete).toBe(true);
  });

  test("the sketch up to an offset is that of the text up to there, except its last chunk", () => {
    const made = chunkSketch();
    for (const part of pieces(nietzsche, () => 10_000)) made.update(part);
    const part = made.finish(300_000);
    const alone = new Set(sketch(half).prints);
    expect(part.prints.every((print) => alone.has(print))).toBe(true);
    expect(part.prints.length).toBeGreaterThanOrEqual(alone.size - 1);
    expect(overlap(part, sketch(rest))).toBeLessThan(0.02);
  });

  test("an empty text has no chunks and no overlap", () => {
    expect(sketch(new Uint8Array(0))).toEqual({ prints: [], complete: true });
    expect(overlap(whole, sketch(new Uint8Array(0)))).toBeUndefined();
  });
});
