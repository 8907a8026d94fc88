// Worker pool: threads that together run a work item, which is divided into parts. Each idle thread, the calling one
// included, takes the next part until none is left. Half of the threads take parts from the top and half from the
// bottom, so that a thread usually gets the parts that it had before, whose data is in its core's cache. A worker that
// is late or still starting delays nobody: the others take its parts. The caller guarantees that any partition gives
// the same bits.

import type { Thread, ThreadFailed } from "../base/ports.js";

/** Runs part `part` of `parts` of a work item. The result must not depend on the thread. */
export type RunPart<Item> = (item: Item, part: number, parts: number) => void;

/** Runs work items on one or more threads. */
export interface WorkerPool<in Item> {
  /** Number of threads that compute. */
  readonly threads: number;
  /**
   * Runs the whole item in `parts` parts. Rejects if a part throws or a thread ends; after that the pool cannot be
   * used.
   */
  run(item: Item, parts: number): Promise<void>;
  /** Ends the workers; a later `run` starts new ones. */
  end(): void;
}

export interface WorkerPoolOptions<Item> {
  /** Number of threads that compute, the calling thread included. */
  readonly threads: number;
  readonly run: RunPart<Item>;
  /**
   * Starts worker number `worker`, from 1 to `threads`, which must call `serveWorkerPool` on `control`; `failed` as in
   * `Spawn`. Number `threads` is started only if items are long: it computes in place of the calling thread.
   */
  readonly spawn: (control: SharedArrayBuffer, worker: number, failed: ThreadFailed) => Thread;
  /** Whether items are known to be long: then `run` starts all workers at the first item and waits for them. */
  readonly long?: boolean;
  /** Called once if a worker cannot be started. No other is started then; the present ones continue with the caller. */
  readonly refused: (error: unknown) => void;
  /** Yields to the event loop, so that signals and the end of a thread are noticed. */
  readonly pause: () => Promise<void>;
}

/** Time of busy waiting before a thread sleeps: about the cost of a wake-up. */
const SPIN_MS = 0.05;
/** Longest sleep of the calling thread. An item on which it computes longer than this is long. */
const SLICE_MS = 50;
const MOST_PARTS = 1023;
/** The number of the calling thread; workers have numbers from 1. */
const CALLER = 0;

/** A pool without workers: the calling thread computes everything. */
export function singleThread<Item>(perform: RunPart<Item>): WorkerPool<Item> {
  return {
    threads: 1,
    async run(item, parts) {
      for (let part = 0; part < parts; part++) perform(item, part, parts);
    },
    end() {},
  };
}

/** A pool of the calling thread and of workers, which start at the first `run`. */
export function createWorkerPool<Item>(o: WorkerPoolOptions<Item>): WorkerPool<Item> {
  let control = newControl();
  let workers: Thread[] = [];
  let mayStart = true;
  let failure: { readonly error: unknown } | undefined;

  function start(worker: number): void {
    const mine = control;
    const failed: ThreadFailed = (error, started = true) => {
      if (mine !== control) return;
      if (started) failure ??= { error };
      else refuse(error);
    };
    try {
      workers.push(o.spawn(control.buffer, worker, failed));
    } catch (error) {
      refuse(error);
    }
  }

  /** A worker that never started has taken no part, so that the pool can go on without it. */
  function refuse(error: unknown): void {
    if (mayStart) o.refused(error);
    mayStart = false;
  }

  /** Takes and runs parts until none is left. */
  function work(item: Item, parts: number): void {
    try {
      for (let part = take(control, CALLER); part !== undefined; part = take(control, CALLER)) {
        o.run(item, part, parts);
        Atomics.add(control.words, DONE, 1);
      }
    } catch (error) {
      failure ??= { error };
      throw error;
    }
  }

  async function allPresent(): Promise<void> {
    const present = () => Atomics.load(control.words, PRESENT);
    for (let seen = present(); mayStart && seen < o.threads; seen = present()) {
      if (maySleep()) Atomics.wait(control.words, PRESENT, seen, SLICE_MS);
      await o.pause();
      if (failure) throw failure.error;
    }
  }

  async function othersDone(parts: number): Promise<void> {
    const done = () => Atomics.load(control.words, DONE);
    spinWhile(() => done() < parts);
    for (let seen = done(); seen < parts; seen = done()) {
      if (maySleep()) Atomics.wait(control.words, DONE, seen, SLICE_MS);
      if (done() < parts) await o.pause();
      if (failure) throw failure.error;
    }
  }

  return {
    threads: o.threads,
    async run(item, count) {
      if (failure) throw failure.error;
      const parts = Math.min(count, MOST_PARTS);
      const needed = o.long ? o.threads : o.threads - 1;
      while (mayStart && workers.length < needed) start(workers.length + 1);
      if (o.long) await allPresent();
      publish(control, item, parts);
      const begun = performance.now();
      // With as many workers as threads, the calling thread does not compute, and only handles events.
      if (presentIn(control.buffer) < o.threads) work(item, parts);
      const long = performance.now() - begun > SLICE_MS;
      await othersDone(parts);
      if (mayStart && long && workers.length < o.threads) start(o.threads);
    },
    end() {
      control = newControl();
      for (const worker of workers) worker.end();
      workers = [];
    },
  };
}

/**
 * The loop of a worker: takes and runs parts of published items until its thread is ended. Throws what `perform`
 * throws.
 */
export function serveWorkerPool<Item>(buffer: SharedArrayBuffer, worker: number, perform: RunPart<Item>): never {
  const control = controlOver(buffer);
  const { words } = control;
  Atomics.add(words, PRESENT, 1);
  Atomics.notify(words, PRESENT);
  let known: { readonly phase: number; readonly item: Item; readonly parts: number } | undefined;
  for (;;) {
    const ticket = Atomics.load(words, TICKET);
    const part = take(control, worker);
    if (part === undefined) {
      spinWhile(() => Atomics.load(words, TICKET) === ticket);
      Atomics.wait(words, TICKET, ticket);
      continue;
    }
    const phase = words[PHASES]!; // constant, as the item is, until the last part is done; this part is not done yet
    if (known?.phase !== phase) known = { phase, ...published<Item>(control) };
    const { item, parts } = known;
    perform(item, part, parts);
    if (Atomics.add(words, DONE, 1) + 1 === parts) Atomics.notify(words, DONE);
  }
}

/** Number of workers that are serving. */
export function presentIn(control: SharedArrayBuffer): number {
  return Atomics.load(controlOver(control).words, PRESENT);
}

// ── The control block ────────────────────────────────────────────────────────────────────────────────────────────────

interface Control {
  readonly buffer: SharedArrayBuffer;
  readonly words: Int32Array;
  readonly text: Uint8Array;
}

// Words of 4 bytes; those that several threads write have a cache line each. Then the item, as JSON.
/**
 * The phase (12 bits, wrapping around) and the range [low, high) of parts that are not taken (10 bits each). They share
 * a word, so that taking a part and reading its phase is one atomic operation.
 */
const TICKET = 0;
const BITS = 10;
/** Number of finished parts of this phase. */
const DONE = 16;
/** Number of workers that are serving. */
const PRESENT = 32;
const TEXT_LENGTH = 48;
/** Number of phases, not wrapping around. */
const PHASES = 49;
const TEXT_AT = 256;
const TEXT_ROOM = 4096;

function newControl(): Control {
  return controlOver(new SharedArrayBuffer(TEXT_AT + TEXT_ROOM));
}

function controlOver(buffer: SharedArrayBuffer): Control {
  return { buffer, words: new Int32Array(buffer, 0, TEXT_AT / 4), text: new Uint8Array(buffer, TEXT_AT) };
}

/** Begins a phase. All parts of the phase before must be done. */
function publish(c: Control, item: unknown, parts: number): void {
  const json = new TextEncoder().encode(JSON.stringify({ item, parts }));
  c.text.set(json); // throws a RangeError if the item is too long
  c.words[TEXT_LENGTH] = json.length;
  c.words[DONE] = 0;
  c.words[PHASES]! += 1;
  const phase = (Atomics.load(c.words, TICKET) >>> (2 * BITS)) + 1;
  Atomics.store(c.words, TICKET, (phase << (2 * BITS)) | parts);
  Atomics.notify(c.words, TICKET);
}

function published<Item>(c: Control): { item: Item; parts: number } {
  return JSON.parse(new TextDecoder().decode(c.text.slice(0, c.words[TEXT_LENGTH])));
}

/**
 * Takes a part of the phase: the highest, or for odd takers the lowest. Undefined if none is left.
 */
function take(c: Control, taker: number): number | undefined {
  const fromBelow = taker % 2 === 1;
  for (let ticket = Atomics.load(c.words, TICKET); ; ) {
    const low = (ticket >>> BITS) & MOST_PARTS;
    const high = ticket & MOST_PARTS;
    if (low === high) return undefined;
    const current = Atomics.compareExchange(c.words, TICKET, ticket, fromBelow ? ticket + (1 << BITS) : ticket - 1);
    if (current === ticket) return fromBelow ? low : high - 1;
    ticket = current;
  }
}

/** Waits busily while the condition holds, at most `SPIN_MS`. */
function spinWhile(condition: () => boolean): void {
  const until = performance.now() + SPIN_MS;
  while (condition() && performance.now() < until);
}

/** Whether this thread may sleep. The main thread of a page may not; it yields to its event loop instead. */
function maySleep(): boolean {
  try {
    return Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1, 0) === "not-equal";
  } catch {
    return false;
  }
}

/** The reason for one thread if an engine has no `attach`. */
export const NO_SHARING =
  "there is no memory here that threads could share (a page has it if it is cross-origin isolated)";

/** The reason why a thread could not be started, in a few words. */
export function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\.$/, "");
}
