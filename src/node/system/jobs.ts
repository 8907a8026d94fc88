// Worker processes that take tasks from one queue in order. The caller names the module that does the tasks. They are
// processes and not threads, so that each counts its own processor seconds and a crash ends only one.

import { type ChildProcess, fork } from "node:child_process";
import { type ErrorCode, type ErrorDetails, LonghandError } from "../../base/errors.js";

export interface JobsOptions {
  /** Module of the worker process; it calls `serveJobs`. */
  readonly module: URL;
  /** First message to each process. It is plain data, as are tasks, progress and results. */
  readonly setup: unknown;
  /** Number of processes; no more are started than there are tasks. */
  readonly count: number;
  /** Called regularly: true ends each process after it has saved. */
  readonly stopping?: (() => boolean) | undefined;
}

/** Progress of a task, or its result. */
export type JobMessage<Task, Progress, Result> =
  | { readonly task: Task; readonly progress: Progress }
  | { readonly task: Task; readonly result: Result };

type ToJob = { readonly kind: "setup" | "task"; readonly value: unknown } | { readonly kind: "stop" };
type FromJob =
  | { readonly kind: "ready" | "stopped" }
  | { readonly kind: "progress" | "result"; readonly value: unknown }
  | { readonly kind: "failed"; readonly error: Failure };
/** An error as it goes from process to process: ours by its details, the system's by its code. */
interface Failure {
  readonly message: string;
  readonly ours?: ErrorDetails & { readonly code: ErrorCode };
  readonly system?: { readonly code?: string; readonly syscall?: string; readonly path?: string };
}

const LOOK_MS = 50;

/**
 * Runs the tasks, and yields progress and results as they arrive. After a stop some results are missing. The
 * first error ends all processes, each after it has saved, and is thrown.
 */
export async function* runJobs<Task, Progress, Result>(
  tasks: readonly Task[],
  o: JobsOptions,
): AsyncGenerator<JobMessage<Task, Progress, Result>, void, void> {
  const queue = [...tasks];
  const messages: JobMessage<Task, Progress, Result>[] = [];
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
      execArgv: [], // the process's own options, such as --input-type, may not suit a file
      serialization: "advanced",
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    living.add(child);
    let task: Task | undefined;
    child.on("message", (message: FromJob) => {
      if (message.kind === "progress") messages.push({ task: task!, progress: message.value as Progress });
      else {
        if (message.kind === "result") messages.push({ task: task!, result: message.value as Result });
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
    while (living.size > 0 || messages.length > 0) {
      while (messages.length > 0) yield messages.shift()!;
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
  if (child.connected) child.send(message, () => {}); // the exit event reports a process that has ended
}

function lost(how: string): LonghandError {
  return new LonghandError("io", `A worker process has ended early (${how}).`, {
    hint: "Run the same command again to go on from the last save. Fewer `jobs` take less memory.",
  });
}

/** Does a task. Returns its result, or undefined if `stopping` ended it before. */
export type Work<Task, Progress, Result> = (
  task: Task,
  report: (progress: Progress) => void,
) => Promise<Result | undefined>;

/**
 * Main loop of a worker process: calls `begin` once, then does the tasks. Signals only stop the current task, since a
 * terminal sends them to the parent too, which then ends this process. It also ends if the parent is gone.
 */
export function serveJobs<Setup, Task, Progress, Result>(
  begin: (setup: Setup, stopping: () => boolean) => Promise<Work<Task, Progress, Result>>,
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
  const emit = (message: FromJob) => {
    if (process.connected) process.send!(message, undefined, {}, () => {});
  };
  let work: Work<Task, Progress, Result> | undefined;
  const answerTo = async (message: ToJob): Promise<FromJob | undefined> => {
    if (message.kind === "stop") return void stop();
    if (message.kind === "setup") {
      work = await begin(message.value as Setup, () => stopped);
      return { kind: "ready" };
    }
    const value = await work!(message.value as Task, (progress) => emit({ kind: "progress", value: progress }));
    return value === undefined ? { kind: "stopped" } : { kind: "result", value };
  };
  process.on("message", async (message: ToJob) => {
    busy = busy || message.kind !== "stop";
    const answer = await answerTo(message).catch(
      (error: Error): FromJob => ({ kind: "failed", error: failureOf(error) }),
    );
    if (message.kind === "stop") return;
    busy = false;
    if (!process.connected) process.exit();
    if (answer !== undefined) emit(answer);
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
