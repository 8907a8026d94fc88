// The script behind docs/copying.md, with a run of a blink.

import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, expect, test } from "vitest";
import { text } from "../docs/blocks.js";
import { read, root } from "../house/tree.js";
import { emptyFolder, node } from "../package/project.js";

const folder = emptyFolder("copying");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const rows = [
  "temperature 0.5",
  "temperature 0.7",
  "temperature 0.8",
  "temperature 1",
  "temperature 1.2",
  "held-out text",
];
const rowsOf = (printed: string) =>
  rows.map((name) => printed.split("\n").find((line) => line.startsWith(`${name} `) || line.startsWith(`${name}  `)));

test("copying.mjs prints a row a temperature, with the samples' shares and a verdict", async () => {
  writeFileSync(join(folder, "my.txt"), text(4000));
  const small = ["--hidden", "16", "--batch", "4", "--steps", "20", "--quiet"];
  expect(node(folder, join(root, "dist/cli/main.js"), "train", "my.txt", ...small).status).toBe(0);
  const run = join(folder, "runs/my");
  const { stdout, stderr, status } = node(root, "lesson/copying.mjs", run, "1200");
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(stdout).toMatch(
    /: 12 samples of 100 tokens at each temperature, seed 1\nnew: +5-grams +10-grams +20-grams +longest +which\n/,
  );
  const printed = rowsOf(stdout);

  const longhand = (await import(
    pathToFileURL(join(root, "dist/advanced-node.js")).href
  )) as typeof import("../../src/advanced-node.js");
  const stored = await longhand.loadModel(run);
  const session = longhand.createSession(stored, longhand.nodeEngine("auto").engine);
  const written = longhand.writeSamples(session, { length: 100, count: 12, temperature: 1, seed: 1 });
  const training = text(4000).slice(0, Math.floor(text(4000).length * 0.9));
  const shares = [5, 10, 20].map((n) => {
    const grams = written.flatMap((sample) =>
      Array.from({ length: sample.length - n + 1 }, (_, i) => sample.slice(i, i + n)),
    );
    return `${((100 * grams.filter((gram) => !training.includes(gram)).length) / grams.length).toFixed(1)}%`;
  });
  expect(printed[3]!.split(/ +/).slice(2, 5)).toEqual(shares);
  expect(printed[5]).toMatch(/^held-out text +\d/);
  for (const name of rows.slice(0, 5)) expect(stdout).toContain(`\n${name}: `);
});

test("copying.mjs says in a sentence what is wrong", () => {
  const { stderr, status } = node(root, "lesson/copying.mjs", join(folder, "runs/none"));
  expect(status).toBe(2);
  expect(stderr).toMatch(/^There is no run at .*\n.*\n$/);
});

test("docs/copying.md shows what it prints, under the command", () => {
  const shown =
    read("docs/copying.md").split("```sh\nnode lesson/copying.mjs\n```\n```text\n")[1]?.split("```")[0] ?? "";
  expect(rowsOf(shown).filter((line) => !/ +\d+\.\d% +\d+\.\d% +\d+\.\d% +\d+ {2}“/.test(line ?? ""))).toEqual([]);
});
