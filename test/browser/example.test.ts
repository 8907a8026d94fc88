// The page of examples/browser, used as a visitor uses it.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import * as door from "../../src/advanced.js";
import { checksumSafetensors } from "../../src/checkpoint/checksum.js";
import { nodeEngine } from "../../src/node/engine/engine.js";
import { nodeHash } from "../../src/node/system/hash.js";
import { complaintsOf, launch, noChromium, type Site, serve } from "../helpers/chromium.js";
import { root } from "../house/tree.js";

const text = "The cat sat on the mat. The dog lay on the log.\n".repeat(60);
const names = readdirSync(join(root, "examples/browser"));
const source = (name: string): string => readFileSync(join(root, "examples/browser", name), "utf8");

async function trainedModel(): Promise<{ stored: door.StoredModel; file: Buffer }> {
  const input = { name: "text", bytes: [new TextEncoder().encode(text)] };
  const corpus = await door.readCorpus([input], { field: door.createField() });
  const settings = { hidden: 24, embedding: 8, batch: 8, bptt: 16, steps: 60, sampleLength: 0 };
  const prepared = door.prepare(corpus, settings, { engine: nodeEngine().engine });
  for await (const _ of prepared.trainer.events());
  const stored = prepared.stored();
  const { tensors, metadata } = door.modelTensors(stored);
  return { stored, file: Buffer.concat(await checksumSafetensors(tensors, metadata, nodeHash)) };
}

describe("the page in examples/browser", () => {
  let browser: Browser;
  let site: Site;
  let model: Awaited<ReturnType<typeof trainedModel>>;
  let tab: Page;
  let complaints: string[];
  const asked = new Set<string>();
  beforeAll(async () => {
    if (noChromium !== undefined) return;
    model = await trainedModel();
    const files = Object.fromEntries(names.map((name) => [`/examples/browser/${name}`, source(name)]));
    site = await serve({ files });
    browser = await launch();
  });
  beforeEach(async () => {
    if (noChromium !== undefined) return;
    tab = await browser.newPage();
    tab.setDefaultTimeout(100_000); // a machine may be busy with other things
    complaints = complaintsOf(tab);
    tab.context().on("request", (request) => asked.add(new URL(request.url()).origin));
    await tab.goto(`${site.origin}/examples/browser/index.html`);
    return async () => {
      await tab.close();
      expect(complaints).toEqual([]);
    };
  });
  afterAll(async () => {
    await browser?.close();
    await site?.close();
  });

  const open = (buffer: Buffer, name = "model.safetensors") =>
    tab.getByLabel("Open a model.safetensors").setInputFiles({ name, mimeType: "application/octet-stream", buffer });
  const button = (name: string) => tab.getByRole("button", { name, exact: true });
  const alert = () => tab.locator("#alert[role=alert]");
  const textOf = async (id: string) => (await tab.locator(`#${id}`).textContent()) ?? "";
  /** A job is over when its button says again what it does; from the press until then it says Stop. */
  const done = (name: string) => button(name).and(tab.locator(":enabled")).waitFor();

  it("writes with a visitor's model the very text that Node writes, by keyboard alone", async (context) => {
    if (noChromium !== undefined) return context.skip(noChromium);
    expect(await button("Write").isDisabled()).toBe(true);
    await open(model.file);
    await done("Write");
    expect(await textOf("model")).toMatch(/^model\.safetensors: gru, one layer of width 24, [\d,]+ weights\.$/);
    await tab.getByLabel("The text begins with").focus();
    for (const key of ["The dog", "Tab", "120", "Tab", "0.7", "Tab", "5", "Tab"]) {
      await (key === "Tab" ? tab.keyboard.press(key) : tab.keyboard.type(key));
    }
    await tab.keyboard.press("Enter");
    await done("Write");
    const session = door.createSession(model.stored, nodeEngine().engine);
    session.feed("The dog");
    const here = door.write(session, { length: 120, temperature: 0.7, seed: 5 });
    expect(await textOf("written")).toBe(`The dog${here}`);
  });

  it("trains on a pasted text with the loss in sight, and then writes with what it trained", async (context) => {
    if (noChromium !== undefined) return context.skip(noChromium);
    await tab.getByLabel("Paste a text").fill(text);
    await tab.getByLabel("Times to read it").fill("25");
    await tab.getByLabel("Width").fill("32");
    await button("Train").click();
    await done("Train");
    expect(await textOf("valid")).toMatch(/^On text it never saw, after window \d+: \d\.\d{3} nats \(best\)\n/);
    const told = /^Window (\d+) of \1 · loss ([\d.]+) nats · [\d,]+ characters\/s$/.exec(await textOf("progress"));
    expect(Number(told?.[2])).toBeLessThan(2.5); // a uniform guess is at 2.9
    expect((await tab.locator("#curve polyline").getAttribute("points"))?.split(" ").length).toBeGreaterThan(1);
    expect(await textOf("model")).toMatch(/^Trained here: gru, one layer of width 32/);
    await tab.getByLabel("Characters").fill("40");
    await button("Write").click();
    await done("Write");
    expect([...(await textOf("written"))].length).toBe(40);
  });

  it("trains on a text file; the downloaded model opens again and generates the same", async (context) => {
    if (noChromium !== undefined) return context.skip(noChromium);
    const file = { name: "my.txt", mimeType: "text/plain", buffer: Buffer.from(text) };
    await tab.getByLabel("Or choose a text file.").setInputFiles(file);
    await tab.getByLabel("Times to read it").fill("2");
    await tab.getByLabel("Width").fill("16");
    await button("Train").click();
    await done("Train");
    const generated = async () => {
      await tab.getByLabel("Characters").fill("50");
      await button("Write").click();
      await done("Write");
      return textOf("written");
    };
    const before = await generated();
    const coming = tab.waitForEvent("download");
    await button("Download").click();
    const saved = readFileSync(await (await coming).path());
    await open(saved, "mine.safetensors");
    await done("Write");
    expect(await textOf("model")).toMatch(/^mine\.safetensors: gru, one layer of width 16/);
    expect(await generated()).toBe(before);
  });

  it("stops when it is told to, and keeps the model as far as it came", async (context) => {
    if (noChromium !== undefined) return context.skip(noChromium);
    await tab.getByLabel("Paste a text").fill(text);
    await tab.getByLabel("Times to read it").fill("1000");
    await button("Train").click();
    await tab.getByText(/^Window \d+ of \d+/).waitFor();
    await button("Stop").click();
    await done("Train");
    expect(await textOf("model")).toMatch(/^Trained here/);
    await tab.getByLabel("Characters").fill("1000000");
    await button("Write").click();
    await tab.waitForFunction(() => (document.getElementById("written")?.textContent ?? "").length > 5);
    await button("Stop").click();
    await done("Write");
    expect((await textOf("written")).length).toBeLessThan(1_000_000);
  });

  it("says what went wrong in a sentence, and goes on", async (context) => {
    if (noChromium !== undefined) return context.skip(noChromium);
    await open(Buffer.from("no model"), "notes.txt");
    await tab
      .getByRole("alert")
      .and(tab.getByText(/^notes\.txt /))
      .waitFor();
    await open(model.file);
    await done("Write");
    expect(await textOf("alert")).toBe("");
    await tab.getByLabel("The text begins with").fill("Zoé");
    await button("Write").click();
    await alert().and(tab.getByText("The model's vocabulary lacks")).waitFor();
    expect(await textOf("alert")).toMatch(/^The model's vocabulary lacks "Z" and "é"\./);
    await tab.getByLabel("Paste a text").fill("a");
    await button("Train").click();
    await alert().and(tab.getByText("the smallest that works is 2")).waitFor();
  });

  it("asks only its own origin, each control has a name, and each script has at most 80 lines", async (context) => {
    if (noChromium !== undefined) return context.skip(noChromium);
    expect([...asked]).toEqual([site.origin]);
    const nameless = await tab.evaluate(
      () =>
        [...document.querySelectorAll("input, textarea")].filter((each) => !(each as HTMLInputElement).labels?.length)
          .length,
    );
    expect(nameless).toBe(0);
    const lengths = ["index.html", "main.js", "worker.js"].map((name) => source(name).trimEnd().split("\n").length);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(80);
  });
});
