// The front in a page: what is trained and saved there opens in Node with the same bits, and the other way round.

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { load, small, text, train } from "../face/built.js";
import { complaintsOf, launch, noChromium, type Site, serve } from "../helpers/chromium.js";

const page = `<!doctype html><title>longhand</title><script type="module">
  import * as front from "/dist/browser.js";
  window.front = front;
  window.failure = (promise) => promise.then(() => "none", ({ code, message }) => [code, message]);
  window.ready = true;
</script>`;

const how = { length: 60, temperature: 0.8, seed: 3 };

describe.skipIf(noChromium !== undefined)("the front in a page", () => {
  let browser: Browser;
  let site: Site;
  let tab: Page;
  let complaints: string[];
  let bytes: Uint8Array;
  beforeAll(async () => {
    bytes = await (await train(text, { ...small, engine: "wasm-simd" }).model()).save();
    site = await serve({ files: { "/page.html": page, "/model.safetensors": bytes, "/text.txt": text } });
    browser = await launch();
    tab = await browser.newPage();
    tab.setDefaultTimeout(100_000);
    complaints = complaintsOf(tab);
    await tab.goto(`${site.origin}/page.html`);
    await tab.waitForFunction("window.ready");
    await tab.evaluate(`Object.assign(window, { text: ${JSON.stringify(text)}, how: ${JSON.stringify(how)} })`);
  });
  afterAll(async () => {
    expect(complaints ?? []).toEqual([]);
    await browser?.close();
    await site?.close();
  });

  it("trains the model that Node trains, from a string, a File and a URL; saves it; and Node opens it", async () => {
    const saved = await tab.evaluate<number[][]>(`(async () => {
      const settings = ${JSON.stringify({ ...small, engine: "wasm-simd" })};
      const sources = [text, new File([text], "my.txt"), new URL("/text.txt", location.href)];
      const models = await Promise.all(sources.map((source) => front.train(source, settings).model()));
      return Promise.all(models.map(async (model) => [...(await model.save())]));
    })()`);
    for (const each of saved) expect(Uint8Array.from(each)).toEqual(bytes);
    const opened = await load(Uint8Array.from(saved[0]!), { engine: "wasm-simd" });
    const here = await opened.generate("To be", how);
    const there = await tab.evaluate(
      `front.load("/model.safetensors", { engine: "wasm-simd" }).then((model) => model.generate("To be", how))`,
    );
    expect(there).toBe(here);
  });

  it("a session saved in the page continues in Node with the same tokens", async () => {
    const [saved, drawn] = await tab.evaluate<[number[], unknown[]]>(`(async () => {
      const model = await front.load("/model.safetensors", { engine: "wasm-simd" });
      const session = model.session();
      session.feed("Whether ");
      session.draw(how.seed ? { seed: 3 } : {});
      const saved = [...session.save()];
      return [saved, Array.from({ length: 12 }, () => session.draw({ seed: 3 }))];
    })()`);
    const session = (await load(bytes, { engine: "wasm-simd" })).session(Uint8Array.from(saved));
    expect(Array.from({ length: 12 }, () => session.draw({ seed: 3 }))).toEqual(drawn);
  });

  it("generating gives control back: the page is painted meanwhile, and a signal ends it", async () => {
    const [frames, reason] = await tab.evaluate<[number, string]>(`(async () => {
      const model = await front.load("/model.safetensors");
      let frames = 0;
      const count = () => { frames += 1; requestAnimationFrame(count); };
      requestAnimationFrame(count);
      const control = new AbortController();
      setTimeout(() => control.abort(new Error("enough")), 500);
      const reason = await model.generate("To be", { length: 1e9, signal: control.signal }).catch(String);
      return [frames, reason];
    })()`);
    expect(reason).toBe("Error: enough");
    expect(frames).toBeGreaterThan(1);
  });

  it("evaluates a text as Node does, and refuses what only Node has", async () => {
    const told = await tab.evaluate(`(async () => {
      const model = await front.load("/model.safetensors", { engine: "wasm-simd" });
      const { nats } = (await model.evaluate(text)).model;
      const calls = [() => model.evaluate(), () => front.train({ file: "my.txt" }).model()];
      const failures = await Promise.all(calls.map((call) => failure((async () => call())())));
      failures.push(await failure((async () => front.train(text, { out: "runs/my" }))()));
      return { nats, failures };
    })()`);
    const here = await load(bytes, { engine: "wasm-simd" });
    expect(told).toEqual({
      nats: (await here.evaluate(text, { withoutBaseline: true })).model.nats,
      failures: [
        ["usage", expect.stringContaining("evaluate needs a text")],
        ["usage", expect.stringContaining("{ file } names files of this machine")],
        ["usage", 'train has no option "out".'],
      ],
    });
  });
});
