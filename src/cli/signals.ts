// Signals: the first Ctrl-C asks the run to stop after its window and save, the second ends the process at once. Before
// the run has begun there is nothing to save, and the first one ends the process.

/** Exit codes by signal, as shells have them. */
const codes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

export interface Stopping {
  /** A signal came. */
  asked(): boolean;
  /** The exit code that goes with it. */
  code(): number;
  /** From here on there is something to save; `onStop` is called at the first signal. */
  begin(onStop: () => void): void;
  /** Removes the signal handlers. */
  release(): void;
}

export function listenForStop(): Stopping {
  let code = 0;
  let notify: (() => void) | undefined;
  const handlers = Object.entries(codes).map(([signal, exit]) => {
    const handler = () => {
      if (code !== 0 || notify === undefined) process.exit(exit);
      code = exit;
      notify();
    };
    process.on(signal, handler);
    return [signal, handler] as const;
  });
  return {
    asked: () => code !== 0,
    code: () => code,
    begin(onStop) {
      notify = onStop;
    },
    release() {
      for (const [signal, handler] of handlers) process.off(signal, handler);
    },
  };
}
