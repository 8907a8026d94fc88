// The WebAssembly engine: the C kernels of kernels/, with one memory per arena. It computes in f32. The modules are
// committed as text (modules/), so that loading them needs no compiler, no file and no network.

import { type Arena, canShare, type Engine, noRoom, type SharedMemory } from "../arena.js";
import { type Kernels, kernelNames } from "../kernels.js";
import * as relaxed from "./modules/relaxed-simd.js";
import * as simd from "./modules/simd.js";

/** relaxed-simd fuses multiply and add if the processor can; simd gives the same bits on every machine. */
export type WasmLevel = "relaxed-simd" | "simd";

interface ModuleText {
  readonly panel: number;
  readonly heapBase: number;
  readonly limitsAt: number;
  readonly base64: string;
}

/** The modules, fastest first. */
const texts: Readonly<Record<WasmLevel, ModuleText>> = { "relaxed-simd": relaxed, simd };

const PAGE = 65536;
/** Pages that 32-bit addresses reach. */
const MOST_PAGES = 65536;
/** Size of a cache line, at which an arena begins. */
const LINE = 64;

const compiled: Partial<Record<WasmLevel, WebAssembly.Module>> = {};
const compiledShared: Partial<Record<WasmLevel, WebAssembly.Module>> = {};

function bytesOfModule(level: WasmLevel): Uint8Array<ArrayBuffer> {
  const text = atob(texts[level].base64.replaceAll("\n", ""));
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

/** The levels, fastest first, and whether this runtime supports each, or why not. */
export function wasmLevels(): { level: WasmLevel; usable: boolean; reason?: string }[] {
  return (["relaxed-simd", "simd"] as const).map((level) => {
    if (typeof WebAssembly === "undefined") return { level, usable: false, reason: "this runtime has no WebAssembly" };
    if (compiled[level] || WebAssembly.validate(bytesOfModule(level))) return { level, usable: true };
    return { level, usable: false, reason: `this runtime's WebAssembly lacks ${level}` };
  });
}

/** The engine of one level. Its `open` throws a LonghandError if memory cannot be allocated or exceeds 4 GiB. */
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

/** The compiled module. One byte of its import section says whether its memory is shared. */
function moduleOf(level: WasmLevel, shared: boolean): WebAssembly.Module {
  const { [level]: known } = shared ? compiledShared : compiled;
  if (known) return known;
  const bytes = bytesOfModule(level);
  if (shared) bytes[texts[level].limitsAt] = 3;
  const module = new WebAssembly.Module(bytes);
  (shared ? compiledShared : compiled)[level] = module;
  return module;
}

/** Begin of the arena in bytes: after the module's stack and data, and a stack of the same size for each sharer. */
function arenaBase(level: WasmLevel, sharers: number): number {
  return Math.ceil((texts[level].heapBase * (1 + sharers)) / LINE) * LINE;
}

function arenaOver(level: WasmLevel, shared: SharedMemory, sharer: number): Arena {
  const { length, sharers } = shared;
  const memory = shared.memory as WebAssembly.Memory;
  const handle = arenaBase(level, sharers);
  const { exports } = new WebAssembly.Instance(moduleOf(level, sharers > 0), { env: { memory } });
  const stack = exports.__stack_pointer as { value: number };
  stack.value += sharer * texts[level].heapBase; // the stack grows down; each thread has its own
  return {
    precision: "f32",
    length,
    handle,
    // The exports are the kernels. JavaScript converts each number to the operand's u32, float or double, also offsets
    // above 2^31.
    kernels: Object.fromEntries(kernelNames.map((name) => [name, exports[name]])) as unknown as Kernels,
    reals: (offset, n) => new Float32Array(memory.buffer, handle + 4 * offset, n),
    setIntegers: (offset, values) => new Int32Array(memory.buffer, handle + 4 * offset, values.length).set(values),
    ...(sharers > 0 && { shared }),
  };
}

/** A memory of at least `bytes` bytes, all zero, of fixed size. */
function newMemory(bytes: number, shared: boolean): WebAssembly.Memory {
  const pages = Math.ceil(bytes / PAGE);
  if (pages > MOST_PAGES) throw noRoom(bytes);
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages, shared });
  } catch (refused) {
    throw noRoom(bytes, refused);
  }
}
