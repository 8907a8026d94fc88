// PyTorch opens our files as they are: every parameter under its name and in its shape, and the same logits.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { SettingValues } from "../../src/base/setting.js";
import { checksumSafetensors } from "../../src/checkpoint/checksum.js";
import { readSafetensors } from "../../src/checkpoint/safetensors.js";
import { Session } from "../../src/generation/session.js";
import { modelTensors, readModel, type StoredModel } from "../../src/model/file/model-file.js";
import { LanguageModel } from "../../src/model/language-model.js";
import { nodeHash } from "../../src/node/system/hash.js";
import { readCorpus } from "../../src/text/encoding/corpus.js";
import { fieldOf } from "../../src/training/settings/training-settings.js";
import { checkSettings } from "../../src/training/settings/values.js";
import { prepare } from "../../src/training/training-run.js";
import { fastest, float32Engines } from "../helpers/engines.js";
import { distance } from "../helpers/golden.js";
import { input, nietzsche } from "../text/helpers.js";

const python = "/usr/bin/python3";
const script = fileURLToPath(new URL("check_torch.py", import.meta.url));
/** The script once for each file and ids that are named, in one process: importing torch is what takes long. */
const manyTimes = `import runpy, sys
script, *pairs = sys.argv[1:]
for i in range(0, len(pairs), 2):
    sys.argv = [script, pairs[i], pairs[i + 1]]
    runpy.run_path(script, run_name="__main__")`;

const models: Record<string, SettingValues> = {
  "rnn tanh": { cell: "rnn", layers: 2 },
  "rnn relu": { cell: "rnn", nonlinearity: "relu", layers: 2 },
  gru: { cell: "gru", layers: 2, dropout: 0.2 },
  lstm: { cell: "lstm", layers: 2 },
  "tied gru": { cell: "gru", tied: true, embedding: 24, layers: 2 },
  "tied lstm": { cell: "lstm", tied: true, embedding: 24 },
  "gru with one hidden unit": { cell: "gru", hidden: 1, embedding: 1 },
  "rnn over words, newlines <eos>": { cell: "rnn", unit: "word", newline: "eos", minFreq: 2 },
};

/** A short training's model, as the bytes that a run writes, sealed. */
async function trained(settings: SettingValues): Promise<Uint8Array> {
  const values = { batch: 4, bptt: 16, steps: 30, embedding: 9, hidden: 24, lr: 0.02, sampleLength: 0, ...settings };
  const field = fieldOf(checkSettings(values));
  const corpus = await readCorpus([input(nietzsche.subarray(0, 6000))], { field, validFraction: 0 });
  const { trainer, stored } = prepare(corpus, values, { engine: fastest });
  const losses: number[] = [];
  for await (const event of trainer.events()) if (event.kind === "window") losses.push(event.nats);
  expect(losses.at(-1)).toBeLessThan(losses[0]!); // it is no random start any more
  const { tensors, metadata } = modelTensors(stored());
  return Buffer.concat(await checksumSafetensors(tensors, metadata, nodeHash));
}

const found = spawnSync(python, ["-c", "import torch, numpy"], { encoding: "utf8" });
const reason = found.status === 0 ? "" : `, skipped: ${python} has no torch or numpy`;
if (reason !== "") console.log(`test/golden/torch.test.ts${reason}; Debian's package is python3-torch`);

describe.skipIf(reason !== "")(`PyTorch${reason}`, () => {
  const folder = mkdtempSync(join(tmpdir(), "longhand-torch-"));
  const place = (name: string, end: string) => join(folder, `${name.replaceAll(/\W/g, "-")}.${end}`);
  const read = (name: string): StoredModel =>
    readModel(readSafetensors(new Uint8Array(readFileSync(place(name, "safetensors")))), name);
  const idsOf = (vocabulary: number) => Array.from({ length: 50 }, (_, i) => (i * i * 7 + 3 * i) % vocabulary);
  const answers = new Map<string, { cell: string; layers: number; tied: boolean; logits: number[][] }>();

  beforeAll(async () => {
    const pairs: string[] = [];
    for (const [name, settings] of Object.entries(models)) {
      writeFileSync(place(name, "safetensors"), await trained(settings));
      writeFileSync(place(name, "json"), JSON.stringify(idsOf(read(name).vocab.size)));
      pairs.push(place(name, "safetensors"), place(name, "json"));
    }
    const run = spawnSync(python, ["-c", manyTimes, script, ...pairs], { encoding: "utf8", maxBuffer: 2 ** 26 });
    if (run.status !== 0) throw new Error(run.stderr);
    const lines = run.stdout.trim().split("\n");
    for (const [i, name] of Object.keys(models).entries()) answers.set(name, JSON.parse(lines[i]!));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each(Object.entries(models))("loads our file strictly and gives our logits to 1e-5: %s", (name, settings) => {
    const { logits, ...about } = answers.get(name)!;
    expect(about).toEqual({ cell: settings.cell, layers: settings.layers ?? 1, tied: settings.tied === true });
    const stored = read(name);
    for (const [level, engine] of float32Engines) {
      const model = new LanguageModel(stored.spec, engine, { lanes: 1, steps: 1 });
      model.setWeights(stored.weights);
      const session = new Session(model, stored);
      let worst = 0;
      for (const [i, id] of idsOf(stored.vocab.size).entries()) {
        session.feedIds(Int32Array.of(id));
        worst = Math.max(worst, distance(session.state.logits!, logits[i]!).absolute);
      }
      expect(worst, level).toBeLessThan(1e-5);
    }
  });
});
