// What every platform longhand runs on already has, and nothing more: Node, browsers and workers all provide these.
// Floors below the doors compile against this list alone, so `process`, `fs` and `document` are type errors there.

declare class TextEncoder {
  encode(text?: string): Uint8Array<ArrayBuffer>;
}
declare class TextDecoder {
  constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean });
  decode(bytes?: ArrayBufferView | ArrayBuffer, options?: { stream?: boolean }): string;
}
declare namespace Intl {
  class Segmenter {
    constructor(locale: string, options: { granularity: "word" });
    segment(text: string): Iterable<{ readonly segment: string }>;
  }
}
declare function setTimeout(callback: () => void, milliseconds?: number): unknown;
declare function setInterval(callback: () => void, milliseconds?: number): { unref?: () => void };
declare function clearInterval(timer: unknown): void;
declare function structuredClone<T>(value: T): T;
declare function atob(text: string): string;
declare const performance: { now(): number };

interface AbortSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
}
interface URL {
  readonly href: string;
}
interface Blob {
  readonly size: number;
  slice(start?: number, end?: number): Blob;
  arrayBuffer(): Promise<ArrayBuffer>;
}

declare namespace WebAssembly {
  class Module {
    constructor(bytes: ArrayBufferView | ArrayBuffer);
  }
  class Instance {
    constructor(module: Module, imports?: Record<string, Record<string, unknown>>);
    readonly exports: Record<string, unknown>;
  }
  class Memory {
    constructor(limits: { initial: number; maximum?: number; shared?: boolean });
    readonly buffer: ArrayBuffer | SharedArrayBuffer;
  }
  function validate(bytes: ArrayBufferView | ArrayBuffer): boolean;
}
