// 64 MiB of text, read from its token file by cursors that read 64 KiB ahead: the bits of memory, whatever the size of
// reads.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { nodeEngine, nodeFileSystem, prepare } from "../../src/advanced-node.js";
import { nodeHash } from "../../src/node/system/hash.js";
import { type Corpus, corpusOf, readCorpus, readInto } from "../../src/text/encoding/corpus.js";
import { createField } from "../../src/text/encoding/field.js";
import { createTokenFile, openTokenFile } from "../../src/training/run/token-file.js";

const folder = mkdtempSync(join(tmpdir(), "longhand-large-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const MIB = 1 << 20;
const SIZE = 64 * MIB;

/** Words by a congruential generator: a text that never repeats, of a few dozen characters, in pieces of any size. */
function* generated(piece: number): Generator<Uint8Array> {
  const words = [
    "owl ",
    "sees ",
    "naïve ",
    "the ",
    "and ",
    "a ",
    "stone.\n",
    "river, ",
    "Ölberg ",
    "42 ",
    "night ",
  ].map((word) => new TextEncoder().encode(word));
  const bytes = new Uint8Array(piece);
  let filled = 0;
  let seed = 12345;
  for (let total = 0; total < SIZE; ) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    const word = words[(seed >>> 8) % words.length]!;
    for (const byte of word) {
      bytes[filled++] = byte;
      if (filled < piece) continue;
      yield bytes;
      filled = 0;
    }
    total += word.length;
  }
  yield bytes.subarray(0, filled);
}

const field = createField({});
const options = { field, validFraction: 0.00002 };
const settings = {
  cell: "gru",
  hidden: 16,
  embedding: 8,
  batch: 16,
  bptt: 8,
  steps: 300,
  validateEvery: 150,
  sampleLength: 0,
};

async function trained(corpus: Corpus) {
  const { engine } = nodeEngine("auto");
  const prepared = prepare(corpus, settings, { engine, cell: undefined });
  const events: unknown[] = [];
  for await (const { kind, ...event } of prepared.trainer.events()) {
    if (kind === "window" || kind === "validation") events.push([kind, "nats" in event && event.nats]);
  }
  return { events, weights: prepared.stored().weights };
}

test("64 MiB trained from a file with 64 KiB, 1 MiB and 1 byte read ahead have the bits of memory", async () => {
  const memory = await readCorpus([{ name: "t", bytes: generated(MIB) }], options);
  const path = join(folder, "tokens.safetensors");
  const fs = nodeFileSystem();
  const writer = await createTokenFile(fs, path, nodeHash);
  await writer.seal("key", await readInto(writer, [{ name: "t", bytes: generated(65_536 + 7) }], options));

  const once = await trained(memory);
  expect(once.events.length).toBe(302);
  for (const readAhead of [65_536, MIB, 1]) {
    const file = (await openTokenFile(fs, path, nodeHash, "key", { inMemory: 0, readAhead }))!;
    const corpus = corpusOf(field, file.data, file.store);
    expect(corpus.vocab.itos).toEqual(memory.vocab.itos);
    expect([corpus.train.length, corpus.train.bytes]).toEqual([memory.train.length, memory.train.bytes]);
    expect(corpus.train.bytes).toBeGreaterThan(0.9999 * SIZE);
    expect(await trained(corpus)).toEqual(once);
    await file.close();
  }
  // Far into the text, too.
  const file = (await openTokenFile(fs, path, nodeHash, "key", { inMemory: 0 }))!;
  const far = corpusOf(field, file.data, file.store).train;
  for (const at of [far.length - 1000, 50 * MIB, 3]) {
    expect(await far.read(at, at + 1000)).toEqual(memory.train.read(at, at + 1000));
  }
  await file.close();
});
