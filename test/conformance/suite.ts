// The conformance suite: every kernel of the table, on any engine, held against the f64 reference and against the laws
// of src/compute/kernels.ts. A new engine is one more line in engines.test.ts.

import { describe, expect, test } from "vitest";
import type { Engine } from "../../src/compute/arena.js";
import { kernelNames } from "../../src/compute/kernels.js";
import { referenceEngine } from "../../src/compute/reference/engine.js";
import { all, seed } from "../helpers/random.js";
import { type Case, type KernelName, type Operand, type Outcome, ROOM, run } from "./case.js";
import { cellCases } from "./cases-cells.js";
import { elementwiseCases } from "./cases-elementwise.js";
import { productCases } from "./cases-products.js";
import { scanCases } from "./cases-scans.js";
import { type Draw, newDraw } from "./draw.js";
import { lawsOf } from "./laws.js";
import { tolerances } from "./tolerances.js";

const cases: Readonly<Record<KernelName, (draw: Draw, max: number) => Case>> = {
  ...productCases,
  ...cellCases,
  ...scanCases,
  ...elementwiseCases,
};

/** Random cases for each kernel. */
const rounds = all ? 24 : 4;

/** Declares the suite's tests for one engine. */
export function conformance(engine: Engine): void {
  describe(`the ${engine.name} engine (${engine.level})`, () => {
    const truthEngine = referenceEngine("f64");
    const truthArena = truthEngine.open(ROOM);
    const arena = engine.open(ROOM);

    test.each(kernelNames)(
      "%s gives the f64 reference's numbers, in whole and in parts, and touches nothing else",
      (name) => {
        for (let round = 0; round < rounds; round++) {
          const draw = newDraw(seed + 7919 * round + 104729 * kernelNames.indexOf(name));
          const c = cases[name](draw, round === 0 ? 129 : 33);
          const whole: Range[] = [[0, c.extent]];
          const parts = draw.chance(0.2) ? oneByOne(c.extent) : draw.cuts(c.extent, draw.pick([1, 2, 3, 5]));
          try {
            // NaN between the operands shows who reads there, a number shows who writes there.
            const got = run(engine, arena, c, whole, draw, NaN);
            const inParts = run(engine, arena, c, parts, draw, 0.7310585);
            const truth = run(truthEngine, truthArena, c, whole, draw, NaN);
            const sums =
              tolerances[name].kind === "sum" ? run(truthEngine, truthArena, absolute(c), whole, draw, NaN) : truth;
            compare(c, got, truth, sums, engine.panel);
            expectSameBits(got, inParts);
          } catch (error) {
            const where = `${name}, seed ${seed}, round ${round}, ${c.shape}, parts ${JSON.stringify(parts)}`;
            throw new Error(`${where}: ${error instanceof Error ? error.message : error}`, { cause: error });
          }
        }
      },
    );

    lawsOf(engine, arena, seed);
  });
}

type Range = [from: number, to: number];

function oneByOne(extent: number): Range[] {
  return Array.from({ length: extent }, (_, i): Range => [i, i + 1]);
}

/** The case with every real operand's magnitude: a sum's result is then Σ|terms|. */
function absolute(c: Case): Case {
  const operands = Object.entries(c.operands).map(([name, each]): [string, Operand] => [
    name,
    each.kind === "reals" ? { kind: "reals", values: each.values.map(Math.abs) } : each,
  ]);
  return { ...c, operands: Object.fromEntries(operands) };
}

function compare(c: Case, got: Outcome, truth: Outcome, sums: Outcome, panel: number): void {
  for (const [name, operand] of Object.entries(c.operands)) {
    const { values } = got.get(name)!;
    if (operand.kind === "room") {
      if (operand.expected !== undefined) expect(values, name).toEqual(Float64Array.from(operand.expected(panel)));
    } else if (operand.kind === "reals") {
      const wanted = truth.get(name)!.values;
      for (const [i, value] of values.entries()) {
        const allowed =
          wanted[i] === operand.values[i] ? 0 : allowance(c, name, i, wanted[i]!, sums.get(name)!.values[i]!);
        if (!(Math.abs(value - wanted[i]!) <= allowed)) {
          throw new Error(`${name}[${i}] is ${value}, wanted ${wanted[i]} ± ${allowed}`);
        }
      }
    }
  }
}

/** How far from the truth element i of an operand may lie. What the truth left as it was has no allowance at all. */
function allowance(c: Case, name: string, i: number, truth: number, sum: number): number {
  const u = 2 ** -24;
  const tolerance = tolerances[c.kernel];
  switch (tolerance.kind) {
    case "exact":
      return 0;
    case "sum":
      return tolerance.c * (c.terms ?? 1) * u * sum;
    case "units":
      // An engine may lose what lies below the smallest normal float32.
      return tolerance.units * u * (c.magnitude?.(name, i) ?? Math.abs(truth)) + 2 ** -126;
    default:
      return tolerance satisfies never;
  }
}

function expectSameBits(a: Outcome, b: Outcome): void {
  for (const [name, { bits }] of a) {
    const others = b.get(name)!.bits;
    const i = bits.findIndex((word, at) => word !== others[at]);
    if (i >= 0) throw new Error(`${name}: word ${i} differs between the whole and the parts`);
  }
}
