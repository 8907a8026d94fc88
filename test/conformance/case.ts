// A case: one call of one kernel as data. And how a case is run: its operands are laid at random places of an arena
// among canaries, the kernel is called on the whole or part by part, and what lies between the operands must be as it
// was.

import { expect } from "vitest";
import type { Arena, Engine } from "../../src/compute/arena.js";
import type { Handle, Kernels, kernelNames } from "../../src/compute/kernels.js";
import type { Draw } from "./draw.js";

export type KernelName = (typeof kernelNames)[number];

export type Operand =
  | { readonly kind: "reals"; readonly values: Float32Array }
  | { readonly kind: "integers"; readonly values: Int32Array }
  /** A packed operand: it starts as zeros, its layout is the engine's own. `expected` is compared bit for bit. */
  | {
      readonly kind: "room";
      readonly size: (panel: number) => number;
      readonly expected?: (panel: number) => Float32Array;
    };

export interface Case {
  readonly kernel: KernelName;
  /** The sizes, for the message of a failure. */
  readonly shape: string;
  readonly operands: Readonly<Record<string, Operand>>;
  /** The dimension that may be cut into parts (lanes, rows, elements). */
  readonly extent: number;
  /** Done once, before the calls: packing. */
  readonly prepare?: (k: Kernels, h: Handle, at: (name: string) => number) => void;
  /** Calls the kernel on the part [from, to) of the extent. */
  readonly call: (k: Kernels, h: Handle, at: (name: string) => number, from: number, to: number) => void;
  /** Terms in an output element's sum: the n of a "sum" tolerance. */
  readonly terms?: number;
  /** The magnitude that a "units" tolerance is a multiple of; without it, the true value's own. */
  readonly magnitude?: (name: string, i: number) => number;
}

/** A case's operands after its calls: values, and bits as 32-bit words. */
export type Outcome = ReadonlyMap<string, { readonly values: Float64Array; readonly bits: Uint32Array }>;

/** Elements of the arenas that `run` is given: room for any case of the suite. */
export const ROOM = 1 << 20;

/** Runs a case part by part on an arena of `engine`. `canary` fills what no operand covers. */
export function run(
  engine: Engine,
  arena: Arena,
  c: Case,
  parts: [number, number][],
  draw: Draw,
  canary: number,
): Outcome {
  const sizes = Object.entries(c.operands).map(([name, each]) => ({
    name,
    size: each.kind === "room" ? each.size(engine.panel) : each.values.length,
  }));
  const places = new Map<string, { offset: number; size: number }>();
  let end = draw.integer(0, 19);
  for (const { name, size } of sizes) {
    places.set(name, { offset: end, size });
    end += size + draw.integer(1, 19);
  }
  const total = end + 64;
  arena.reals(0, total).fill(canary);
  for (const [name, { offset, size }] of places) {
    const operand = c.operands[name]!;
    if (operand.kind === "integers") arena.setIntegers(offset, operand.values);
    else if (operand.kind === "reals") arena.reals(offset, size).set(operand.values);
    else arena.reals(offset, size).fill(0);
  }
  const before = bitsOf(arena, 0, total);
  const called = new Set<string>();
  const kernels = new Proxy(arena.kernels, {
    get(target, name: KernelName) {
      called.add(name);
      return target[name].bind(target);
    },
  });
  const at = (name: string): number => places.get(name)!.offset;
  c.prepare?.(arena.kernels, arena.handle, at);
  for (const [from, to] of parts) c.call(kernels, arena.handle, at, from, to);
  expect([...called], "the case calls its kernel and no other").toEqual([c.kernel]);

  const after = bitsOf(arena, 0, total);
  const perElement = before.length / total;
  const outside = new Uint8Array(total).fill(1);
  for (const [name, { offset, size }] of places) {
    outside.fill(c.operands[name]!.kind === "integers" ? 1 : 0, offset, offset + size);
  }
  const touched = after.findIndex((word, i) => word !== before[i] && outside[Math.floor(i / perElement)] === 1);
  if (touched >= 0) {
    const element = Math.floor(touched / perElement);
    const near = [...places].filter(([, { offset }]) => offset <= element).at(-1);
    throw new Error(
      `${c.shape}: element ${element} was touched, ${near?.[0]} starts at ${near?.[1].offset}, has ${near?.[1].size}`,
    );
  }
  return new Map(
    [...places].map(([name, { offset, size }]) => [
      name,
      { values: Float64Array.from(arena.reals(offset, size)), bits: bitsOf(arena, offset, size) },
    ]),
  );
}

function bitsOf(arena: Arena, offset: number, n: number): Uint32Array {
  const view = arena.reals(offset, n);
  return new Uint32Array(view.buffer, view.byteOffset, view.byteLength / 4).slice();
}
