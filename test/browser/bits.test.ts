// One file of weights, one recipe, one module of WebAssembly: in Node and in Chromium they give the same bits.
//
// A function that is to run in both is handed to the page as text, so it names nothing but its parameters and what
// every runtime has.

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as door from "../../src/advanced.js";
import { checksumSafetensors } from "../../src/checkpoint/checksum.js";
import { allowRelaxedSimd } from "../../src/node/engine/relaxed-simd.js";
import { nodeHash } from "../../src/node/system/hash.js";
import { complaintsOf, launch, noChromium, type Site, serve } from "../helpers/chromium.js";

type Door = typeof door;
type Level = "wasm-simd" | "wasm";
type Job = { readonly cell: string; readonly engine: Level };

// Written out, not drawn: the test needs a text with some rhythm, no more. Names in it are one to three bytes long.
const text = Array.from(
  { length: 300 },
  (_, i) => `${["the cat", "a dög", "Zoé", "the 猫"][i % 4]} ${["sat", "lay", "ran"][(i * i) % 3]} on mat ${i % 7}.\n`,
).join("");

/**
 * Fifty windows, with dropout, validation and samples: everything told but wall time, and what the trainer is at the
 * end.
 */
async function train(door: Door, text: string, { cell, engine }: Job) {
  const sha256 = async (data: BufferSource): Promise<string> =>
    Array.from(new Uint8Array(await crypto.subtle.digest("SHA-256", data)), (b) =>
      b.toString(16).padStart(2, "0"),
    ).join("");
  const settings = { cell, layers: 2, hidden: 24, embedding: 12, dropout: 0.2, batch: 6, bptt: 16, steps: 50 };
  const bytes = [new TextEncoder().encode(text)];
  const corpus = await door.readCorpus([{ name: "text", bytes }], { field: door.createField() });
  const chosen = door.chooseEngine(engine).engine;
  const { trainer } = door.prepare(
    corpus,
    { ...settings, validateEvery: 25, sampleLength: 60 },
    { engine: chosen, cell: undefined },
  );
  const told: object[] = [];
  for await (const event of trainer.events()) told.push({ ...event, clock: undefined });
  const { weights, optimizer, carried, ...rest } = trainer.state();
  const sums: string[] = [];
  for (const array of [weights, ...optimizer, ...carried.arrays.map(({ data }) => data)]) {
    sums.push(await sha256(array as BufferSource));
  }
  return JSON.parse(JSON.stringify({ level: chosen.level, told, rest, sums }));
}

/** What a stored model writes and thinks. */
function speak(door: Door, stored: door.StoredModel) {
  const session = door.createSession(stored, door.chooseEngine("wasm-simd").engine);
  session.feed("the cat ");
  const sampled = { length: 200, seed: 7, temperature: 0.8, topP: 0.95 };
  return {
    distribution: [...session.distribution()],
    greedy: door.write(session.branch(), { length: 200, greedy: true }),
    pieces: [...door.writePieces(session.branch(), sampled)],
    sampled: door.write(session.branch(), sampled),
    unprompted: door.write(door.createSession(stored, door.chooseEngine("wasm-simd").engine), {
      ...sampled,
      sample: 3,
    }),
  };
}

const worker = `import * as door from "/dist/advanced-browser.js";
const train = ${train};
onmessage = async ({ data }) => postMessage(await train(door, data.text, data.job));`;

async function trainInWorker({ text, job }: { text: string; job: Job }) {
  const own = new Worker("/worker.js", { type: "module" });
  const answer = await new Promise<Awaited<ReturnType<typeof train>>>((resolve, reject) => {
    own.onmessage = ({ data }) => resolve(data);
    own.onerror = (event) => reject(new Error(event.message));
    own.postMessage({ text, job });
  });
  own.terminate();
  return answer;
}

/** A model trained here for a while, as the bytes of its file. */
async function trainedModel(): Promise<{ stored: door.StoredModel; bytes: Uint8Array }> {
  const input = { name: "text", bytes: [new TextEncoder().encode(text)] };
  const corpus = await door.readCorpus([input], { field: door.createField() });
  const settings = { hidden: 32, embedding: 16, batch: 8, bptt: 16, steps: 200, lr: 0.01, sampleLength: 0 };
  const prepared = door.prepare(corpus, settings, { engine: door.chooseEngine("wasm-simd").engine });
  for await (const _ of prepared.trainer.events());
  const stored = prepared.stored();
  const { tensors, metadata } = door.modelTensors(stored);
  return { stored, bytes: Buffer.concat(await checksumSafetensors(tensors, metadata, nodeHash)) };
}

describe("the same in a page as in Node", () => {
  let browser: Browser;
  let site: Site;
  let tab: Page;
  let complaints: string[];
  let stored: door.StoredModel;
  beforeAll(async () => {
    if (noChromium !== undefined) return;
    allowRelaxedSimd();
    const model = await trainedModel();
    stored = model.stored;
    const page = "<!doctype html><title>longhand</title>";
    site = await serve({ files: { "/page.html": page, "/worker.js": worker, "/model.safetensors": model.bytes } });
    browser = await launch();
    tab = await browser.newPage();
    tab.setDefaultTimeout(100_000); // a machine may be busy with other things
    complaints = complaintsOf(tab);
    await tab.goto(`${site.origin}/page.html`);
  });
  afterAll(async () => {
    await browser?.close();
    await site?.close();
  });

  /** Evaluates in the page; what it complains of is a failure. */
  async function inPage<T, A>(run: string | ((argument: A) => T | Promise<T>), argument?: A): Promise<T> {
    const answer = await (typeof run === "string" ? tab.evaluate<T>(run) : tab.evaluate(run as never, argument));
    expect(complaints).toEqual([]);
    return answer as T;
  }

  it(
    "a model trained in Node has the same distribution in a page, " + "and writes the same text, greedy and drawn",
    async (context) => {
      if (noChromium !== undefined) return context.skip(noChromium);
      const there = await inPage<ReturnType<typeof speak>, never>(
        `import("/dist/advanced-browser.js").then(async (door) => ` +
          `(${speak})(door, await door.loadModel("/model.safetensors")))`,
      );
      const here = speak(door, stored);
      expect(there).toEqual(here);
      expect([...here.greedy].length).toBe(200);
      expect(new Set([here.greedy, here.sampled, here.unprompted]).size).toBe(3);
    },
  );

  it.for(["rnn", "gru", "lstm", "qrnn"])(
    "fifty windows of %s in a worker have Node's losses, weights, moments and carried state",
    async (cell, context) => {
      if (noChromium !== undefined) return context.skip(noChromium);
      const job: Job = { cell, engine: "wasm-simd" };
      const here = await train(door, text, job);
      const kinds = here.told.map((event: { kind: string }) => event.kind);
      expect(kinds.filter((kind: string) => kind === "window").length).toBe(50);
      expect(kinds).toEqual(expect.arrayContaining(["validation", "sample", "end"]));
      expect(here.sums.length).toBeGreaterThan(4);
      expect(await inPage(trainInWorker, { text, job })).toEqual(here);
    },
  );

  it("so they do with relaxed SIMD on one processor, where both runtimes have it", async (context) => {
    if (noChromium !== undefined) return context.skip(noChromium);
    const job: Job = { cell: "gru", engine: "wasm" };
    const here = await train(door, text, job);
    const there = await inPage(trainInWorker, { text, job });
    console.log(`level "wasm" is ${here.level} in Node and ${there.level} in Chromium`);
    if (here.level === there.level) expect(there).toEqual(here);
  });
});
