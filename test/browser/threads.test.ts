// Threads in Chromium: in a cross-origin isolated page a trainer shares its work with other workers and has the bits of
// one thread; in another page it goes on alone and says so.

import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type * as door from "../../src/advanced-browser.js";
import { complaintsOf, launch, noChromium, serve } from "../helpers/chromium.js";
import { someText } from "../helpers/cli.js";

/** Forty windows: what was told, and a sum of the weights' bits. */
async function train(it: typeof door, text: string, threads: number) {
  const corpus = await it.readText(text);
  const settings = {
    cell: "lstm" as const,
    layers: 2,
    dropout: 0.2,
    hidden: 40,
    batch: 8,
    bptt: 16,
    steps: 40,
    sampleLength: 0,
  };
  const notice = (text: string) => console.warn(text);
  const prepared = it.createTrainer(corpus, { ...settings, threads }, { notice });
  const told: unknown[] = [];
  for await (const event of prepared.trainer.events()) {
    told.push({ ...event, clock: undefined });
    // others come meanwhile
    if (event.kind === "window" && event.window < 9) await new Promise((go) => setTimeout(go, 50));
  }
  const bits = new Uint32Array(prepared.trainer.state().weights.buffer as ArrayBuffer);
  return JSON.stringify([told, bits.reduce((sum, word) => (Math.imul(sum, 31) + word) | 0, 0)]);
}

const worker = `import * as it from "/dist/advanced-browser.js";
const train = ${train};
const warned = [];
console.warn = (text) => warned.push(text);
onmessage = async ({ data: { text, threads } }) => postMessage({ found: await train(it, text, threads), warned });`;

const page = `<!doctype html><title>longhand</title><script type="module">
import * as it from "/dist/advanced-browser.js";
const train = ${train};
window.here = (text, threads) => train(it, text, threads);
window.ready = true;
</script>`;

/** A gru that breaks wherever it is not on the page's own thread. */
const own = `import { cells } from "/dist/advanced-browser.js";
const gru = cells.find(({ kind }) => kind === "gru");
export default {
  ...gru,
  kind: "mine",
  url: import.meta.url,
  step(c, t) {
    if (typeof document === "undefined") throw new RangeError("broke in a worker");
    gru.step(c, t);
  },
};`;

/** Trains until a worker has come and broken. */
const breaking = `Promise.all([import("/dist/advanced-browser.js"), import("/own.js")]).then(async (modules) => {
    const [it, { default: cell }] = modules;
  const sizes = { hidden: 40, batch: 8, bptt: 16, steps: 1e9 };
    const settings = { cell: "mine", ...sizes, sampleLength: 0, validateEvery: 1e9, threads: 2 };
  const { engine } = it.browserEngine();
  const corpus = await it.readText(${JSON.stringify(someText(200))});
  const { trainer } = it.prepare(corpus, settings, { engine, cell, threads: it.browserThreads()});
  for await (const _ of trainer.events());
}).catch(String)`;

interface Answer {
  readonly found: string;
  readonly warned: readonly string[];
}

/** In a worker of the page. */
async function trainInWorker({ text, threads }: { text: string; threads: number }): Promise<Answer> {
  const own = new Worker("/worker.js", { type: "module" });
  const answer = await new Promise<Answer>((resolve, reject) => {
    own.onmessage = ({ data }) => resolve(data);
    own.onerror = (event) => reject(new Error(event.message));
    own.postMessage({ text, threads });
  });
  own.terminate();
  return answer;
}

describe("threads in a browser", () => {
  let browser: Browser;
  beforeAll(async () => {
    if (noChromium === undefined) browser = await launch();
  });
  afterAll(() => browser?.close());

  async function open(isolated: boolean) {
    const site = await serve({ files: { "/page.html": page, "/worker.js": worker, "/own.js": own }, isolated });
    const tab = await browser.newPage();
    tab.setDefaultTimeout(100_000);
    const complaints = complaintsOf(tab);
    await tab.goto(`${site.origin}/page.html`);
    await tab.waitForFunction("window.ready");
    const close = async () => {
      expect(complaints).toEqual([]);
      await tab.close();
      await site.close();
    };
    return { tab, close };
  }

  it(
    "an isolated page's worker has the same bits on one, two and " + "three threads, and so has the page's own thread",
    async (ctx) => {
      ctx.skip(noChromium !== undefined, noChromium);
      const { tab, close } = await open(true);
      const text = someText(200);
      const one = await tab.evaluate(trainInWorker, { text, threads: 1 });
      expect(one.found).toContain('"kind":"end"');
      for (const threads of [2, 3]) expect(await tab.evaluate(trainInWorker, { text, threads })).toEqual(one);
      expect(await tab.evaluate(`window.here(${JSON.stringify(text)}, 2)`)).toBe(one.found);
      await close();
    },
  );

  it("workers do their part: one that throws ends the training with its error", async (ctx) => {
    ctx.skip(noChromium !== undefined, noChromium);
    const { tab, close } = await open(true);
    expect(await tab.evaluate(breaking)).toBe("RangeError: broke in a worker");
    await close();
  });

  it("a page that is not isolated computes on one thread, with a notice", async (ctx) => {
    ctx.skip(noChromium !== undefined, noChromium);
    const { tab, close } = await open(false);
    const { found, warned } = await tab.evaluate(trainInWorker, { text: someText(200), threads: 2 });
    expect(found).toContain('"kind":"end"');
    expect(warned).toEqual([
      expect.stringMatching(/^One thread computes: there is no memory here that threads could share/),
    ]);
    await close();
  });
});
