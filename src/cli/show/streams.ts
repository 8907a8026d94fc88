// Standard output and standard error: every byte that the command line prints goes through `send`. Where one takes no
// more, whoever listens decides: a pipe whose reader has gone, a terminal that was closed, a device that is full.

import { closeSync, openSync } from "node:fs";
import { isatty } from "node:tty";
import { errorCode } from "../../base/ports.js";
import { ioError } from "../../checkpoint/io-error.js";

/** Why standard output takes no more; `error` is the failed write. */
export interface OutputLoss {
  readonly kind: "reader gone" | "terminal closed" | "write failed";
  readonly error: unknown;
}

/** Descriptors that were a terminal when the process began. */
const terminals = [0, 1, 2].filter((fd) => isatty(fd));
const muted = new Set<NodeJS.WritableStream>();
const waiting = new Set<() => void>();
let listener: (loss: OutputLoss) => void = () => {};

/** Calls `onLoss` at each failed write, in place of the listener before; returns that one. */
export function onOutputLoss(onLoss: (loss: OutputLoss) => void): (loss: OutputLoss) => void {
  const before = listener;
  listener = onLoss;
  return before;
}

/** Nothing more is written to standard output. */
export function muteOutput(): void {
  mute(process.stdout);
}

/** Writes to a stream; false where it is full and the writer should await `drained`. */
export function send(stream: NodeJS.WritableStream, bytes: string | Uint8Array): boolean {
  if (muted.has(stream)) return true;
  try {
    return stream.write(bytes);
  } catch (error) {
    lost(stream, error); // a file's stream throws
    return true;
  }
}

/** Resolves when a stream takes more, or will never take more. */
export async function drained(stream: NodeJS.WritableStream): Promise<void> {
  if (muted.has(stream)) return;
  await new Promise<void>((go) => {
    waiting.add(go);
    stream.once("drain", go);
  });
  waiting.clear();
}

/** A terminal that the process had when it began has been closed. */
export function terminalClosed(): boolean {
  return terminals.some((fd) => !isatty(fd));
}

/** Listens to both streams; called once. */
export function watchStreams(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on("error", (error) => lost(stream, error));
  process.on("exit", leaveTerminals);
}

function lost(stream: NodeJS.WritableStream, error: unknown): void {
  if (muted.has(stream)) return;
  const closed = terminalClosed();
  if (closed || stream !== process.stdout) mute(stream); // without standard error there is nobody to tell
  if (closed) listener({ kind: "terminal closed", error });
  else if (stream !== process.stdout) return;
  else if (errorCode(error) === "EPIPE") listener({ kind: "reader gone", error });
  else listener({ kind: "write failed", error: ioError("write", "standard output", error) });
}

function mute(stream: NodeJS.WritableStream): void {
  muted.add(stream);
  for (const go of waiting) go();
}

/**
 * Puts /dev/null in the place of each terminal. At its end Node sets terminals back to the modes that they had, and
 * aborts with a native trace where one was closed meanwhile. (longhand changes no modes.)
 */
function leaveTerminals(): void {
  if (process.platform === "win32") return;
  for (const fd of terminals) {
    try {
      closeSync(fd);
      openSync("/dev/null", "r+"); // takes the lowest free number, which is fd
    } catch {
      // without /dev/null it stays closed, which Node accepts
    }
  }
}
