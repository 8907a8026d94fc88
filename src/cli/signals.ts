// What stops a run from outside. The first Ctrl-C asks it to stop after its window and save, the second ends the
// process at once. Before the run has begun there is nothing to save, and the first one ends the process. A closed
// terminal and a full device ask like a signal; a run whose reader has gone (`| head`) trains on in silence.

import { fail, TERMINAL_CLOSED } from "./failure.js";
import { muteOutput, onOutputLoss } from "./show/streams.js";

/** Exit codes by signal, as shells have them. */
const codes = { SIGINT: 130, SIGTERM: 143, SIGHUP: TERMINAL_CLOSED } as const;
/** The exit code of a failed write. */
const OUTPUT_FAILED = 3;

export interface Stopping {
  /** A signal came, or standard output failed. */
  asked(): boolean;
  /** The exit code that goes with it. */
  code(): number;
  /** The failed write of standard output that stopped the run, if one did. */
  failure(): unknown;
  /** From here on there is something to save; `onStop` is called at the first signal. */
  begin(onStop: () => void): void;
  /** Removes the signal handlers. */
  release(): void;
}

export function listenForStop(): Stopping {
  let code = 0;
  let failed: unknown;
  let notify: (() => void) | undefined;
  const ask = (exit: number) => {
    if (notify === undefined) process.exit(exit);
    code = exit;
    notify();
  };
  const failWrite = (error: unknown) => {
    if (notify === undefined) process.exit(fail(error)); // nothing to save
    failed = error;
    ask(OUTPUT_FAILED);
  };
  const handlers = Object.entries(codes).map(([signal, exit]) => {
    const handler = () => {
      if (code === 0) ask(exit);
      else if (exit !== TERMINAL_CLOSED) process.exit(exit); // a terminal and its shell may both send SIGHUP
    };
    process.on(signal, handler);
    return [signal, handler] as const;
  });
  const before = onOutputLoss(({ kind, error }) => {
    if (kind !== "terminal closed") muteOutput();
    if (code !== 0) return;
    if (kind === "terminal closed") ask(TERMINAL_CLOSED);
    else if (kind === "write failed") failWrite(error);
  });
  return {
    asked: () => code !== 0,
    code: () => code,
    failure: () => failed,
    begin(onStop) {
      notify = onStop;
    },
    release() {
      for (const [signal, handler] of handlers) process.off(signal, handler);
      onOutputLoss(before);
    },
  };
}
