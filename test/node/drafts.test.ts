// Two runs that start at once in one folder: one trains, the other is refused with the folder's name, and nothing of it
// stays.

import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { startRun } from "../../src/node/runs/runs.js";
import { tinySettings, tinyText } from "../helpers/run.js";

const home = mkdtempSync(join(tmpdir(), "longhand-drafts-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));

test("of two startRun in one process and one folder, the second says that the first is writing there", async () => {
  const out = join(home, "runs", "two");
  const text = join(home, "text.txt");
  writeFileSync(text, tinyText(4000));
  const start = () => startRun({ paths: [text], out, settings: { ...tinySettings, engine: "reference" } });
  const both = await Promise.allSettled([start(), start()]);
  const [first] = both.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
  const [refusal] = both.flatMap((each) => (each.status === "rejected" ? [each.reason] : []));
  expect(String(refusal)).toContain(`is writing in ${out}, and that is this very process`);
  for await (const event of first!.events) expect(event.kind).not.toBe("diverged");
  expect(readdirSync(out).filter((name) => /\.(tmp|lock)$/.test(name))).toEqual([]);
  expect(readdirSync(out)).toContain("model.safetensors");
});
