// Tests of malformed model files: each is refused with a message and a hint, and without a large allocation.

import { describe, expect, test } from "vitest";
import { LonghandError } from "../../src/base/errors.js";
import { type NamedTensor, readSafetensors, type Tensor, writeSafetensors } from "../../src/checkpoint/safetensors.js";
import { modelTensors, readModel } from "../../src/model/file/model-file.js";
import { randomModel, vocabularyOf } from "../generation/models.js";
import { dice, join } from "../helpers/damage.js";

const text = vocabularyOf('Brücke 🌉 "\\\n');
const open = (bytes: Uint8Array) => readModel(readSafetensors(bytes), "my.safetensors");

describe("a malformed file", () => {
  type Parts = { tensors: NamedTensor[]; about: Record<string, unknown> };
  const base = randomModel(text, { embedding: 7, layers: 2, cellSettings: {} });

  /** The bytes of a model file after a change of its parts. */
  function changed(change: (parts: Parts) => void, model = base): Uint8Array {
    const { tensors, metadata } = modelTensors(model);
    const parts = {
      tensors: tensors.map((tensor) => ({ ...tensor, data: tensor.data.slice() }) as NamedTensor),
      about: JSON.parse(metadata.longhand!),
    };
    change(parts);
    return join(writeSafetensors(parts.tensors, { longhand: JSON.stringify(parts.about) }));
  }
  const at = (parts: Parts, name: string) => parts.tensors.findIndex((tensor) => tensor.name === name);
  const swap = (name: string, tensor: (old: NamedTensor) => Tensor) => (parts: Parts) => {
    const i = at(parts, name);
    parts.tensors[i] = { name, ...tensor(parts.tensors[i]!) };
  };
  const say = (key: string, value: unknown) => (parts: Parts) => {
    parts.about[key] = value;
  };
  const V = text.vocab.size;
  const floats = (shape: number[]): Tensor => ({
    dtype: "F32",
    shape,
    data: new Float32Array(shape.reduce((a, b) => a * b, 1)),
  });
  const weight = (value: number) =>
    swap("rnn.weight_hh_l1", (old) => {
      old.data[5] = value;
      return old;
    });
  const tokens = (itos: unknown, specials: unknown = 1) => say("vocab", { kind: "tokens", specials, itos });
  const names = (n: number) => Array.from({ length: n }, (_, i) => `t${i}`);

  const refused: [string, (parts: Parts) => void, RegExp][] = [
    ["a tensor missing", (p) => p.tensors.splice(at(p, "rnn.bias_hh_l1"), 1), /lacks the tensor rnn\.bias_hh_l1/],
    ["no tensor at all", (p) => p.tensors.splice(0), /lacks the tensor embedding\.weight/],
    [
      "a surplus tensor",
      (p) => p.tensors.push({ name: "x\u202e", ...floats([1]) }),
      /holds a tensor "x\\u\{202e\}" that/,
    ],
    ["a layer too many", say("layers", 1), /holds a tensor "rnn\..*_l1" that/],
    ["a layer too few", say("layers", 3), /lacks the tensor rnn\.weight_ih_l2/],
    [
      "a transposed shape",
      swap("decoder.weight", () => floats([7, V])),
      /decoder\.weight of shape 7 × \d+; expected \d+ × 7/,
    ],
    ["a matrix as a vector", swap("decoder.weight", () => floats([7 * V])), /decoder\.weight of shape \d+; /],
    ["an axis too many", swap("rnn.bias_ih_l0", () => floats([21, 1])), /rnn\.bias_ih_l0 of shape 21 × 1; expected 21/],
    ["a number for a list", swap("decoder.bias", () => floats([])), /decoder\.bias of shape \(\); /],
    [
      "half precision",
      swap("decoder.bias", () => ({ dtype: "F16", shape: [V], data: new Uint16Array(V) })),
      /decoder\.bias as F16; expected F32 or F64/,
    ],
    [
      "whole numbers",
      swap("embedding.weight", () => ({ dtype: "U8", shape: [V, 7], data: new Uint8Array(V * 7) })),
      /embedding\.weight as U8; expected F32 or F64/,
    ],
    [
      "two precisions",
      swap("decoder.bias", () => ({ dtype: "F64", shape: [V], data: new Float64Array(V) })),
      /decoder\.bias as F64, and its embedding as F32/,
    ],
    ["a NaN", weight(Number.NaN), /weight in rnn\.weight_hh_l1 that is not finite/],
    ["an infinity", weight(-Infinity), /weight in rnn\.weight_hh_l1 that is not finite/],
    ["an unknown cell", say("cell", "transformer"), /the cell "transformer", which this package does not know/],
    ["another cell", say("cell", "lstm"), /rnn\.weight_ih_l0 of shape 21 × 7; expected 28 × 7/],
    ["no cell", say("cell", undefined), /has the cell undefined/],
    ["format 2", say("format", 2), /has format 2; this version reads 1/],
    ["no format", say("format", undefined), /has format undefined; this version reads 1/],
    ["more hidden units than numbers", say("hidden", 65536), /embedding|rnn\.weight_ih_l0 of shape/],
    ["a width that is none", say("hidden", 1e300), /invalid value 1e\+300 for hidden/],
    ["no width", say("embedding", undefined), /invalid value undefined for embedding/],
    ["words for a number", say("layers", "two"), /invalid value "two" for layers/],
    ["a word for a switch", say("tied", "true"), /invalid value "true" for tied/],
    ["a dropout of one", say("dropout", 1), /invalid value 1 for dropout/],
    ["64 layers of 65536", (p) => Object.assign(p.about, { hidden: 65536, embedding: 65536, layers: 64 }), /of shape/],
    ["a vocabulary too small", tokens(names(V - 1)), /invalid token counts/],
    [
      "a vocabulary too large",
      (p) =>
        Object.assign(p.about, {
          vocab: { kind: "tokens", specials: 1, itos: names(V + 1) },
          counts: names(V + 1).map(() => 0),
        }),
      /embedding\.weight of shape/,
    ],
    ["a token twice", tokens(["a", "a", ...names(V - 2)]), /vocabulary in this file has "a" twice/],
    ["a token that is none", tokens([7, ...names(V - 1)]), /vocabulary in this file has no token at index 0/],
    ["specials past the end", tokens(names(V), V + 1), /as its number of specials/],
    ["an empty vocabulary", tokens([]), /vocabulary in this file is empty/],
    ["no vocabulary", say("vocab", undefined), /vocabulary in this file is neither/],
    [
      "bytes with a field of characters",
      (p) => Object.assign(p.about, { vocab: { kind: "bytes" } }),
      /field and a vocabulary that contradict/,
    ],
    ["no field", say("field", undefined), /has an invalid field/],
    ["a field that is a list", say("field", []), /has an invalid field/],
    ["a field without its specials", say("field", { ...text.field, specials: undefined }), /invalid field/],
    ["an unknown unit", say("field", { unit: "syllable" }), /has an invalid field/],
    ["counts that are no numbers", say("counts", names(V)), /invalid token counts/],
    [
      "counts below zero",
      say(
        "counts",
        names(V).map(() => -1),
      ),
      /invalid token counts/,
    ],
    [
      "counts without an end",
      (p) =>
        say(
          "counts",
          names(V).map(() => 2 ** 53),
        )(p),
      /invalid token counts/,
    ],
  ];

  function refusal(run: () => unknown): LonghandError {
    try {
      run();
    } catch (error) {
      if (error instanceof LonghandError) return error;
      throw error;
    }
    throw new Error("it was read");
  }
  const SENTENCE = /^(my\.safetensors|The vocabulary in this file) [^\n]+\.\n[^\n]+\.$/;

  test.each(refused)("is refused with its reason: %s", (_, change, says) => {
    const { code, message, hint } = refusal(() => open(changed(change)));
    expect(code).toBe("model-file");
    expect(message).toMatch(says);
    expect(`${message}\n${hint}`).toMatch(SENTENCE);
    expect(message.length).toBeLessThan(300);
  });

  test("is refused if its settings contradict each other", () => {
    const tied = randomModel(text, { embedding: 7, tied: true });
    for (const bytes of [
      changed(say("embedding", 5), tied),
      changed(say("dropout", 0.5), tied), // with one layer
    ]) {
      const error = refusal(() => open(bytes));
      expect(error).toMatchObject({ code: "model-file" });
      expect(error.message).toMatch(/settings that contradict each other|of shape/);
    }
  });

  test("is refused if the two names of a tied matrix hold different numbers, or one is missing", () => {
    const tied = randomModel(text, { embedding: 7, tied: true });
    const one = (value: number) =>
      swap("decoder.weight", (old) => {
        old.data[3] = value;
        return old;
      });
    expect(open(changed(() => {}, tied)).weights).toEqual(tied.weights);
    expect(refusal(() => open(changed(one(0.5), tied))).message).toMatch(
      /is tied, and the two names of its matrix hold different/,
    );
    const missing = (p: Parts) => p.tensors.splice(at(p, "decoder.weight"), 1);
    expect(refusal(() => open(changed(missing, tied))).message).toMatch(/lacks the tensor decoder\.weight/);
  });

  test("is refused if the metadata is foreign or deeply nested", () => {
    const { tensors } = modelTensors(base);
    const file = (metadata: Record<string, string>) => open(join(writeSafetensors(tensors, metadata)));
    for (const longhand of ["", "null", "[]", '"gru"', "{", "1"]) {
      expect(refusal(() => file({ longhand })).message).toMatch(/has no "longhand" entry in its metadata/);
    }
    expect(refusal(() => file({})).message).toMatch(/has no "longhand" entry/);
    const deep = "[".repeat(30_000) + "]".repeat(30_000);
    const whole = modelTensors(base).metadata.longhand!;
    for (const key of [
      "format",
      "cell",
      "hidden",
      "tied",
      "nonlinearity",
      "field",
      "vocab",
      "counts",
      "specials",
      "unit",
    ]) {
      const longhand =
        key === "nonlinearity"
          ? whole.replace('"gru"', '"rnn"').replace("{", `{"nonlinearity":${deep},`)
          : whole.replace(new RegExp(`"${key}":("[a-z]+"|[0-9]+|false|\\[[^\\]]*\\]|\\{[^}]*\\})`), `"${key}":${deep}`);
      expect(longhand.length, key).toBeGreaterThan(60_000);
      expect(
        refusal(() => file({ longhand })),
        key,
      ).toMatchObject({ code: "model-file" });
    }
  });

  test("allocates little more than the file's size, whatever sizes it states", () => {
    const allocated = (run: () => unknown) => {
      const before = process.memoryUsage().arrayBuffers;
      refusal(run);
      return process.memoryUsage().arrayBuffers - before;
    };
    const huge = changed((p) => Object.assign(p.about, { hidden: 65536, embedding: 65536 }));
    expect(allocated(() => open(huge))).toBeLessThan(2 ** 20);
    // As many elements as the model needs, but of one byte each, and an f64: 8 bytes each would exceed the file.
    const n = 16_000_000;
    const bytes = changed((p) => {
      const i = at(p, "embedding.weight");
      p.tensors[i] = { name: "embedding.weight", dtype: "U8", shape: [n], data: new Uint8Array(n) };
      p.tensors.push({ name: "wide", dtype: "F64", shape: [1], data: new Float64Array(1) });
      Object.assign(p.about, { embedding: 65536 });
    });
    const file = readSafetensors(bytes);
    expect(allocated(() => readModel(file, "my.safetensors"))).toBeLessThan(2 ** 20);
  });

  test("is read or refused after each of five hundred random changes of its metadata", () => {
    const { below, pick } = dice(500);
    const { tensors, metadata } = modelTensors(
      randomModel(text, { cell: "rnn", cellSettings: { nonlinearity: "tanh", identityInit: false } }),
    );
    const parts = metadata.longhand!.match(/"(?:[^"\\]|\\.)*"|-?[\d.]+|true|false|[{}[\],:]/g)!;
    const hostile = ["0", "1", "-1", "65536", "1e999", "null", "true", '""', '"__proto__"', '"lstm"', "[]", "{}", "2"];
    const seen = { read: 0, refused: 0, notJson: 0 };
    for (let i = 0; i < 500; i++) {
      const words = [...parts];
      for (let n = 1 + below(2); n > 0; n--) {
        const index = below(words.length);
        words[index] = below(2) === 0 ? pick(hostile) : words[below(words.length)]!;
      }
      const longhand = words.join("");
      const file = readSafetensors(join(writeSafetensors(tensors, { longhand })));
      try {
        const { spec, weights, vocab, counts } = readModel(file, "my.safetensors");
        expect([spec.vocabulary, counts.length]).toEqual([vocab.size, vocab.size]);
        expect(weights.every(Number.isFinite)).toBe(true);
        seen.read += 1;
      } catch (error) {
        if (!(error instanceof LonghandError) || error.code !== "model-file") throw error;
        seen[/no "longhand" entry/.test(error.message) ? "notJson" : "refused"] += 1;
      }
    }
    expect(seen.read).toBeGreaterThan(15);
    expect(seen.refused).toBeGreaterThan(50);
  });
});
