// Ctrl-C and its kin: the first time asks the run to stop after this window, the second ends the process at once.

/** Exit codes by signal, as shells have them. */
const codes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

export interface Stopping {
  /** A signal came. */
  asked(): boolean;
  /** The exit code that goes with it. */
  code(): number;
  /** Lets signals do again what they do. */
  release(): void;
}

export function listenForStop(told: () => void): Stopping {
  let code = 0;
  const handlers = Object.entries(codes).map(([signal, exit]) => {
    const handler = () => {
      if (code !== 0) process.exit(exit);
      code = exit;
      told();
    };
    process.on(signal, handler);
    return [signal, handler] as const;
  });
  return {
    asked: () => code !== 0,
    code: () => code,
    release: () => {
      for (const [signal, handler] of handlers) process.off(signal, handler);
    },
  };
}
