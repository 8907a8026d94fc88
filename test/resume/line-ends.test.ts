// A run under `lineEnds: "keep"`: its record is of the very bytes, and the token file alone gives them back.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { RunFile } from "../../src/training/run/run.js";
import { layUpon } from "../../src/training/settings/values.js";
import { folderOutcome, sha256, tinySettings, tinyText } from "../helpers/run.js";

// The built package, since the n-gram's thread is started from a file.
const built = new URL("../../dist/advanced-node.js", import.meta.url).href;
const advanced = (await import(/* @vite-ignore */ built)) as typeof import("../../src/advanced-node.js");
const { evaluateText, resumeRun, startRun } = advanced;

const root = mkdtempSync(join(tmpdir(), "longhand-line-ends-"));
afterAll(() => rmSync(root, { recursive: true }));

/** Lines that end in CR LF, CR and LF by turns. */
const mixed = tinyText(700)
  .match(/.{1,9}/gs)!
  .map((line, i) => line + ["\r\n", "\r", "\n"][i % 3])
  .join("");

async function run(name: string, lineEnds: "keep" | "lf", windows?: number, text = mixed): Promise<string> {
  const path = join(root, `text-${lineEnds}-${text.length}.txt`);
  writeFileSync(path, text);
  let asked = 0;
  const settings = layUpon(tinySettings, { steps: 8, validateEvery: 4, validFraction: 0.2, lineEnds });
  const stopping = () => windows !== undefined && asked++ >= windows;
  const { events, folder } = await startRun({
    paths: [path],
    out: join(root, name),
    withoutBaseline: true,
    settings,
    stopping,
  });
  for await (const _ of events);
  return folder;
}
const scoreOf = async (folder: string) => ({ ...(await evaluateText(folder, [])), text: "" });
const recordOf = (folder: string) => JSON.parse(readFileSync(join(folder, "config.json"), "utf8")).text;

test("keeps every byte, resumes to the same bits without its text, and scores the same validation part", async () => {
  const whole = await run("whole", "keep");
  const out = await run("stopped", "keep", 4);
  const { names, sha256: digest, bytes } = recordOf(out);
  expect([digest, bytes]).toEqual([recordOf(whole).sha256, Buffer.byteLength(mixed)]);
  expect(digest).toBe(sha256(Buffer.from(mixed)));
  const before = await scoreOf(whole);
  rmSync(names[0]);
  const { events } = await resumeRun(out, { withoutBaseline: true });
  for await (const _ of events);
  expect(folderOutcome(out)).toEqual(folderOutcome(whole));
  expect(await scoreOf(out)).toEqual(before);
  // The token file is lost, and the text is back.
  rmSync(join(out, RunFile.tokens));
  writeFileSync(names[0], mixed);
  expect(await scoreOf(out)).toEqual(before);
});

test("under `lf` the text with CR LF and CR is the text with LF", async () => {
  const [a, b] = [await run("a", "lf"), await run("b", "lf", undefined, mixed.replace(/\r\n?/g, "\n"))];
  expect({ ...recordOf(a), names: [] }).toEqual({ ...recordOf(b), names: [] });
  expect(folderOutcome(a).model).toBe(folderOutcome(b).model);
});
