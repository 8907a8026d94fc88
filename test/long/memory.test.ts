// What a run holds is what was planned: growth of resident memory over a process that has trained a tiny model, for
// runs as the command line makes them, saved and sampled, without the n-gram beside them. Needs Linux, which tells the
// peak.

import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, describe, expect, test } from "vitest";
import { nodeEngine } from "../../src/advanced-node.js";
import type { SettingValues } from "../../src/base/setting.js";

const grow = fileURLToPath(new URL("./grow.mjs", import.meta.url));
const cwd = mkdtempSync(join(tmpdir(), "longhand-memory-"));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));
const text = join(cwd, "t.txt");
writeFileSync(text, Array.from({ length: 3000 }, (_, i) => `The owl ${i * 37}\n`).join(""));

const few = { batch: 4, bptt: 4 };
const shapes: readonly SettingValues[] = [
  { cell: "gru", hidden: 864, ...few },
  { cell: "lstm", hidden: 736, ...few },
  { cell: "rnn", hidden: 1536, ...few },
  { cell: "gru", hidden: 512, layers: 2, ...few },
  { cell: "lstm", hidden: 448, layers: 2, ...few },
  { cell: "rnn", hidden: 896, layers: 2, ...few },
  { cell: "gru", hidden: 1024, optimizer: "sgd", ...few },
  { cell: "lstm", hidden: 832, optimizer: "rmsprop", ...few },
  { cell: "gru", hidden: 640, embedding: 640, tied: true, ...few },
  { cell: "gru", hidden: 1024, sampleLength: 0, ...few },
  { cell: "gru", hidden: 896, embedding: 512, batch: 16, bptt: 4 },
  { cell: "gru", hidden: 448, layers: 2, dropout: 0.3, batch: 16, bptt: 16 },
  { cell: "gru", hidden: 256, batch: 128, bptt: 64 },
  { cell: "lstm", hidden: 256, batch: 128, bptt: 64 },
  { cell: "gru", hidden: 512, batch: 48, bptt: 64 },
];
const onTwo = [shapes[6]!, shapes[10]!, shapes[12]!, shapes[14]!];
const runs = [
  ...shapes.map((settings) => ({ threads: 1, ...settings })),
  ...onTwo.map((settings) => ({ threads: 2, ...settings })),
];
const native = nodeEngine("auto").engine.name === "native";

describe.skipIf(process.platform !== "linux").each(native ? ["native", "wasm"] : ["wasm"])("on %s", (engine) => {
  test.concurrent.each(runs.map((settings) => [JSON.stringify(settings), settings] as const))(
    "%s: resident memory grows by what was planned, within 15%%",
    { retry: 2 }, // a busy machine delays garbage collection, which raises the peak
    async (_, settings) => {
      const out = mkdtempSync(join(cwd, "run-"));
      const given = JSON.stringify({ engine, ...settings });
      const { stdout } = await promisify(execFile)(process.execPath, ["--expose-gc", grow, text, out, given]);
      rmSync(out, { recursive: true });
      const { planned, grown } = JSON.parse(stdout) as { planned: { total: number; threads: number }; grown: number };
      expect(planned.total).toBeGreaterThanOrEqual(64 * 2 ** 20);
      if (settings.threads > 1) expect(planned.threads).toBeGreaterThan(0);
      expect(Math.abs(grown / planned.total - 1)).toBeLessThan(0.15);
    },
  );
});
