// Tests of lookInside: states and gates against each cell's equations, written out step by step.

import { describe, expect, test } from "vitest";
import type { SettingValues } from "../../src/base/setting.js";
import type { Engine, Reals } from "../../src/compute/arena.js";
import { type Inspection, inspect } from "../../src/evaluation/inside/inside.js";
import { surprisal } from "../../src/evaluation/scoring/surprisal.js";
import type { Cell } from "../../src/model/cells/cell.js";
import { gru } from "../../src/model/cells/gru.js";
import { lstm } from "../../src/model/cells/lstm.js";
import type { LanguageModel } from "../../src/model/language-model.js";
import { createField } from "../../src/text/encoding/field.js";
import { Vocab } from "../../src/text/encoding/vocab.js";
import { f64, float32Engines } from "../helpers/engines.js";
import { newDraw, openModel, tinySpec, units } from "../helpers/tiny.js";

const N = 23;
const HIDDEN = 6;
const text = newDraw(5).integers(N, 0, 10);

const open = (
  cell: Cell,
  settings: SettingValues,
  steps = 64,
  engine: Engine = f64,
  documents = false,
): LanguageModel => openModel(tinySpec(cell, settings), engine, { lanes: 1, steps, ...(documents && { documents }) });

type Vector = readonly number[];
type Step = Readonly<Record<string, Vector>>;
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const tanh = Math.tanh;
const relu = (x: number) => Math.max(0, x);

/** W x + b, rows [part · H, part · H + H) of a layer's parameter. */
function affine(model: LanguageModel, layer: number, weight: string, bias: string | undefined) {
  const w = model.parameter(`rnn.${weight}_l${layer}`);
  const b = bias === undefined ? undefined : model.parameter(`rnn.${bias}_l${layer}`);
  return (x: Vector, part = 0): Vector =>
    Array.from({ length: HIDDEN }, (_, j) => {
      const row = part * HIDDEN + j;
      return x.reduce((sum, each, k) => sum + w[row * x.length + k]! * each, b?.[row] ?? 0);
    });
}

const zip = (f: (...xs: number[]) => number, ...vectors: readonly Vector[]): Vector =>
  vectors[0]!.map((_, j) => f(...vectors.map((v) => v[j]!)));

/**
 * One step of each cell, by the equations in its file. `before` is the previous step's result, `previous` its input.
 */
const equations: Readonly<
  Record<string, (model: LanguageModel, l: number) => (x: Vector, before: Step, previous: Vector) => Step>
> = {
  rnn(model, l) {
    const f = model.spec.cellSettings.nonlinearity === "relu" ? relu : tanh;
    const ih = affine(model, l, "weight_ih", "bias_ih");
    const hh = affine(model, l, "weight_hh", "bias_hh");
    return (x, { h }) => ({ h: zip((a, b) => f(a + b), ih(x), hh(h!)) });
  },
  gru(model, l) {
    const ih = affine(model, l, "weight_ih", "bias_ih");
    const hh = affine(model, l, "weight_hh", "bias_hh");
    return (x, { h }) => {
      const r = zip((a, b) => sigmoid(a + b), ih(x, 0), hh(h!, 0));
      const z = zip((a, b) => sigmoid(a + b), ih(x, 1), hh(h!, 1));
      const n = zip((a, b, gate) => tanh(a + gate * b), ih(x, 2), hh(h!, 2), r);
      return { h: zip((gate, a, b) => (1 - gate) * a + gate * b, z, n, h!), r, z, n };
    };
  },
  lstm(model, l) {
    const ih = affine(model, l, "weight_ih", "bias_ih");
    const hh = affine(model, l, "weight_hh", "bias_hh");
    return (x, before) => {
      const gate = (part: number, f: (x: number) => number) =>
        zip((a, b) => f(a + b), ih(x, part), hh(before.h!, part));
      const i = gate(0, sigmoid);
      const f = gate(1, sigmoid);
      const g = gate(2, tanh);
      const o = gate(3, sigmoid);
      const c = zip((keep, old, take, cand) => keep * old + take * cand, f, before.c!, i, g);
      return { h: zip((out, cell) => out * tanh(cell), o, c), c, i, f, g, o };
    };
  },
  qrnn(model, l) {
    const ih = affine(model, l, "weight_ih", "bias_ih");
    const seen = model.spec.cellSettings.qrnnWindow === 2 ? affine(model, l, "weight_previous", undefined) : undefined;
    return (x, before, previous) => {
      const gate = (part: number, f: (x: number) => number) =>
        zip((a, b) => f(a + b), ih(x, part), seen?.(previous, part) ?? x.slice(0, HIDDEN).concat(0).fill(0));
      const z = gate(0, tanh);
      const f = gate(1, sigmoid);
      const o = gate(2, sigmoid);
      const c = zip((take, cand, old) => take * cand + (1 - take) * old, f, z, before.c!);
      const h = zip((out, cell) => out * cell, o, c);
      // the input too, if it is as wide as the layer
      return { h, c, z, f, o, ...(seen && x.length === HIDDEN && { x }) };
    };
  },
  "char-loop"(model, l) {
    const v = affine(model, l, "weight_ih", "bias_ih");
    const w = affine(model, l, "weight_hidden", "bias_hidden");
    return (x, before) => {
      const inner = zip(relu, v(x));
      return { h: zip(tanh, w(zip((a, b) => a + b, before.h!, inner))), relu: inner };
    };
  },
  "char-concat"(model, l) {
    const v = affine(model, l, "weight_ih", "bias_ih");
    const u = affine(model, l, "weight_hh", undefined);
    const w = affine(model, l, "weight_hidden", "bias_hidden");
    return (x, before) => {
      const inner = zip((a, b) => relu(a + b), v(x), u(before.h!));
      return { h: zip(tanh, w(inner)), relu: inner };
    };
  },
};

/** All values of all layers after each token, from a zero state, computed step by step. */
function slowly(model: LanguageModel, ids: Int32Array): Step[][] {
  const embedding = model.parameter("embedding.weight");
  const wide = model.spec.embedding;
  const layers = Array.from({ length: model.spec.layers }, (_, l) => equations[model.spec.cell.kind]!(model, l));
  const zeros = new Array<number>(HIDDEN).fill(0);
  const last: Step[] = layers.map(() => ({ h: zeros, c: zeros }));
  const inputs = layers.map((_, l) => new Array<number>(l === 0 ? wide : HIDDEN).fill(0) as Vector);
  return [...ids].map((id) => {
    let x: Vector = [...embedding.subarray(id * wide, (id + 1) * wide)];
    for (const [l, step] of layers.entries()) {
      last[l] = step(x, last[l]!, inputs[l]!);
      inputs[l] = x;
      x = last[l]!.h!;
    }
    return [...last];
  });
}

const rowOf = (values: Reals, i: number): number[] => [...values.subarray(i * HIDDEN, (i + 1) * HIDDEN)];
const numbersOf = ({ nats, series, predictions }: Inspection) => ({
  nats: [...nats],
  predictions,
  values: series.map(({ values }) => [...values]),
});

describe.each(units)("inside a %s", (_, cell, settings) => {
  test("states and gates equal the cell's equations at every step", async () => {
    const model = open(cell, settings);
    const truth = slowly(model, text);
    const { series } = await inspect(model, text, { top: 1 });
    // Every value of the equations is visible, in each layer.
    const named = truth[0]!.flatMap((step, l) => Object.keys(step).map((name) => `${l} ${name}`));
    expect(series.map(({ layer, name }) => `${layer} ${name}`).sort()).toEqual(named.sort());
    for (const { layer, name, values, range } of series) {
      for (let i = 0; i < N; i++) {
        const wanted = truth[i]![layer]![name]!;
        for (const [j, value] of rowOf(values, i).entries()) {
          expect(value, `${name} of layer ${layer}, unit ${j}, token ${i}`).toBeCloseTo(wanted[j]!, 11);
          if (range === "share") expect(value > 0 && value < 1).toBe(true);
        }
      }
    }
  });

  test("the split of the text into windows changes no bit", async () => {
    const whole = await inspect(open(cell, settings), text, { before: 3, top: 3 });
    const split = await inspect(open(cell, settings, 5), text, { before: 3, top: 3 });
    expect(numbersOf(split)).toEqual(numbersOf(whole));
  });

  test("every engine gives the values of the f64 reference within rounding", async () => {
    const exact = await inspect(open(cell, settings), text, { before: 3, top: 3 });
    for (const [, engine] of float32Engines) {
      const fast = await inspect(open(cell, settings, 7, engine), text, { before: 3, top: 3 });
      for (const [s, { values }] of exact.series.entries()) {
        for (const [i, value] of values.entries()) expect(fast.series[s]!.values[i]).toBeCloseTo(value, 4);
      }
    }
  });
});

const letters = "abcdefghij";
const vocab = Vocab.fromJSON({ kind: "tokens", specials: 1, itos: ["<unk>", ...letters] });
const field = createField({});

test("surprisal equals score's, bit for bit, and a first token without context has none", async () => {
  const tokens = [...text].map((id) => vocab.itos[id]!);
  const inVocabulary = Int32Array.from(text, (id) => Math.max(1, id));
  const bytes = new TextEncoder().encode([...inVocabulary].map((id) => vocab.itos[id]!).join(""));
  const scored = await surprisal(open(gru, {}), { field, vocab }, bytes, "t");
  const { nats } = await inspect(open(gru, {}), inVocabulary, { top: 1 });
  expect(tokens.length).toBe(N);
  expect([...nats]).toEqual(scored.lines.flatMap((line) => line.tokens.map((each) => each.nats ?? Number.NaN)));
  expect(nats[0]).toBeNaN();
});

test("predictions are the likeliest tokens with their probabilities, and agree with the surprisal", async () => {
  const model = open(lstm, {});
  const { nats, predictions } = await inspect(model, text, { before: 3, top: 11 });
  for (const [i, each] of predictions.entries()) {
    expect(each.map(({ id }) => id).sort((a, b) => a - b)).toEqual(Array.from({ length: 11 }, (_, id) => id));
    expect(each.reduce((sum, { p }) => sum + p, 0)).toBeCloseTo(1, 12);
    expect(each.every(({ p }, k) => k === 0 || p <= each[k - 1]!.p)).toBe(true);
    expect(-Math.log(each.find(({ id }) => id === text[i])!.p)).toBeCloseTo(nats[i]!, 10);
  }
  const { predictions: some } = await inspect(model, text, { before: 3, top: 4 });
  expect(some).toEqual(predictions.map((each) => each.slice(0, 4)));
  const { predictions: first } = await inspect(model, text, { top: 4 });
  expect(first[0]).toEqual([]);
});

test("after <end> all values equal those of the document read alone", async () => {
  const END = 10;
  const document = text.map((id) => id % 10).slice(0, 9);
  const both = Int32Array.of(...document.slice(0, 4), END, ...document, END);
  const separate = await inspect(open(lstm, {}, 4, f64, true), document, { before: END, end: END, top: 2 });
  const after = await inspect(open(lstm, {}, 4, f64, true), both, { before: END, end: END, top: 2 });
  for (const [s, { values }] of separate.series.entries()) {
    expect([...after.series[s]!.values.subarray(5 * HIDDEN, 14 * HIDDEN)]).toEqual([...values]);
  }
  expect([...after.nats.subarray(5, 14)]).toEqual([...separate.nats]);
});

test("a cell without `seen` shows its state; `seen` adds other values", async () => {
  const { seen: _, ...silent } = gru;
  const plain = await inspect(open(silent, {}), text, { top: 1 });
  expect(plain.series.map(({ layer, name }) => [layer, name])).toEqual([
    [0, "h"],
    [1, "h"],
  ]);
  const candidate = { name: "u", label: "what n would add", buffer: "candidate", part: 0, range: "signed" } as const;
  const own = await inspect(open({ ...gru, seen: [candidate] }, {}), text, { top: 1 });
  expect(own.series.map(({ name }) => name)).toEqual(["h", "u", "h", "u"]);
});

test("a text that is too long to hold in memory is refused with the longest that fits", async () => {
  const model = open(lstm, {});
  const long = new Int32Array(2 ** 27 / (2 * 6 * HIDDEN) + 1);
  await expect(inspect(model, long, { top: 1 })).rejects.toThrow(/tokens at most; got \d+\.$/);
});
