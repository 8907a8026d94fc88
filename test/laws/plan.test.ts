// Tests of the memory plan: it gives every byte before any is allocated, and an engine allocates exactly that.

import { describe, expect, test } from "vitest";
import type { Arena, Engine } from "../../src/compute/arena.js";
import { packedSize } from "../../src/compute/kernels.js";
import type { Cell } from "../../src/model/cells/cell.js";
import { LanguageModel } from "../../src/model/language-model.js";
import { type ArenaSection, plan } from "../../src/model/layout/plan.js";
import { layerShape, type ModelSpec } from "../../src/model/layout/spec.js";
import { allEngines, f32 } from "../helpers/engines.js";
import { tinySpec, units } from "../helpers/tiny.js";

type Unit = (typeof units)[number];
const sections: ArenaSection[] = ["parameters", "gradients", "optimizer", "packed", "activations"];
const layersOf = (spec: ModelSpec) => Array.from({ length: spec.layers }, (_, l) => l);
const room = (n: number) => 16 * Math.ceil(n / 16);

const specs: [string, ModelSpec][] = units.flatMap(([name, cell, settings]) => [
  [name, tinySpec(cell, settings)],
  [`${name}, tied, dropout`, tinySpec(cell, settings, { tied: true, dropout: 0.5, layers: 6 })],
]);

describe.each(allEngines)("on %s", (_, engine) => {
  test.each(specs)("%s: the sections sum to the total, and the engine allocates the total", (_, spec) => {
    for (const training of [undefined, { moments: 0 }, { moments: 2 }]) {
      for (const documents of [false, true]) {
        const options = { lanes: 3, steps: 5, documents, ...(training && { training }) };
        let opened: Arena | undefined;
        const counting: Engine = { ...engine, open: (length) => (opened = engine.open(length)) };
        const model = new LanguageModel(spec, counting, options);
        const { bytes, length, size, parameters } = plan(spec, {
          ...options,
          precision: engine.precision,
          panel: engine.panel,
        });
        const unit = engine.precision === "f64" ? 8 : 4;
        expect(sections.reduce((sum, section) => sum + bytes[section], 0)).toBe(bytes.total);
        expect(opened!.length * unit).toBe(bytes.total);
        expect(model.plan.bytes).toEqual(bytes);
        expect(opened!.length).toBe(length);
        // Sizes known without the plan: three kinds of flat arrays, and two packed copies of every packed matrix.
        expect(size).toBe(parameters.reduce((sum, p) => sum + p.rows * p.cols, 0));
        expect(bytes.parameters).toBe(room(size) * unit);
        expect(bytes.gradients).toBe(training ? room(size) * unit : 0);
        expect(bytes.optimizer).toBe((training?.moments ?? 0) * room(size) * unit);
        const packed = parameters
          .filter((p) => p.packed)
          .reduce((sum, { rows, cols }) => {
            const forward = room(packedSize(cols, rows, engine.panel));
            return sum + forward + (training ? room(packedSize(rows, cols, engine.panel)) : 0);
          }, 0);
        const { inputProjection } = model.plan;
        expect(inputProjection !== undefined).toBe(spec.cell.inputBuffer !== undefined);
        expect(bytes.packed).toBe((packed + room((inputProjection?.rows ?? 0) * (inputProjection?.width ?? 0))) * unit);
      }
    }
  });
});

test.each(specs)("%s: no two arrays overlap, and each begins on a cache line", (_, spec) => {
  const lanes = 3;
  const steps = 5;
  const panel = 16;
  const documents = true;
  const p = plan(spec, { lanes, steps, documents, training: { moments: 2 }, precision: "f32", panel });
  const offsets = new Map<number, number>();
  const put = (offset: number, n: number) => offsets.set(offset, Math.max(n, offsets.get(offset) ?? 0));
  for (const at of [p.weights, p.gradients, ...p.moments]) put(at, p.size);
  for (const each of p.parameters) {
    if (each.forward !== undefined) put(each.forward, packedSize(each.cols, each.rows, panel));
    if (each.backward !== undefined) put(each.backward, packedSize(each.rows, each.cols, panel));
  }
  const inOutputGradient = new Set(
    layersOf(spec).flatMap((l) =>
      spec.cell
        .buffers(layerShape(spec, l), spec.cellSettings)
        .filter((b) => b.inOutputGradient)
        .map((b) => b.name),
    ),
  );
  for (const [name, region] of p.regions) {
    const [, l, own] = /^rnn\.(\d+)\.(.*)$/.exec(name) ?? [];
    // Names of parts of other arrays: an output is the state one step later, a layer's input is the output below or its
    // gradient, and the embedding is one of the weights.
    if (/\.(output|d\.input|input)$|^embedding/.test(name)) continue;
    if (inOutputGradient.has(own!)) {
      const d = p.regions.get(`rnn.${l}.d.h`)!;
      expect(region).toEqual({ ...d, offset: d.offset + d.stride });
      continue;
    }
    if (own === "d.h" && inOutputGradient.size === 0) {
      // The layers share one array, each a row after the layer above it.
      const above = spec.layers - 1 - Number(l);
      expect(region.offset).toBe(p.regions.get(`rnn.${spec.layers - 1}.d.h`)!.offset + above * region.stride);
      if (above === 0) put(region.offset, (steps + spec.layers) * region.stride);
      continue;
    }
    const states = /\.(h|d\.h|c|x)$/.test(name) && !/previous/.test(name) && region.stride > 0;
    if (region.rows !== undefined) put(region.offset, region.rows * region.width);
    else put(region.offset, region.stride > 0 ? (steps + (states ? 1 : 0)) * region.stride : lanes * region.width);
  }
  let end = 0;
  for (const [offset, n] of [...offsets].sort(([a], [b]) => a - b)) {
    expect(offset).toBe(room(end));
    end = offset + n;
  }
  expect(p.regions.get("squares")!.offset).toBeLessThan(p.length);
});

/** Numbers that training stores for each hidden unit and position of a window. */
function perPosition(cell: Cell, layers: number): number {
  const bytes = (steps: number, hidden: number) =>
    plan(tinySpec(cell, {}, { hidden, layers }), {
      lanes: 16,
      steps,
      training: { moments: 0 },
      precision: "f32",
      panel: 16,
    }).bytes.activations;
  const step = (hidden: number) => bytes(9, hidden) - bytes(8, hidden);
  return (step(50) - step(20)) / (4 * 16 * 30);
}

test("training stores the gates and h of each position: 2H numbers for rnn, 5H for gru, 6H for lstm", () => {
  const [[, rnn], , [, gru], [, lstm]] = units as [Unit, Unit, Unit, Unit];
  for (const layers of [2, 3, 6]) {
    expect(perPosition(rnn, layers)).toBe(2 * layers); // the gradient of h reuses the buffer of the gates
    expect(perPosition(gru, layers)).toBe(5 * layers + 1); // the layers share one gradient of h
    expect(perPosition(lstm, layers)).toBe(6 * layers + 1);
  }
});

test("a plan allocates nothing: it gives the bytes even of a model too large for any machine", () => {
  const [, lstm] = units[3]!;
  const spec = tinySpec(lstm, {}, { vocabulary: 60000, embedding: 65536, hidden: 65536, layers: 64 });
  const options = { lanes: 65536, steps: 65536, training: { moments: 2 } };
  const { bytes } = plan(spec, { ...options, precision: "f32", panel: 16 });
  expect(bytes.total).toBeGreaterThan(2 ** 50);
  expect(() => new LanguageModel(spec, f32, options)).toThrow(/need \d+ MiB, which could not be allocated/);
});
