// The WebAssembly engine: the C kernels of kernels/, over a memory of their own for each arena. It computes in f32. The
// modules are committed text (modules/), so no compiler, no file and no network is needed to load them.

import { type Arena, type Engine, noRoom } from "../arena.js";
import { type Kernels, kernelNames } from "../kernels.js";
import * as relaxed from "./modules/relaxed-simd.js";
import * as simd from "./modules/simd.js";

/** relaxed-simd fuses multiply and add where the processor can; simd gives the same bits on every machine. */
export type WasmLevel = "relaxed-simd" | "simd";

interface ModuleText {
  readonly panel: number;
  readonly heapBase: number;
  readonly base64: string;
}

/** Fastest first. */
const texts: Readonly<Record<WasmLevel, ModuleText>> = { "relaxed-simd": relaxed, simd };

const PAGE = 65536;
/** What 32-bit addresses reach. */
const MOST_PAGES = 65536;
/** An arena begins at a cache line. */
const LINE = 64;

const compiled = new Map<WasmLevel, WebAssembly.Module>();

function bytesOfModule(level: WasmLevel): Uint8Array<ArrayBuffer> {
  const text = atob(texts[level].base64.replaceAll("\n", ""));
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

/** The levels, fastest first, and for each whether this runtime takes it, or why not. */
export function wasmLevels(): { level: WasmLevel; usable: boolean; reason?: string }[] {
  return (["relaxed-simd", "simd"] as const).map((level) => {
    if (typeof WebAssembly === "undefined") return { level, usable: false, reason: "this runtime has no WebAssembly" };
    if (compiled.has(level) || WebAssembly.validate(bytesOfModule(level))) return { level, usable: true };
    return { level, usable: false, reason: `this runtime's WebAssembly lacks ${level}` };
  });
}

/** The engine of one level. Its `open` throws a LonghandError where the memory is refused or passes 4 GiB. */
export function wasmEngine(level: WasmLevel): Engine {
  return { name: "wasm", level, precision: "f32", panel: texts[level].panel, open: (length) => open(level, length) };
}

function moduleOf(level: WasmLevel): WebAssembly.Module {
  const module = compiled.get(level) ?? new WebAssembly.Module(bytesOfModule(level));
  compiled.set(level, module);
  return module;
}

function open(level: WasmLevel, length: number): Arena {
  const handle = Math.ceil(texts[level].heapBase / LINE) * LINE; // the module's own stack lies before it
  const memory = newMemory(handle + 4 * length);
  const { exports } = new WebAssembly.Instance(moduleOf(level), { env: { memory } });
  return {
    precision: "f32",
    length,
    handle,
    // The exports are the table: a number passes as the kernel's u32, float or double, an offset above 2^31 too.
    kernels: Object.fromEntries(kernelNames.map((name) => [name, exports[name]])) as unknown as Kernels,
    reals: (offset, n) => new Float32Array(memory.buffer, handle + 4 * offset, n),
    setIntegers: (offset, values) => new Int32Array(memory.buffer, handle + 4 * offset, values.length).set(values),
  };
}

/** A memory of at least so many bytes, all zero, that never grows. */
function newMemory(bytes: number): WebAssembly.Memory {
  const pages = Math.ceil(bytes / PAGE);
  if (pages > MOST_PAGES) throw noRoom(bytes);
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages });
  } catch (refused) {
    throw noRoom(bytes, refused);
  }
}
