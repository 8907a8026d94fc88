// What the browser's door adds, tried in Chromium: where models and texts come from, what is said when they do not, and
// a trainer that hears its page.

import { createHash } from "node:crypto";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as door from "../../src/advanced.js";
import type * as browserDoor from "../../src/advanced-browser.js";
import { checksumSafetensors } from "../../src/checkpoint/checksum.js";
import { nodeHash } from "../../src/node/system/hash.js";
import { launch, noChromium, type Site, serve } from "../helpers/chromium.js";

type Door = typeof browserDoor;

const text = "Zoé and the 猫 sat on the mat.\n".repeat(40);

/** An untrained model's file. */
async function modelFile(): Promise<Uint8Array> {
  const input = { name: "text", bytes: [new TextEncoder().encode(text)] };
  const corpus = await door.readCorpus([input], { field: door.createField() });
  const engine = door.chooseEngine("wasm-simd").engine;
  const { tensors, metadata } = door.modelTensors(
    door.prepare(corpus, { hidden: 8, embedding: 4 }, { engine }).stored(),
  );
  return Buffer.concat(await checksumSafetensors(tensors, metadata, nodeHash));
}

const worker = `import { createTrainer, readText } from "/dist/advanced-browser.js";
let stopped = false;
onmessage = () => { stopped = true; };
const corpus = await readText(${JSON.stringify(text)});
const { trainer } = createTrainer(corpus, { hidden: 8, steps: ${2 ** 40}, validateEvery: ${2 ** 40}, sampleLength: 0 });
for await (const { kind } of trainer.events()) {
  if (kind === "start") postMessage("started");
  if (stopped) break;
}
postMessage("stopped");`;

describe("the browser's door", () => {
  let browser: Browser;
  let site: Site;
  let tab: Page;
  let bytes: Uint8Array;
  beforeAll(async () => {
    if (noChromium !== undefined) return;
    bytes = await modelFile();
    const damaged = Uint8Array.from(bytes);
    damaged[damaged.length - 2]! ^= 1; // the last weight is another, and still a number
    const files = {
      "/page.html": `<!doctype html><title>longhand</title><script type="module">
        import * as door from "/dist/advanced-browser.js";
        window.door = door;
        window.failure = (promise) => promise.then(() => "none", ({ name, code, message }) => [name, code, message]);
      </script>`,
      "/worker.js": worker,
      "/model.safetensors": bytes,
      "/damaged.safetensors": damaged,
      "/text.txt": text,
      "/latin1.txt": Uint8Array.of(0x5a, 0x6f, 0xe9, 0x20),
    };
    site = await serve({ files });
    // A name that is not this machine's, so that its pages are no secure context.
    browser = await launch("--host-resolver-rules=MAP plain.test 127.0.0.1", "--no-proxy-server");
    tab = await browser.newPage();
    tab.setDefaultTimeout(100_000); // a machine may be busy with other things
    await tab.goto(`${site.origin}/page.html`);
    await tab.waitForFunction("window.failure");
  });
  afterAll(async () => {
    await browser?.close();
    await site?.close();
  });

  it("loads one model from an address, a URL, an answer, a file and bytes", async (context) => {
    if (noChromium !== undefined) return context.skip(noChromium);
    const sums = await tab.evaluate(async (origin) => {
      const { loadModel } = (globalThis as unknown as { door: Door }).door;
      const blob = await (await fetch("/model.safetensors")).blob();
      const models = [
        await loadModel("/model.safetensors"),
        await loadModel(new URL("/model.safetensors", origin)),
        await loadModel(await fetch("/model.safetensors")),
        await loadModel(blob),
        await loadModel(await blob.arrayBuffer()),
      ];
      return models.map(({ weights, vocab }) => [weights.length, [...weights].join(), vocab.itos.join("")].join());
    }, site.origin);
    const { weights, vocab } = door.readModel(door.readSafetensors(bytes, "model"), "model");
    expect(sums).toEqual(new Array(5).fill([weights.length, [...weights].join(), vocab.itos.join("")].join()));
  });

  it("says in a sentence what keeps a model from opening", async (context) => {
    if (noChromium !== undefined) return context.skip(noChromium);
    const failure = (call: string) => tab.evaluate(`failure(door.${call})`);
    expect(await failure('loadModel("/damaged.safetensors")')).toEqual([
      "LonghandError",
      "model-file",
      "/damaged.safetensors is damaged: its bytes do not match its digest.",
    ]);
    expect(await failure('loadModel("/missing.safetensors")')).toEqual([
      "LonghandError",
      "usage",
      "/missing.safetensors was not given out: the server answered 404 Not Found.",
    ]);
    expect(await failure('loadModel("http://127.0.0.1:1/x")')).toEqual([
      "LonghandError",
      "io",
      expect.stringMatching(/^http:\/\/127\.0\.0\.1:1\/x could not be fetched: .+\.$/),
    ]);
    expect(await failure('loadModel(new File(["{}"], "notes.txt"))')).toEqual([
      "LonghandError",
      "model-file",
      expect.stringMatching(/^notes\.txt /),
    ]);
  });

  it("outside of a secure context a model opens too, and a notice says that its digest was not verified", async (context) => {
    if (noChromium !== undefined) return context.skip(noChromium);
    const plain = await browser.newPage();
    await plain.goto(`${site.origin.replace("127.0.0.1", "plain.test")}/page.html`);
    await plain.waitForFunction("window.failure");
    const said = await plain.evaluate(`(async () => {
      const notices = [];
      const { weights } = await door.loadModel("/model.safetensors", { notice: (text) => notices.push(text) });
      return { size: weights.length, notices, hash: await failure((async () => door.browserHash())()) };
    })()`);
    await plain.close();
    expect(said).toMatchObject({
      notices: [
        "/model.safetensors was not checked against its digest: this page is not a secure context (https, or localhost).",
      ],
      hash: ["LonghandError", "usage", expect.stringContaining("not a secure context")],
    });
  });

  it("in a secure context it says nothing, and hashes as Node does however the bytes are cut", async (context) => {
    if (noChromium !== undefined) return context.skip(noChromium);
    const said = await tab.evaluate(`(async () => {
      const notices = [];
      await door.loadModel("/model.safetensors", { notice: (text) => notices.push(text) });
      const whole = new TextEncoder().encode(${JSON.stringify(text)});
      const hash = door.browserHash();
      for (let at = 0; at < whole.length; at += 100) hash.update(whole.subarray(at, at + 100));
      return [notices, await hash.hex(), await door.browserHash().hex()];
    })()`);
    const sha = (data: string) => createHash("sha256").update(data).digest("hex");
    expect(said).toEqual([[], sha(text), sha("")]);
  });

  it("reads one corpus from a string, a blob, a file and an answer, the one that Node reads", async (context) => {
    if (noChromium !== undefined) return context.skip(noChromium);
    const read = await tab.evaluate(async (text) => {
      const { readText } = (globalThis as unknown as { door: Door }).door;
      const sources = [text, new Blob([text]), new File([text], "a.txt"), await fetch("/text.txt")];
      const corpora = await Promise.all(sources.map((source) => readText(source, { lower: true, validFraction: 0.2 })));
      return corpora.map(({ vocab, train, valid }) =>
        [vocab.itos.join(""), [...(train.read(0, train.length) as Int32Array)].join(), valid?.length].join("|"),
      );
    }, text);
    const input = { name: "text", bytes: [new TextEncoder().encode(text)] };
    const here = await door.readCorpus([input], { field: door.createField({ lower: true }), validFraction: 0.2 });
    const whole = [
      here.vocab.itos.join(""),
      [...(here.train.read(0, here.train.length) as Int32Array)].join(),
      here.valid?.length,
    ].join("|");
    expect(read).toEqual(new Array(4).fill(whole));
  });

  it("says in a sentence what is wrong with a text, by its name", async (context) => {
    if (noChromium !== undefined) return context.skip(noChromium);
    const failure = (call: string) => tab.evaluate<string[]>(`(async () => (await failure(door.${call}))[2])()`);
    expect(await failure('readText("")')).toMatch(/^The text is empty\./);
    expect(await failure('readText(new File([], "notes.txt"))')).toMatch(/^notes\.txt is empty\./);
    expect(await failure('readText(await fetch("/latin1.txt"))')).toMatch(
      /latin1\.txt is not valid UTF-8: .* offset 2 /,
    );
    expect(await failure('readText(await fetch("/none.txt"))')).toMatch(/none\.txt was not given out: .* 404/);
    expect(await failure('readText("abc", { lwoer: true })')).toMatch(/There is no setting "lwoer"/);
  });

  it("a trainer in a worker hears its page between windows", async (context) => {
    if (noChromium !== undefined) return context.skip(noChromium);
    const heard = await tab.evaluate(
      () =>
        new Promise<string[]>((resolve, reject) => {
          const heard: string[] = [];
          const own = new Worker("/worker.js", { type: "module" });
          own.onerror = (event) => reject(new Error(event.message));
          own.onmessage = ({ data }) => {
            heard.push(data);
            if (data === "started") own.postMessage("stop");
            else resolve(heard);
          };
        }),
    );
    expect(heard).toEqual(["started", "stopped"]);
  });
});
