// Tests of model files: a model survives writing and reading, and a vocabulary too large for a file is refused.
// malformed-file.test.ts tests malformed files.

import { describe, expect, test } from "vitest";
import { HEADER_LIMIT, readSafetensors, writeSafetensors } from "../../src/checkpoint/safetensors.js";
import { cells } from "../../src/model/cells/index.js";
import { checkVocabularyFits, modelTensors, readModel, type StoredModel } from "../../src/model/file/model-file.js";
import { createField } from "../../src/text/encoding/field.js";
import { Vocab } from "../../src/text/encoding/vocab.js";
import { sourceOf } from "../../src/text/storage/tokens.js";
import { prepare } from "../../src/training/training-run.js";
import { randomModel, vocabularyOf } from "../generation/models.js";
import { join } from "../helpers/damage.js";
import { f64 } from "../helpers/engines.js";

const text = vocabularyOf('Brücke 🌉 "\\\n');
const bytesOf = (model: StoredModel) => {
  const { tensors, metadata } = modelTensors(model);
  return join(writeSafetensors(tensors, metadata));
};
const open = (bytes: Uint8Array) => readModel(readSafetensors(bytes), "my.safetensors");

describe("a model's file", () => {
  test("is read into at most twice its size, at any byte alignment", () => {
    const bytes = bytesOf(randomModel(text, { hidden: 1500 })); // 26 MiB: a third copy would exceed the bound
    const buffer = new Uint8Array(bytes.length + 1);
    buffer.set(bytes, 1);
    for (const file of [bytes, buffer.subarray(1)]) {
      const before = process.memoryUsage().arrayBuffers;
      const { weights } = open(file);
      expect(4 * weights.length).toBeGreaterThan(0.99 * bytes.length);
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 * bytes.length + 2 ** 24);
    }
  });

  const kinds = [
    ...cells.map((cell) => ({ cell: cell.kind, layers: 2, dropout: 0.25 })),
    { cell: "rnn", cellSettings: { nonlinearity: "relu", identityInit: true } },
    { cell: "lstm", cellSettings: { forgetBias: 1 } },
    { cell: "qrnn", cellSettings: { qrnnWindow: 2 }, layers: 2 },
    { cell: "gru", embedding: 7, tied: true },
    { cell: "lstm", hidden: 1, embedding: 1, layers: 3 },
  ];
  test.each(kinds)("gives back the written model, each weight to the bit: %j", (kind) => {
    const full = (values: StoredModel["spec"]["cellSettings"], of: StoredModel["spec"]["cell"]) =>
      Object.fromEntries(of.settings.map(({ name, default: preset }) => [name, values[name] ?? preset]));
    for (const values of [{}, { lower: true, minFreq: 2, specials: ["<unk>", "<pad>"] }, { unit: "byte" }]) {
      const made = randomModel(vocabularyOf("aabbß\n\n🌉🌉\u2028\u0000\ud83d", values), kind);
      const model = { ...made, spec: { ...made.spec, cellSettings: full(made.spec.cellSettings, made.spec.cell) } };
      const read = open(bytesOf(model));
      expect(read.spec).toEqual(model.spec);
      expect(read.field).toEqual(model.field);
      expect(read.vocab.itos).toEqual(model.vocab.itos);
      expect(read.vocab).toMatchObject({ kind: model.vocab.kind, specials: model.vocab.specials });
      expect(read.counts).toEqual(model.counts);
      expect(read.weights).toEqual(model.weights);
      expect(Buffer.compare(bytesOf(read), bytesOf(model))).toBe(0);
      const doubles = { ...model, weights: Float64Array.from(model.weights, (w) => w / 3) };
      expect(open(bytesOf(doubles)).weights).toEqual(doubles.weights);
    }
  });

  test("has PyTorch's names and shapes; a tied model has both names of its one matrix", () => {
    const shapes = (model: StoredModel) =>
      Object.fromEntries(modelTensors(model).tensors.map(({ name, shape }) => [name, shape.join("×")]));
    const V = text.vocab.size;
    expect(shapes(randomModel(text, { cell: "gru", layers: 2 }))).toEqual({
      "embedding.weight": `${V}×5`,
      "rnn.weight_ih_l0": "21×5",
      "rnn.weight_hh_l0": "21×7",
      "rnn.bias_ih_l0": "21",
      "rnn.bias_hh_l0": "21",
      "rnn.weight_ih_l1": "21×7",
      "rnn.weight_hh_l1": "21×7",
      "rnn.bias_ih_l1": "21",
      "rnn.bias_hh_l1": "21",
      "decoder.weight": `${V}×7`,
      "decoder.bias": `${V}`,
    });
    const tied = modelTensors(randomModel(text, { cell: "lstm", embedding: 7, tied: true })).tensors;
    const find = (name: string) => tied.find((tensor) => tensor.name === name)?.data;
    expect(find("decoder.weight")).toEqual(find("embedding.weight"));
    expect(find("decoder.weight")?.length).toBe(7 * V);
  });

  test("a user's cell is read if it is passed to readModel", () => {
    const own = { ...cells[0]!, kind: "mine" };
    const model = randomModel(text, { cell: "rnn" });
    const settings = { nonlinearity: "tanh", identityInit: false };
    const file = readSafetensors(bytesOf({ ...model, spec: { ...model.spec, cell: own, cellSettings: settings } }));
    expect(() => readModel(file, "my.safetensors")).toThrow('the cell "mine", which this package does not know');
    expect(readModel(file, "my.safetensors", [own]).weights).toEqual(model.weights);
  });
});

describe("a vocabulary", () => {
  // Tokens that are longer in a file: a quote becomes \\\" and a control character \\u0001.
  const vocabOf = (count: number, length: number) => {
    const filler = '"\\\u0001é🌉'.repeat(Math.ceil(length / 5)).slice(0, length);
    const counts = Array.from({ length: count }, (_, i) => [`${i} ${filler}`, 1_000_000 - i] as const);
    return {
      vocab: Vocab.build(counts, { specials: ["<unk>"], minFreq: 1, maxSize: undefined }),
      counts: [0, ...counts.map(([, n]) => n)],
    };
  };
  const fits = ({ vocab, counts }: ReturnType<typeof vocabOf>) => {
    try {
      checkVocabularyFits(vocab, counts);
      return true;
    } catch (error) {
      expect(error).toMatchObject({ code: "usage", hint: "Make it smaller with `maxSize` or `minFreq`." });
      expect((error as Error).message).toMatch(/larger than 8 MiB\.$/);
      return false;
    }
  };

  test("that passes the check fits into a file; one that is 1% larger is refused", () => {
    const one = JSON.stringify(JSON.stringify(vocabOf(1, 2000).vocab.itos[1]));
    const count = Math.floor((0.985 * HEADER_LIMIT) / new TextEncoder().encode(one).length);
    const most = vocabOf(count, 2000);
    expect(fits(most)).toBe(true);
    expect(fits(vocabOf(Math.ceil(1.01 * count), 2000))).toBe(false);
    const field = createField({ unit: "word" });
    const { tensors, metadata } = modelTensors(randomModel({ ...most, field }, { hidden: 1, embedding: 1 }));
    const pieces = writeSafetensors(tensors, metadata);
    expect(pieces[0]!.length).toBeLessThan(HEADER_LIMIT);
    expect(pieces[0]!.length).toBeGreaterThan(0.97 * HEADER_LIMIT);
    expect(open(join(pieces)).vocab.itos).toEqual(most.vocab.itos);
  });

  test("that is too large for a file is refused before a model is created, with the settings that reduce it", () => {
    const { vocab, counts } = vocabOf(1500, 2000);
    const ids = Int32Array.from({ length: 10_000 }, (_, i) => i % vocab.size);
    const train = {
      ...sourceOf(ids),
      characters: 1,
      bytes: 1,
      firstCharacters: 1,
      firstBytes: 1,
      firstSpelling: 0,
      unknown: 0,
      spelling: 0,
    };
    const engine = {
      ...f64,
      open: () => {
        throw new Error("a model was made");
      },
    };
    const corpus = {
      field: createField({ unit: "word" }),
      vocab,
      train,
      counts: Float64Array.from(counts),
      valid: undefined,
      documents: 1,
    };
    expect(counts.length).toBe(vocab.size);
    expect(() => prepare(corpus, {}, { engine })).toThrow(/^A vocabulary of 1501 tokens makes /);
  });
});
