// The native engine: the C kernels of kernels/ as machine code, in a Node addon that node/ loads. It computes in f32,
// on JavaScript's own memory.

import { type Arena, addressable, canShare, type Engine, noRoom, type SharedMemory } from "../arena.js";
import { type Kernels, kernelNames } from "../kernels.js";

/** The instruction sets. On one machine a level always gives the same bits; other levels give other bits. */
export type NativeLevel = "avx512" | "avx2" | "sse2" | "neon";

export interface AddonLevel {
  readonly name: NativeLevel;
  /** Floats in a vector. */
  readonly lanes: number;
  readonly panel: number;
  /** Whether this processor has the instructions. */
  readonly usable: boolean;
  /** Computes 12 · lanes multiply-adds per turn, as fast as the level can. */
  peak(turns: number): number;
  readonly kernels: Kernels;
}

/** What kernels/addon.c exports. */
export interface NativeAddon {
  readonly version: number;
  /** SHA-256 of the C sources that it was built from. */
  readonly sources: string;
  /** The best level first. */
  readonly levels: readonly AddonLevel[];
  /** The handle of an arena, valid until the view is collected; after that the kernels throw. */
  bind(view: Float32Array): number;
  /** Bytes from the view's first element to the next cache line. */
  skip(view: Float32Array): number;
}

/** The result of loading the addon: a usable addon, or the reason why there is none. */
export type AddonFound =
  | { readonly kind: "loaded"; readonly addon: NativeAddon }
  | { readonly kind: "absent"; readonly reason: string };

/** Version of the addon's interface: raised when bind, skip or the calls of kernels change. */
const VERSION = 1;
const LINE = 64;

/** Why a loaded module cannot be used as the addon; undefined if it can. */
export function addonObstacle(loaded: unknown, sources: string): string | undefined {
  const addon = loaded as Partial<NativeAddon> | null | undefined;
  if (typeof addon?.bind !== "function" || !Array.isArray(addon.levels)) return "it is not an addon of longhand";
  if (addon.version !== VERSION) return `its interface has version ${addon.version}, not ${VERSION}`;
  if (addon.sources !== sources) return "it was built from other sources";
  const missing = addon.levels.flatMap(({ kernels }) =>
    kernelNames.filter((name) => typeof kernels?.[name] !== "function"),
  );
  return missing.length === 0 ? undefined : `it lacks ${missing[0]}`;
}

/** The engine of one level. Its `open` throws a LonghandError if memory cannot be allocated. */
export function nativeEngine(addon: NativeAddon, name: NativeLevel): Engine {
  const level = addon.levels.find((each) => each.name === name);
  if (!level?.usable) throw new Error(`the addon has no level ${name} for this processor`);
  return {
    name: "native",
    level: name,
    precision: "f32",
    panel: level.panel,
    mostBytes: addressable("f32"),
    open(length, sharers = 0) {
      const buffer = newBuffer(length, sharers > 0);
      const arena = bindArena(addon, level, buffer, length);
      return sharers > 0 ? { ...arena, shared: { memory: buffer, length, sharers } } : arena;
    },
    ...(canShare() && {
      attach: ({ memory, length }: SharedMemory) => bindArena(addon, level, memory as SharedArrayBuffer, length),
    }),
  };
}

/** An arena over a buffer of `bufferBytes(length)` bytes. Each thread that loads the addon may bind a shared buffer. */
export function bindArena(addon: NativeAddon, level: AddonLevel, buffer: ArrayBufferLike, length: number): Arena {
  const start = addon.skip(new Float32Array(buffer, 0, 1));
  const view = new Float32Array(buffer, start, Math.max(1, length));
  const integers = new Int32Array(buffer, start, length);
  return {
    precision: "f32",
    length,
    handle: addon.bind(view),
    kernels: level.kernels,
    reals: (offset, n) => view.subarray(offset, offset + n), // through `view`, which keeps the handle valid
    setIntegers: (offset, values) => integers.set(values, offset),
  };
}

/** Bytes of a buffer in which an arena of `length` elements can begin at a cache line. */
export function bufferBytes(length: number): number {
  return 4 * Math.max(1, length) + LINE;
}

function newBuffer(length: number, shared: boolean): ArrayBufferLike {
  const bytes = bufferBytes(length);
  try {
    return shared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes);
  } catch (refused) {
    throw noRoom(4 * length, refused);
  }
}
