// A run that begins from a model: its weights by token, its shape and its rules of reading.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import type { StoredModel } from "../../src/model/file/model-file.js";
import { modelParameters } from "../../src/model/layout/spec.js";
import { loadModel } from "../../src/node/files/models.js";
import { folderOutcome, tinySettings, tinyText } from "../helpers/run.js";

const built = new URL("../../dist/node.js", import.meta.url).href;
const { train, resume, load } = (await import(/* @vite-ignore */ built)) as typeof import("../../src/node.js");

const home = mkdtempSync(join(tmpdir(), "longhand-from-"));
afterAll(() => rmSync(home, { recursive: true }));
const at = (name: string) => join(home, name);
writeFileSync(at("a.txt"), tinyText(700));
writeFileSync(at("b.txt"), `${tinyText(500, 3).replaceAll("e", "Ж")}q`);
const base = { ...tinySettings, epochs: 1, validateEvery: 0 };
await train({ file: at("a.txt") }, { ...base, cell: "lstm", hidden: 12, out: at("a") }).model();

/** Rows of a parameter by token. */
function rows({ spec, vocab, weights }: StoredModel, name: string): Map<string, Float32Array> {
  let from = 0;
  for (const p of modelParameters(spec)) {
    if (p.name === name) {
      const row = (i: number) => Float32Array.from(weights.subarray(from + i * p.cols, from + (i + 1) * p.cols));
      return new Map(Array.from({ length: p.rows }, (_, i) => [vocab.itos[i] ?? String(i), row(i)]));
    }
    from += p.rows * p.cols;
  }
  throw new Error(name);
}

test("has the model's rows of every token that both know, the seed's of new ones, and all other weights", async () => {
  const notices: string[] = [];
  const options = { steps: 1, lr: 1e-12, optimizer: "sgd", batch: 4, bptt: 7 } as const;
  const notice = (text: string) => void notices.push(text);
  await train({ file: at("b.txt") }, { ...options, out: at("b"), from: at("a"), notice }).model();
  const plain = { cell: "lstm", hidden: 12, embedding: 8 } as const;
  await train({ file: at("b.txt") }, { ...options, ...plain, out: at("fresh") }).model();
  const [a, b, fresh] = await Promise.all(["a", "b", "fresh"].map((name) => loadModel(at(name))));
  const isNew = (token: string) => !a!.vocab.stoi.has(token);
  expect(b!.vocab.itos.filter(isNew)).toContain("Ж");
  for (const name of ["embedding.weight", "decoder.weight", "decoder.bias"]) {
    for (const [token, row] of rows(b!, name)) {
      const wanted = rows(isNew(token) ? fresh! : a!, name).get(token)!;
      for (const [i, value] of row.entries()) expect(value).toBeCloseTo(wanted[i]!, 6);
    }
  }
  expect([...rows(b!, "rnn.weight_hh_l0").values()][3]![5]).toBeCloseTo(
    [...rows(a!, "rnn.weight_hh_l0").values()][3]![5]!,
    6,
  );
  const matched = b!.vocab.itos.filter((token) => !isNew(token)).length;
  const [added, dropped] = [b!.vocab.size - matched, a!.vocab.size - matched];
  expect(notices).toContain(
    `The run begins from ${at("a")}: ${matched} tokens matched, ${added} new, ${dropped} of the model's dropped.`,
  );
  const { from, settings } = JSON.parse(readFileSync(join(at("b"), "config.json"), "utf8"));
  expect(from).toEqual({ name: at("a"), digest: expect.stringMatching(/^[0-9a-f]{16}$/), matched, added, dropped });
  expect(settings).toMatchObject({ cell: "lstm", hidden: 12, embedding: 8, layers: 1 });
});

test("resumes to the same bits, and begins alike from a folder, a file, and a model in memory", async () => {
  const options = { ...base, hidden: undefined, embedding: undefined, from: at("a") };
  await train({ file: at("b.txt") }, { ...options, out: at("whole") }).model();
  const run = train({ file: at("b.txt") }, { ...options, out: at("cut") });
  for await (const event of run) if (event.kind === "window" && event.window === 5) break;
  await resume(at("cut")).model();
  expect(folderOutcome(at("cut"))).toEqual(folderOutcome(at("whole")));
  const whole = (await loadModel(at("whole"))).weights;
  const inMemory = await load(at("a"));
  for (const from of [join(at("a"), "model.safetensors"), inMemory]) {
    const model = await train({ file: at("b.txt") }, { ...options, from }).model();
    expect(model.stored.weights).toEqual(whole);
  }
});

test("refuses settings that contradict the model, by name", async () => {
  const from = await load(at("a"));
  expect(() => train("abc", { from, hidden: 16 })).toThrow("hidden cannot be 16: the model to begin from has 12.");
  expect(() => train("abc", { from, unit: "word" })).toThrow(
    'unit cannot be "word": the model to begin from has "char".',
  );
  await expect(train("abcabcabc", { from: at("a"), cell: "gru" }).model()).rejects.toThrow('cell cannot be "gru"');
  await expect(train("abc", { from: at("nowhere") }).model()).rejects.toThrow("There is no run at");
});
