// Products split over threads, for who computes one small act after another and cannot wait for an event loop between two: a
// session that writes. An arena's `matmul` looks as ever; where it is large, threads that wait for it compute their columns, or
// rows. Any cut gives the same bits. Whole acts over lanes are crew.ts's.

import { LonghandError } from "../base/errors.js";
import type { Thread } from "../base/ports.js";
import type { Arena, Engine, SharedMemory } from "./arena.js";
import { type Kernels, NONE } from "./kernels.js";
import { maySleep, spinWhile } from "./worker-pool.js";

/** What a thread of a split starts with. */
export interface SplitSetup {
  readonly control: SharedArrayBuffer;
  readonly shared: SharedMemory;
  /** Its number, from 1. */
  readonly sharer: number;
  /** Threads, the caller among them. */
  readonly threads: number;
}

export interface SplitOptions {
  readonly threads: number;
  /** Starts a thread that calls `serveSplit`; `failed` as in `Spawn`. */
  readonly spawn: (setup: SplitSetup, failed: (error: unknown) => void) => Thread;
  /** Told where `spawn` throws or a thread ends: the caller computes alone from then on. */
  readonly refused: (error: unknown) => void;
  /** How long a thread may take for its part, in ms, before the caller gives up with a LonghandError. */
  readonly patience?: number;
}

export interface Split {
  /** An arena of `length` elements whose large products are split. */
  open(length: number): Arena;
  /** Sends the threads home. */
  end(): void;
}

/** Multiply-adds that are worth being split: some 8 µs of one thread, where a barrier costs about one. */
const LEAST = 2 ** 17;
/** How long a thread looks again and again before it sleeps: longer than a session takes between two products. */
const SPIN_MS = 0.2;
const SLICE_MS = 50;
const PATIENCE_MS = 10_000;

export function openSplit(engine: Engine, o: SplitOptions): Split {
  let workers: Thread[] = [];
  let alone = false;

  const refuse = (error: unknown) => {
    if (!alone) o.refused(error);
    alone = true;
  };

  function call(arena: Arena, control: SharedArrayBuffer): void {
    try {
      for (let sharer = 1; sharer < o.threads; sharer++) {
        workers.push(o.spawn({ control, shared: arena.shared!, sharer, threads: o.threads }, refuse));
      }
    } catch (error) {
      refuse(error);
    }
  }

  return {
    open(length) {
      const arena = engine.open(length, o.threads - 1);
      const control = new SharedArrayBuffer(4 * (CLAIM + LINE * o.threads));
      const words = new Int32Array(control);
      const mine: Work = { words, arena, panel: engine.panel, threads: o.threads, first: 0 };
      call(arena, control);
      const pace = openPace();
      const { matmul: whole } = arena.kernels;
      const matmul: Kernels["matmul"] = (h, out, a, packed, bias, blocks, rows, lanes, k, n, accumulate) => {
        const gapless = blocks === 1 || rows === lanes;
        const size = blocks * rows * k * n;
        const splits = !alone && gapless && size >= LEAST && Atomics.load(words, PRESENT) > 0;
        const begun = splits ? pace.begin() : undefined;
        if (!splits || !pace.split) whole(h, out, a, packed, bias, blocks, rows, lanes, k, n, accumulate);
        else {
          const phase = publish(words, out, a, packed, bias, blocks * rows, k, n, accumulate);
          takeParts(mine, phase);
          if (!othersDone(words, o.threads, o.patience ?? PATIENCE_MS)) pace.late();
        }
        if (begun !== undefined) pace.end(begun, size);
      };
      return { ...arena, kernels: { ...arena.kernels, matmul } };
    },
    end() {
      alone = true;
      for (const worker of workers) worker.end();
      workers = [];
    },
  };
}

/** Whether the next product is split: what is faster at present, for others may want the cores too. No bit depends on it. */
interface Pace {
  readonly split: boolean;
  /** Before a product that could be split. Gives the time where it is taken. */
  begin(): number | undefined;
  end(begun: number, size: number): void;
  /** A thread was put aside by the system while the caller waited: none is asked for a while. */
  late(): void;
}

/** In turns: some products one way and some the other, timed; then many in the way that was faster. */
function openPace(): Pace {
  const [trial, turns] = [32, 1024];
  let turn = -1;
  let best = true;
  let split = true;
  let sizes = [0, 0];
  let spent = [0, 0];
  const forget = () => {
    sizes = [0, 0];
    spent = [0, 0];
  };
  return {
    get split() {
      return split;
    },
    begin() {
      turn = (turn + 1) % turns;
      split = turn >= trial && turn < 2 * trial ? !best : best;
      return turn < 2 * trial ? performance.now() : undefined;
    },
    end(begun, size) {
      if (turn >= 2 * trial) return;
      const way = split ? 1 : 0;
      spent[way]! += performance.now() - begun;
      sizes[way]! += size;
      if (turn + 1 < 2 * trial) return;
      best = sizes[1]! * spent[0]! >= sizes[0]! * spent[1]!;
      forget();
    },
    late() {
      best = false;
      turn = 2 * trial;
      forget();
    },
  };
}

/** A thread's whole life: computes its parts of whatever product is published, over its arena of the same memory. */
export function serveSplit({ control, sharer, threads }: SplitSetup, arena: Arena, panel: number): never {
  const words = new Int32Array(control);
  const mine: Work = { words, arena, panel, threads, first: sharer };
  Atomics.add(words, PRESENT, 1);
  for (let seen = 0; ; ) {
    const phase = Atomics.load(words, PHASE);
    if (phase !== seen) {
      takeParts(mine, phase);
      seen = phase;
      continue;
    }
    spinWhile(() => Atomics.load(words, PHASE) === seen, SPIN_MS);
    if (Atomics.load(words, PHASE) !== seen) continue;
    Atomics.add(words, ASLEEP, 1);
    Atomics.wait(words, PHASE, seen);
    Atomics.sub(words, ASLEEP, 1);
  }
}

/** Threads that serve. */
export function presentInSplit(control: SharedArrayBuffer): number {
  return Atomics.load(new Int32Array(control), PRESENT);
}

// ── The control block: words of 4 bytes, each on a cache line of its own ─────────────────────────────────────────────────────

const LINE = 16;
/** The product at hand, counted. */
const PHASE = 0;
/** Parts of it that are done. */
const DONE = LINE;
/** Threads that serve; and those of them that sleep. */
const PRESENT = 2 * LINE;
const ASLEEP = 3 * LINE;
/** The caller sleeps until all parts are done. */
const CALLER_WAITS = 4 * LINE;
/** out, a, packed, bias, rows, k, n, accumulate. */
const OPERANDS = 5 * LINE;
/** For each part the phase in which it was taken last. */
const CLAIM = 6 * LINE;

/** Who works: the first part it looks at is always the same, so that its weights stay in its core's cache. */
interface Work {
  readonly words: Int32Array;
  readonly arena: Arena;
  readonly panel: number;
  readonly threads: number;
  readonly first: number;
}

function publish(words: Int32Array, ...operands: readonly number[]): number {
  for (let i = 0; i < operands.length; i++) words[OPERANDS + i] = operands[i]!;
  words[DONE] = 0;
  const phase = (words[PHASE]! + 1) | 0;
  Atomics.store(words, PHASE, phase);
  if (Atomics.load(words, ASLEEP) > 0) Atomics.notify(words, PHASE);
  return phase;
}

/** Takes parts that nobody has taken. A part is taken in its phase only, and the operands stand until all are done. */
function takeParts(w: Work, phase: number): void {
  const { words, threads } = w;
  const before = (phase - 1) | 0;
  for (let i = 0; i < threads; i++) {
    const part = (w.first + i) % threads;
    if (Atomics.compareExchange(words, CLAIM + LINE * part, before, phase) !== before) continue;
    computePart(w, part);
    if (Atomics.add(words, DONE, 1) + 1 < threads || Atomics.load(words, CALLER_WAITS) === 0) continue;
    Atomics.notify(words, DONE);
  }
}

/** Rows, where there are several; of one row, columns in whole groups of panels. */
function computePart({ words, arena, panel, threads }: Work, part: number): void {
  const operand = (i: number) => words[OPERANDS + i]! >>> 0;
  const [out, a, packed, bias] = [operand(0), operand(1), operand(2), operand(3)];
  const [rows, k, n, accumulate] = [operand(4), operand(5), operand(6), operand(7)];
  const { kernels, handle } = arena;
  if (rows > 1) {
    const [from, to] = [Math.floor((part * rows) / threads), Math.floor(((part + 1) * rows) / threads)];
    if (to === from) return;
    kernels.matmul(handle, out + from * n, a + from * k, packed, bias, 1, to - from, to - from, k, n, accumulate);
    return;
  }
  const unit = 4 * panel; // what the product of a row computes at a time
  const cut = (i: number) => (i === threads ? n : Math.min(n, Math.round((i * n) / threads / unit) * unit));
  const [from, to] = [cut(part), cut(part + 1)];
  if (to <= from) return;
  const offset = bias === NONE ? NONE : bias + from;
  kernels.matmul(handle, out + from, a, packed + from * k, offset, 1, 1, 1, k, to - from, accumulate);
}

/** Waits for all parts. False where it had to sleep for that: a part of ours takes as long as the others'. */
function othersDone(words: Int32Array, parts: number, patience: number): boolean {
  const missing = () => Atomics.load(words, DONE) < parts;
  if (!missing()) return true;
  spinWhile(missing, SPIN_MS);
  if (!missing()) return true;
  const begun = performance.now();
  while (missing()) {
    Atomics.store(words, CALLER_WAITS, 1);
    const seen = Atomics.load(words, DONE);
    if (seen < parts && maySleep()) Atomics.wait(words, DONE, seen, SLICE_MS);
    if (performance.now() - begun > patience && missing()) {
      throw new LonghandError("io", "A compute thread does not answer.", { hint: "Use `threads: 1`." });
    }
  }
  Atomics.store(words, CALLER_WAITS, 0);
  return false;
}
