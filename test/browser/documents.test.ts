// Documents in a page: the same model file writes the same documents there as here, each to its <end>; and a training
// on documents has the losses that it has in Node.

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as door from "../../src/advanced.js";
import type * as browserDoor from "../../src/advanced-browser.js";
import { checksumSafetensors } from "../../src/checkpoint/checksum.js";
import { nodeHash } from "../../src/node/system/hash.js";
import { launch, noChromium, type Site, serve } from "../helpers/chromium.js";

type Door = typeof browserDoor;

// biome-ignore format: one line
const text = ["ana", "zoé", "猫", "hanna", "mo"].map((name) => `${name}\n`).join("").repeat(40);
const field = door.createField({ documents: "line" });
const sizes = { hidden: 8, embedding: 4 };
const steps = { ...sizes, steps: 12, validateEvery: 6, sampleLength: 0, lr: 0.02 };
const draws = { count: 6, length: 300, seed: 3 };

const corpusHere = () => door.readCorpus([{ name: "t", bytes: [new TextEncoder().encode(text)] }], { field });
const engine = door.chooseEngine("wasm-simd").engine;

async function modelFile(): Promise<Uint8Array> {
  const { tensors, metadata } = door.modelTensors(door.prepare(await corpusHere(), sizes, { engine }).stored());
  return Buffer.concat(await checksumSafetensors(tensors, metadata, nodeHash));
}

describe("documents in a page", () => {
  let browser: Browser;
  let site: Site;
  let tab: Page;
  let bytes: Uint8Array;
  beforeAll(async () => {
    if (noChromium !== undefined) return;
    bytes = await modelFile();
    const page = `<!doctype html><title>longhand</title><script type="module">
      import * as door from "/dist/advanced-browser.js";
      window.door = door;
    </script>`;
    site = await serve({ files: { "/page.html": page, "/model.safetensors": bytes } });
    browser = await launch();
    tab = await browser.newPage();
    tab.setDefaultTimeout(100_000);
    await tab.goto(`${site.origin}/page.html`);
    await tab.waitForFunction("window.door");
  });
  afterAll(async () => {
    await browser?.close();
    await site?.close();
  });

  it("a model writes documents that end with <end>, those that it writes in Node", async (context) => {
    if (noChromium !== undefined) return context.skip(noChromium);
    const there = await tab.evaluate(async ({ count, length, seed }) => {
      const { browserEngine, loadModel, createSession, writePieces } = (globalThis as unknown as { door: Door }).door;
      const stored = await loadModel("/model.safetensors");
      const session = createSession(stored, browserEngine("wasm-simd").engine);
      return Array.from({ length: count }, () => {
        const pieces = [...writePieces(session, { length, seed })];
        const last = pieces.at(-1)?.tokens.at(-1)?.id;
        return { text: pieces.map((piece) => piece.text).join(""), ended: last === stored.vocab.endId };
      });
    }, draws);
    const stored = door.readModel(door.readSafetensors(bytes, "model"), "model");
    const session = door.createSession(stored, engine);
    for (const each of there) {
      expect(each.ended).toBe(true);
      expect(each.text).not.toMatch(/\n|<end>/);
      expect(each.text).toBe(door.write(session, { length: draws.length, seed: draws.seed }));
    }
    // the seed goes on from document to document
    expect(new Set(there.map((each) => each.text)).size).toBeGreaterThan(1);
  });

  it("a training has the losses that it has in Node", async (context) => {
    if (noChromium !== undefined) return context.skip(noChromium);
    const there = await tab.evaluate(
      async ([text, settings]) => {
        const { createTrainer, readText } = (globalThis as unknown as { door: Door }).door;
        const corpus = await readText(text, { documents: "line", validSplit: "end" });
        const { trainer } = createTrainer(corpus, { ...settings, engine: "wasm-simd" });
        const nats: number[] = [];
        for await (const event of trainer.events()) if ("nats" in event) nats.push(event.nats);
        return nats;
      },
      [text, steps] as const,
    );
    const { trainer } = door.prepare(await corpusHere(), steps, { engine });
    const here: number[] = [];
    for await (const event of trainer.events()) if ("nats" in event) here.push(event.nats);
    expect(there).toEqual(here);
    expect(here.length).toBeGreaterThan(12);
    expect(here.at(-1)!).toBeLessThan(here[0]!);
  });
});
