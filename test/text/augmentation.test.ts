// Augmented streams compared with literal definitions of them, at each offset of each epoch and for reads of any size.

import { describe, expect, test } from "vitest";
import { MemoryStore, sourceIn } from "../../src/text/storage/store.js";
import { sourceOf, type TokenSource } from "../../src/text/storage/tokens.js";
import { findDocuments, reordered } from "../../src/text/windows/document-order.js";
import {
  type InsertionOptions,
  inserted,
  insertedLength,
  insertionOffset,
  sliceBegin,
} from "../../src/text/windows/insertion.js";
import { type LaneReader, trainingLanes, type Window } from "../../src/text/windows/lanes.js";
import { shifted, shiftOf } from "../../src/text/windows/shift.js";
import { fc, repeats } from "../helpers/random.js";

/** Tokens 1, 2, 3 …: each is its offset + 1. */
const counting = (length: number) => Int32Array.from({ length }, (_, i) => i + 1);
const all = async (source: TokenSource, epoch: number) => [...(await source.read(0, source.length, epoch))];

/** The whole stream, read in order in short pieces, equals one read. */
async function expectCuts(source: TokenSource, epoch: number, piece: number, whole: readonly number[]): Promise<void> {
  const reader = source.cursor?.(1) ?? source;
  const found: number[] = [];
  for (let at = 0; at < source.length; at += piece) {
    found.push(...(await reader.read(at, Math.min(at + piece, source.length), epoch)));
  }
  expect(found).toEqual(whole);
}

/** Documents of 0 to 5 tokens between ends, some tokens before the first and after the last. */
const END = 0;
const texts = fc.record({
  head: fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 4 }),
  documents: fc.array(fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 5 }), { maxLength: 200 }),
  tail: fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 4 }),
});
const places = fc.record({ seed: fc.nat(), epoch: fc.nat(1000), piece: fc.integer({ min: 1, max: 40 }) });

describe("a rotated stream", () => {
  test("is the text rotated by another amount in every epoch", async () => {
    const sizes = fc.integer({ min: 1, max: 300 });
    const property = fc.asyncProperty(sizes, places, async (length, { seed, epoch, piece }) => {
      const ids = counting(length);
      const source = shifted(sourceOf(ids), seed);
      const by = shiftOf(seed, epoch, length);
      const wanted = [...ids.slice(by), ...ids.slice(0, by)];
      expect(source.length).toBe(length);
      expect(await all(source, epoch)).toEqual(wanted);
      await expectCuts(source, epoch, piece, wanted);
    });
    await fc.assert(property, { numRuns: repeats(200) });
    const shifts = Array.from({ length: 50 }, (_, epoch) => shiftOf(3, epoch, 1000));
    expect(new Set(shifts).size).toBeGreaterThan(40);
    expect(Math.min(...shifts)).toBeLessThan(100);
    expect(Math.max(...shifts)).toBeGreaterThan(900);
  });
});

describe("inserted rows", () => {
  /** The definition: of each block the tokens before the insertion, the slice, and the tokens after it. */
  function literal(ids: Int32Array, o: InsertionOptions, epoch: number): number[] {
    const row: number[] = [];
    let at = 0;
    for (let i = 0; (i + 1) * o.every <= ids.length; i++) {
      const place = insertionOffset(o, i, epoch);
      expect(place).toBeGreaterThanOrEqual(i * o.every);
      expect(place).toBeLessThan((i + 1) * o.every);
      const begin = sliceBegin(o, i, epoch, ids.length);
      row.push(...ids.slice(at, place), ...ids.slice(begin, begin + o.length));
      at = place;
    }
    return [...row, ...ids.slice(at)];
  }
  const sizes = fc.record({
    tokens: fc.integer({ min: 30, max: 300 }),
    every: fc.integer({ min: 1, max: 80 }),
    length: fc.integer({ min: 1, max: 30 }),
  });

  test("are one slice per block, and the rest of the stream is the text", async () => {
    const property = fc.asyncProperty(sizes, places, async ({ tokens, ...o }, { seed, epoch, piece }) => {
      const ids = counting(tokens);
      const source = inserted(sourceOf(ids), { ...o, seed });
      const wanted = literal(ids, { ...o, seed }, epoch);
      expect(source.length).toBe(wanted.length);
      expect(insertedLength(tokens, o)).toBe(wanted.length);
      expect(await all(source, epoch)).toEqual(wanted);
      await expectCuts(source, epoch, piece, wanted);
    });
    await fc.assert(property, { numRuns: repeats(300) });
  });

  test("come from anywhere outside the block that they are inserted into, and differ between epochs", () => {
    const o = { every: 20, length: 7, seed: 5 };
    const tokens = 60;
    const begins = Array.from({ length: 4000 }, (_, epoch) => sliceBegin(o, 1, epoch, tokens));
    const wanted = Array.from({ length: tokens - 6 }, (_, i) => i).filter((at) => at + 7 <= 20 || at >= 40);
    expect([...new Set(begins)].sort((a, b) => a - b)).toEqual(wanted);
    for (const at of wanted) {
      const share = begins.filter((each) => each === at).length / begins.length;
      expect(Math.abs(share * wanted.length - 1), `slices from ${at}`).toBeLessThan(0.4); // about 4 deviations
    }
    const where = Array.from({ length: 2000 }, (_, epoch) => insertionOffset(o, 1, epoch));
    expect(new Set(where).size).toBe(20);
    // no offset outside the block: any offset
    expect(sliceBegin({ ...o, every: 60 }, 0, 3, tokens)).toBeLessThan(tokens - 6);
  });

  test("with documents, come from another document than the one that they are inserted into", async () => {
    const ids = Int32Array.from([END, ...[9, 4, 1, 6, 12, 3].flatMap((n, d) => [...new Array(n).fill(d + 1), END])]);
    const found = await findDocuments(sourceOf(ids), END);
    const o = { every: 5, length: 3, seed: 1, documents: () => found };
    for (let epoch = 0; epoch < 300; epoch++) {
      for (let i = 0; i < Math.floor(ids.length / o.every); i++) {
        const own = found.at(insertionOffset(o, i, epoch));
        const begin = sliceBegin(o, i, epoch, ids.length, found);
        expect(begin + o.length <= own.from || begin >= own.to).toBe(true);
      }
    }
    const with_ = inserted(sourceOf(ids), o);
    const without = inserted(sourceOf(ids), { ...o, documents: undefined! });
    expect(await all(with_, 2)).not.toEqual(await all(without, 2));
  });

  test("a slice longer than the text is refused", () => {
    expect(() => inserted(sourceOf(counting(10)), { every: 5, length: 11, seed: 1 })).toThrow(
      "insertLength wants at most the 10 tokens of the training part; got 11.",
    );
  });
});

describe("shuffled documents", () => {
  /** The document ranges of ids, by a plain search. */
  function cutUp(ids: readonly number[]): { head: number[]; documents: number[][]; tail: number[] } {
    const rows: number[][] = [[]];
    for (const id of ids) {
      rows.at(-1)!.push(id);
      if (id === END) rows.push([]);
    }
    const tail = rows.pop()!;
    return { head: rows.shift() ?? [], documents: rows, tail };
  }
  const idsOf = ({ head, documents, tail }: { head: number[]; documents: number[][]; tail: number[] }) =>
    Int32Array.from([...head, END, ...documents.flatMap((d) => [...d, END]), ...tail]);

  test("are each there once, whole, in a random order; tokens outside documents keep their offsets", async () => {
    const property = fc.asyncProperty(texts, places, async (text, { seed, epoch, piece }) => {
      const ids = idsOf(text);
      const source = reordered(sourceOf(ids), { end: END, seed });
      const found = await all(source, epoch);
      const now = cutUp(found);
      const was = cutUp([...ids]);
      const sorted = (rows: number[][]) => rows.map(String).sort();
      expect([now.head, now.tail]).toEqual([was.head, was.tail]);
      expect(sorted(now.documents)).toEqual(sorted(was.documents));
      await expectCuts(source, epoch, piece, found);
      const documents = await source.documents(epoch);
      let at = 0;
      for (const part of [now.head, ...now.documents, now.tail]) {
        for (let i = 0; i < part.length; i++) expect(documents.at(at + i)).toEqual({ from: at, to: at + part.length });
        at += part.length;
      }
    });
    await fc.assert(property, { numRuns: repeats(100) });
  });

  test("the order differs between epochs, and all orders of a few documents occur", async () => {
    const ids = idsOf({ head: [], documents: [[1], [2], [3]], tail: [] });
    const source = reordered(sourceOf(ids), { end: END, seed: 4 });
    const orders = new Set<string>();
    for (let epoch = 0; epoch < 200; epoch++) orders.add(String(await all(source, epoch)));
    expect(orders.size).toBe(6);
  });

  test("document ranges equal those of a plain search; a text without <end> is unchanged", async () => {
    const lengths = Array.from({ length: 500 }, (_, i) => (i % 97 === 0 ? 70_000 : i % 11 === 0 ? 400 : i % 7));
    const ids = new Int32Array(1 + lengths.reduce((sum, n) => sum + n + 1, 0)).fill(5);
    ids[0] = END;
    const begins = [1];
    for (const n of lengths) {
      ids[begins.at(-1)! + n] = END;
      begins.push(begins.at(-1)! + n + 1);
    }
    const found = await findDocuments(sourceOf(ids), END);
    expect(Array.from({ length: found.count + 1 }, (_, i) => found.begin(i))).toEqual(begins);
    for (const [i, from] of begins.slice(0, -1).entries()) {
      for (const place of [from, begins[i + 1]! - 1]) expect(found.at(place)).toEqual({ from, to: begins[i + 1] });
    }
    expect(await all(reordered(sourceOf(counting(9)), { end: END, seed: 1 }), 3)).toEqual([...counting(9)]);
  });
});

test("combined over asynchronous sources, with any read-ahead, they give the same stream as in memory", async () => {
  const LENGTH = 4000;
  const memory = new MemoryStore();
  memory.append(Uint8Array.from({ length: LENGTH }, (_, i) => (i % 37 === 0 ? 0 : 1 + ((i * i) % 250))));
  const table = Int32Array.from({ length: 256 }, (_, i) => i);
  // biome-ignore format: one line
  const afar = (ahead: number) => ({ length: LENGTH, ahead, append() {}, read: async (from: number, to: number) => memory.read(from, to) });
  const stack = (source: TokenSource, order: boolean): LaneReader => {
    const ordered = order ? reordered(source, { end: 0, seed: 7 }) : undefined;
    const documents = ordered?.documents;
    const rows = inserted(ordered ?? source, { every: 64, length: 9, seed: 7, ...(documents && { documents }) });
    return trainingLanes(shifted(rows, 7), 3);
  };
  const windows = async (reader: LaneReader, steps: number) => {
    const found: Window[] = [];
    for (const epoch of [0, 1, 2]) {
      for (let at = 0; at < reader.positions; at += steps)
        found.push(await reader.window(at, Math.min(steps, reader.positions - at), epoch));
    }
    return found;
  };
  for (const order of [false, true]) {
    const wanted = await windows(stack(sourceIn(memory, 0, LENGTH, table), order), 61);
    for (const ahead of [1, 50, 100_000]) {
      const found = await windows(stack(sourceIn(afar(ahead), 0, LENGTH, table), order), 61);
      expect(found).toEqual(wanted);
    }
    // Begun in the middle, it goes on as it went.
    const late = stack(sourceIn(memory, 0, LENGTH, table), order);
    expect(await late.window(61, 61, 1)).toEqual(wanted[wanted.length / 3 + 1]);
  }
});
