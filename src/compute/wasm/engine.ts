// The WebAssembly engine: the C kernels of kernels/, over a memory of their own for each arena. It computes in f32. The
// modules are committed text (modules/), so no compiler, no file and no network is needed to load them.

import { type Arena, canShare, type Engine, noRoom, type SharedMemory } from "../arena.js";
import { type Kernels, kernelNames } from "../kernels.js";
import * as relaxed from "./modules/relaxed-simd.js";
import * as simd from "./modules/simd.js";

/** relaxed-simd fuses multiply and add where the processor can; simd gives the same bits on every machine. */
export type WasmLevel = "relaxed-simd" | "simd";

interface ModuleText {
  readonly panel: number;
  readonly heapBase: number;
  readonly limitsAt: number;
  readonly base64: string;
}

/** Fastest first. */
const texts: Readonly<Record<WasmLevel, ModuleText>> = { "relaxed-simd": relaxed, simd };

const PAGE = 65536;
/** What 32-bit addresses reach. */
const MOST_PAGES = 65536;
/** An arena begins at a cache line. */
const LINE = 64;

const compiled: Partial<Record<WasmLevel, WebAssembly.Module>> = {};
const compiledShared: Partial<Record<WasmLevel, WebAssembly.Module>> = {};

function bytesOfModule(level: WasmLevel): Uint8Array<ArrayBuffer> {
  const text = atob(texts[level].base64.replaceAll("\n", ""));
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

/** The levels, fastest first, and for each whether this runtime takes it, or why not. */
export function wasmLevels(): { level: WasmLevel; usable: boolean; reason?: string }[] {
  return (["relaxed-simd", "simd"] as const).map((level) => {
    if (typeof WebAssembly === "undefined") return { level, usable: false, reason: "this runtime has no WebAssembly" };
    if (compiled[level] || WebAssembly.validate(bytesOfModule(level))) return { level, usable: true };
    return { level, usable: false, reason: `this runtime's WebAssembly lacks ${level}` };
  });
}

/** The engine of one level. Its `open` throws a LonghandError where the memory is refused or passes 4 GiB. */
export function wasmEngine(level: WasmLevel): Engine {
  return {
    name: "wasm",
    level,
    precision: "f32",
    panel: texts[level].panel,
    mostBytes: MOST_PAGES * PAGE - arenaBase(level, 0),
    open(length, sharers = 0) {
      const memory = newMemory(arenaBase(level, sharers) + 4 * length, sharers > 0);
      return arenaOver(level, { memory, length, sharers }, 0);
    },
    ...(canShare() && { attach: (shared, sharer) => arenaOver(level, shared, sharer) }),
  };
}

/** Whether the memory is a shared one is part of what a module imports: one byte of it. */
function moduleOf(level: WasmLevel, shared: boolean): WebAssembly.Module {
  const { [level]: known } = shared ? compiledShared : compiled;
  if (known) return known;
  const bytes = bytesOfModule(level);
  if (shared) bytes[texts[level].limitsAt] = 3;
  const module = new WebAssembly.Module(bytes);
  (shared ? compiledShared : compiled)[level] = module;
  return module;
}

/** Where the arena begins: after the module's stack and data, and a stack as large for each sharer. */
function arenaBase(level: WasmLevel, sharers: number): number {
  return Math.ceil((texts[level].heapBase * (1 + sharers)) / LINE) * LINE;
}

function arenaOver(level: WasmLevel, shared: SharedMemory, sharer: number): Arena {
  const { length, sharers } = shared;
  const memory = shared.memory as WebAssembly.Memory;
  const handle = arenaBase(level, sharers);
  const { exports } = new WebAssembly.Instance(moduleOf(level, sharers > 0), { env: { memory } });
  const stack = exports.__stack_pointer as { value: number };
  stack.value += sharer * texts[level].heapBase; // it grows down: each thread has its own below there
  return {
    precision: "f32",
    length,
    handle,
    // The exports are the table: a number passes as the kernel's u32, float or double, an offset above 2^31 too.
    kernels: Object.fromEntries(kernelNames.map((name) => [name, exports[name]])) as unknown as Kernels,
    reals: (offset, n) => new Float32Array(memory.buffer, handle + 4 * offset, n),
    setIntegers: (offset, values) => new Int32Array(memory.buffer, handle + 4 * offset, values.length).set(values),
    ...(sharers > 0 && { shared }),
  };
}

/** A memory of at least so many bytes, all zero, that never grows. */
function newMemory(bytes: number, shared: boolean): WebAssembly.Memory {
  const pages = Math.ceil(bytes / PAGE);
  if (pages > MOST_PAGES) throw noRoom(bytes);
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages, shared });
  } catch (refused) {
    throw noRoom(bytes, refused);
  }
}
