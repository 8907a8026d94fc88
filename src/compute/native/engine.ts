// The native engine: the C kernels of kernels/ as machine code, in an addon that a door loads and hands over. It computes in
// f32, over memory of JavaScript's own. Nothing here knows where an addon lies or how it is loaded.

import { type Arena, addressable, canShare, type Engine, noRoom, type SharedMemory } from "../arena.js";
import { type Kernels, kernelNames } from "../kernels.js";

/** The instructions a level may use; on one machine each gives the same bits always, another level gives others. */
export type NativeLevel = "avx512" | "avx2" | "sse2" | "neon";

interface AddonLevel {
  readonly name: NativeLevel;
  /** Floats in a vector. */
  readonly lanes: number;
  readonly panel: number;
  /** Whether this processor has the instructions. */
  readonly usable: boolean;
  /** Does 12 · lanes multiply-adds a turn, as fast as the level can. */
  peak(turns: number): number;
  readonly kernels: Kernels;
}

/** What kernels/addon.c exports. */
export interface NativeAddon {
  readonly version: number;
  /** SHA-256 of the C sources it was made from. */
  readonly sources: string;
  /** Best first. */
  readonly levels: readonly AddonLevel[];
  /** Gives an arena its handle. The handle is good as long as the view is alive; after that the kernels throw. */
  bind(view: Float32Array): number;
  /** Bytes from the view's first element to the next cache line. */
  skip(view: Float32Array): number;
}

/** What a door found: an addon that can be used, or why there is none. */
export type AddonFound =
  | { readonly kind: "loaded"; readonly addon: NativeAddon }
  | { readonly kind: "absent"; readonly reason: string };

/** Of the addon's interface as a whole: raised when bind, skip or the way a kernel is called changes. */
const VERSION = 1;
const LINE = 64;

/** Why a module that was loaded is not our addon, or undefined. */
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

/** The engine of one level. Its `open` throws a LonghandError where the memory is refused. */
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

/** An arena over a buffer of `bufferBytes(length)` bytes, a shared one too: each thread that loads the addon may bind it. */
export function bindArena(addon: NativeAddon, level: AddonLevel, buffer: ArrayBufferLike, length: number): Arena {
  const start = addon.skip(new Float32Array(buffer, 0, 1));
  const view = new Float32Array(buffer, start, Math.max(1, length));
  const integers = new Int32Array(buffer, start, length);
  return {
    precision: "f32",
    length,
    handle: addon.bind(view),
    kernels: level.kernels,
    reals: (offset, n) => view.subarray(offset, offset + n), // through `view`, which keeps the handle good
    setIntegers: (offset, values) => integers.set(values, offset),
  };
}

/** Room for an arena that begins at a cache line, wherever the buffer begins. */
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
