// Reads the golden files: vectors made with PyTorch (see test/golden/README.md).

import { readFileSync } from "node:fs";
import { readSafetensors } from "../../src/checkpoint/safetensors.js";

export interface Golden {
  readonly about: Readonly<Record<string, string>>;
  has(name: string): boolean;
  /** The numbers of a tensor, whatever their type. */
  numbers(name: string): Float64Array;
  shape(name: string): readonly number[];
  names(): string[];
  /** A number of the metadata. */
  size(name: string): number;
}

export function golden(name: string): Golden {
  const url = new URL(`../golden/vectors/${name}.safetensors`, import.meta.url);
  const file = readSafetensors(new Uint8Array(readFileSync(url)), name);
  const find = (tensor: string) => {
    const found = file.tensors.get(tensor);
    if (found === undefined) throw new Error(`${name} has no ${tensor}`);
    return found;
  };
  return {
    about: file.metadata,
    has: (tensor) => file.tensors.has(tensor),
    numbers: (tensor) => Float64Array.from(find(tensor).data as ArrayLike<number | bigint>, Number),
    shape: (tensor) => find(tensor).shape,
    names: () => [...file.tensors.keys()],
    size: (key) => Number(file.metadata[key]),
  };
}

/** The largest |a − b|, and relative to |b|. */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>): { absolute: number; relative: number } {
  if (a.length !== b.length) throw new Error(`${a.length} numbers beside ${b.length}`);
  let absolute = 0;
  let relative = 0;
  for (let i = 0; i < a.length; i++) {
    const d = Math.abs(a[i]! - b[i]!);
    if (Number.isNaN(d)) return { absolute: Number.NaN, relative: Number.NaN };
    absolute = Math.max(absolute, d);
    relative = Math.max(relative, d / Math.max(Math.abs(b[i]!), 1e-300));
  }
  return { absolute, relative };
}
