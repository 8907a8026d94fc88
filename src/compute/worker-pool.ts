// A crew: threads that share out an act in parts. Whoever is free takes the next part, the calling thread too, until
// all are done. Half of the threads take them from the top and half from the bottom, so that where nobody is late each
// has the parts it had before, whose numbers lie in its core's cache. A worker that is late, or still starting, holds
// nobody up: the others take its parts. What an act does, and how numbers are shared, is not known here; that any cut
// gives the same bits is the business of who performs.

import type { Thread, ThreadFailed } from "../base/ports.js";

/** Does part `part` of `parts` of an act: the same thing on whichever thread. */
export type RunPart<Act> = (act: Act, part: number, parts: number) => void;

/** Who does acts, alone or with others. */
export interface WorkerPool<in Act> {
  /** How many compute at a time. */
  readonly threads: number;
  /**
   * Does the whole act, cut into `parts`. Rejects where a part threw or a thread died: then the pool is of no more use.
   */
  run(act: Act, parts: number): Promise<void>;
  /** Sends the workers home; a later `run` calls them again. */
  end(): void;
}

export interface WorkerPoolOptions<Act> {
  /** How many compute at a time, the caller among them. */
  readonly threads: number;
  readonly run: RunPart<Act>;
  /**
   * Starts worker number `worker`, from 1 to `threads`, which is to call `serveCrew` on `control`; `failed` as in
   * `Spawn`. The last of them is called where acts are long, or turn out to be, and takes the caller's place.
   */
  readonly spawn: (control: SharedArrayBuffer, worker: number, failed: ThreadFailed) => Thread;
  /** Acts are known to be long: all workers are called at the first one, and waited for. */
  readonly long?: boolean;
  /** Told once where a worker cannot be started: no other is called then, and those present go on with the caller. */
  readonly refused: (error: unknown) => void;
  /** Lets the event loop turn, so that signals and threads that die are heard. */
  readonly pause: () => Promise<void>;
}

/** How long a thread looks again and again before it sleeps: about what it costs to be woken. */
const SPIN_MS = 0.05;
/** The caller sleeps no longer at a time, and does not work itself where that takes it longer. */
const SLICE_MS = 50;
const MOST_PARTS = 1023;
/** The caller's number; workers have theirs from 1 on. */
const CALLER = 0;

/** A pool of the caller alone. */
export function singleThread<Act>(perform: RunPart<Act>): WorkerPool<Act> {
  return {
    threads: 1,
    async run(act, parts) {
      for (let part = 0; part < parts; part++) perform(act, part, parts);
    },
    end() {},
  };
}

/** A pool of the caller and of workers, which are called at the first `run`. */
export function createWorkerPool<Act>(o: WorkerPoolOptions<Act>): WorkerPool<Act> {
  let control = newControl();
  let workers: Thread[] = [];
  let callable = true;
  let failure: { readonly error: unknown } | undefined;

  function call(worker: number): void {
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

  /** A worker that never ran has taken no part, so that the run goes on without it. */
  function refuse(error: unknown): void {
    if (callable) o.refused(error);
    callable = false;
  }

  /** Takes parts as long as there are any. */
  function work(act: Act, parts: number): void {
    try {
      for (let part = take(control, CALLER); part !== undefined; part = take(control, CALLER)) {
        o.run(act, part, parts);
        Atomics.add(control.words, DONE, 1);
      }
    } catch (error) {
      failure ??= { error };
      throw error;
    }
  }

  async function allPresent(): Promise<void> {
    const present = () => Atomics.load(control.words, PRESENT);
    for (let seen = present(); callable && seen < o.threads; seen = present()) {
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
    async run(act, cut) {
      if (failure) throw failure.error;
      const parts = Math.min(cut, MOST_PARTS);
      const wanted = o.long ? o.threads : o.threads - 1;
      while (callable && workers.length < wanted) call(workers.length + 1);
      if (o.long) await allPresent();
      publish(control, act, parts);
      const begun = performance.now();
      // As many workers as threads: one stands in for the caller, who then only listens.
      if (presentIn(control.buffer) < o.threads) work(act, parts);
      const long = performance.now() - begun > SLICE_MS;
      await othersDone(parts);
      if (callable && long && workers.length < o.threads) call(o.threads);
    },
    end() {
      control = newControl();
      for (const worker of workers) worker.end();
      workers = [];
    },
  };
}

/**
 * A worker's whole life: takes parts of whatever the caller says until its thread is ended, or throws what `perform`
 * throws.
 */
export function serveWorkerPool<Act>(buffer: SharedArrayBuffer, worker: number, perform: RunPart<Act>): never {
  const control = controlOver(buffer);
  const { words } = control;
  Atomics.add(words, PRESENT, 1);
  Atomics.notify(words, PRESENT);
  let known: { readonly phase: number; readonly act: Act; readonly parts: number } | undefined;
  for (;;) {
    const ticket = Atomics.load(words, TICKET);
    const part = take(control, worker);
    if (part === undefined) {
      spinWhile(() => Atomics.load(words, TICKET) === ticket);
      Atomics.wait(words, TICKET, ticket);
      continue;
    }
    const phase = words[PHASES]!; // it stands, as the act does, until the last part is done, and this one is not yet
    if (known?.phase !== phase) known = { phase, ...published<Act>(control) };
    const { act, parts } = known;
    perform(act, part, parts);
    if (Atomics.add(words, DONE, 1) + 1 === parts) Atomics.notify(words, DONE);
  }
}

/** Workers that have begun to serve. */
export function presentIn(control: SharedArrayBuffer): number {
  return Atomics.load(controlOver(control).words, PRESENT);
}

// ── The control block
// ────────────────────────────────────────────────────────────────────────────────────────────────────

interface Control {
  readonly buffer: SharedArrayBuffer;
  readonly words: Int32Array;
  readonly text: Uint8Array;
}

// Words of 4 bytes, those that threads write at once on cache lines of their own; then what the act is, as JSON.
/**
 * The phase (12 bits, counted round), the parts [low, high) that nobody has taken: 10 bits each. One word: to take a
 * part and to know of which phase it is are one step.
 */
const TICKET = 0;
const BITS = 10;
/** Parts of this phase that are done. */
const DONE = 16;
/** Workers that have begun to serve. */
const PRESENT = 32;
const TEXT_LENGTH = 48;
/** Phases, counted without end. */
const PHASES = 49;
const TEXT_AT = 256;
const TEXT_ROOM = 4096;

function newControl(): Control {
  return controlOver(new SharedArrayBuffer(TEXT_AT + TEXT_ROOM));
}

function controlOver(buffer: SharedArrayBuffer): Control {
  return { buffer, words: new Int32Array(buffer, 0, TEXT_AT / 4), text: new Uint8Array(buffer, TEXT_AT) };
}

/** Begins a phase. No part of the one before is under way. */
function publish(c: Control, act: unknown, parts: number): void {
  const json = new TextEncoder().encode(JSON.stringify({ act, parts }));
  c.text.set(json); // a RangeError where it has no room
  c.words[TEXT_LENGTH] = json.length;
  c.words[DONE] = 0;
  c.words[PHASES]! += 1;
  const phase = (Atomics.load(c.words, TICKET) >>> (2 * BITS)) + 1;
  Atomics.store(c.words, TICKET, (phase << (2 * BITS)) | parts);
  Atomics.notify(c.words, TICKET);
}

function published<Act>(c: Control): { act: Act; parts: number } {
  return JSON.parse(new TextDecoder().decode(c.text.slice(0, c.words[TEXT_LENGTH])));
}

/**
 * A part of the phase, which then is the taker's to do: the highest, or for odd takers the lowest. Undefined where none
 * is left.
 */
function take(c: Control, taker: number): number | undefined {
  const fromBelow = taker % 2 === 1;
  for (let ticket = Atomics.load(c.words, TICKET); ; ) {
    const [low, high] = [(ticket >>> BITS) & MOST_PARTS, ticket & MOST_PARTS];
    if (low === high) return undefined;
    const found = Atomics.compareExchange(c.words, TICKET, ticket, fromBelow ? ticket + (1 << BITS) : ticket - 1);
    if (found === ticket) return fromBelow ? low : high - 1;
    ticket = found;
  }
}

/** Looks again and again, for so long at most. */
function spinWhile(condition: () => boolean, ms = SPIN_MS): void {
  const until = performance.now() + ms;
  while (condition() && performance.now() < until);
}

/** A page's own thread may not sleep: it turns its event loop instead. */
function maySleep(): boolean {
  try {
    return Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1, 0) === "not-equal";
  } catch {
    return false;
  }
}

/** Why there is one thread where an engine has no `attach`. */
export const NO_SHARING =
  "there is no memory here that threads could share (a page has it where it is cross-origin isolated)";

/** Says in a few words why a thread could not be had. */
export function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\.$/, "");
}
