// Processes side by side that take tasks from one queue, in its order: who starts them, hears them and ends them. What
// a task is, the module knows that they run. Processes and not threads: each counts its own processor seconds, and one
// that dies takes no other along.

import { type ChildProcess, fork } from "node:child_process";
import { type ErrorCode, type ErrorDetails, LonghandError } from "../../base/errors.js";

export interface JobsOptions {
  /** Calls `serveJobs`. */
  readonly module: URL;
  /** What each process begins with; plain data, as tasks and what is said are. */
  readonly setup: unknown;
  /** How many at a time, no more than there are tasks. */
  readonly count: number;
  /** Asked again and again: true ends each process after what it can save. */
  readonly stopping?: (() => boolean) | undefined;
}

/** What a process said on its way with a task, or what the task came to. */
export type Heard<Task, Said, Result> =
  | { readonly task: Task; readonly said: Said }
  | { readonly task: Task; readonly result: Result };

type ToJob = { readonly kind: "setup" | "task"; readonly value: unknown } | { readonly kind: "stop" };
type FromJob =
  | { readonly kind: "ready" | "stopped" }
  | { readonly kind: "said" | "result"; readonly value: unknown }
  | { readonly kind: "failed"; readonly error: Failure };
/** An error as it goes from process to process: ours by its details, the system's by its code. */
interface Failure {
  readonly message: string;
  readonly ours?: ErrorDetails & { readonly code: ErrorCode };
  readonly system?: { readonly code?: string; readonly syscall?: string; readonly path?: string };
}

const LOOK_MS = 50;

/**
 * Does the tasks, and tells what is heard as it comes. Where it was stopped it ends with some results missing. The
 * first error ends all processes, each after what it can save, and is thrown.
 */
export async function* sideBySide<Task, Said, Result>(
  tasks: readonly Task[],
  o: JobsOptions,
): AsyncGenerator<Heard<Task, Said, Result>, void, void> {
  const queue = [...tasks];
  const heard: Heard<Task, Said, Result>[] = [];
  const living = new Set<ChildProcess>();
  let failure: Error | undefined;
  let wake = () => {};
  const stop = () => {
    queue.length = 0;
    for (const child of living) send(child, { kind: "stop" });
  };
  const fail = (error: Error) => {
    failure ??= error;
    stop();
  };
  const begin = () => {
    const child = fork(o.module, [], {
      execArgv: [], // the process's own, --input-type say, may not suit a file
      serialization: "advanced",
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    living.add(child);
    let task: Task | undefined;
    child.on("message", (message: FromJob) => {
      if (message.kind === "said") heard.push({ task: task!, said: message.value as Said });
      else {
        if (message.kind === "result") heard.push({ task: task!, result: message.value as Result });
        if (message.kind === "stopped") stop();
        if (message.kind === "failed") fail(errorOf(message.error));
        task = queue.shift();
        if (task === undefined) child.disconnect();
        else send(child, { kind: "task", value: task });
      }
      wake();
    });
    const ended = (how: string) => {
      living.delete(child);
      if (task !== undefined) fail(lost(how));
      wake();
    };
    child.once("error", (error) => ended(error.message));
    child.once("exit", (code, signal) => ended(signal ?? `code ${code}`));
    send(child, { kind: "setup", value: o.setup });
  };
  const looking = setInterval(() => o.stopping?.() && stop(), LOOK_MS);
  try {
    for (let i = 0; i < Math.min(o.count, tasks.length); i++) begin();
    while (living.size > 0 || heard.length > 0) {
      while (heard.length > 0) yield heard.shift()!;
      if (living.size > 0) await new Promise<void>((go) => (wake = go));
    }
    if (failure !== undefined) throw failure;
  } finally {
    clearInterval(looking);
    const ends = [...living].map((child) => new Promise((go) => child.once("exit", go)));
    for (const child of living) if (child.connected) child.disconnect();
    await Promise.all(ends);
  }
}

function send(child: ChildProcess, message: ToJob): void {
  if (child.connected) child.send(message, () => {}); // one that has ended is told by its exit
}

function lost(how: string): LonghandError {
  return new LonghandError("io", `A worker process has ended early (${how}).`, {
    hint: "Run the same command again to go on from the last save. Fewer `jobs` take less memory.",
  });
}

/** A task, done; what it comes to, or undefined where `stopping` ended it before. */
export type Work<Task, Said, Result> = (task: Task, say: (said: Said) => void) => Promise<Result | undefined>;

/**
 * The life of such a process: `begin` once, then a task after another. Signals stop the task at its next chance, for a
 * terminal's go to the parent too, and it is the parent that ends; without a parent it ends likewise.
 */
export function serveJobs<Setup, Task, Said, Result>(
  begin: (setup: Setup, stopping: () => boolean) => Promise<Work<Task, Said, Result>>,
): void {
  let stopped = false;
  const stop = () => {
    stopped = true;
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
  let busy = false;
  process.on("disconnect", () => {
    stop();
    if (!busy) process.exit();
  });
  const tell = (message: FromJob) => {
    if (process.connected) process.send!(message, undefined, {}, () => {});
  };
  let work: Work<Task, Said, Result> | undefined;
  const hear = async (message: ToJob): Promise<FromJob | undefined> => {
    if (message.kind === "stop") return void stop();
    if (message.kind === "setup") {
      work = await begin(message.value as Setup, () => stopped);
      return { kind: "ready" };
    }
    const value = await work!(message.value as Task, (said) => tell({ kind: "said", value: said }));
    return value === undefined ? { kind: "stopped" } : { kind: "result", value };
  };
  process.on("message", async (message: ToJob) => {
    busy = busy || message.kind !== "stop";
    const answer = await hear(message).catch((error: Error): FromJob => ({ kind: "failed", error: failureOf(error) }));
    if (message.kind === "stop") return;
    busy = false;
    if (!process.connected) process.exit();
    if (answer !== undefined) tell(answer);
  });
}

function failureOf(error: Error & Failure["system"]): Failure {
  if (error instanceof LonghandError) {
    const { message, code, hint, setting } = error;
    return { message, ours: { code, hint, setting } };
  }
  const { message, code, syscall, path } = error;
  return { message, ...(syscall && { system: { syscall, ...(code && { code }), ...(path && { path }) } }) };
}

function errorOf({ message, ours, system }: Failure): Error {
  return ours === undefined ? Object.assign(new Error(message), system) : new LonghandError(ours.code, message, ours);
}
