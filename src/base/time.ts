// Wall time: a clock that measures speed, and waiting that gives up when it is asked to stop. It decides no result.

/** Wall time, in one group, so that it can be dropped as one. */
export interface Clock {
  /** Seconds that this process has trained. */
  readonly seconds: number;
  /** Over the last second or so. */
  readonly tokensPerSecond: number;
}

/**
 * `count` adds tokens that were trained on; `read` gives the seconds so far and the speed over the last second or so.
 */
export function createClock(): { count(tokens: number): void; read(): Clock } {
  const begun = performance.now();
  let since = begun;
  let counted = 0;
  let perSecond = 0;
  return {
    count(tokens) {
      counted += tokens;
    },
    read() {
      const now = performance.now();
      const whole = now - since > 1000;
      if (whole || perSecond === 0) perSecond = (1000 * counted) / Math.max(now - since, 1e-3);
      if (whole) {
        since = now;
        counted = 0;
      }
      return { seconds: (now - begun) / 1000, tokensPerSecond: perSecond };
    },
  };
}

/** Milliseconds between two questions whether to stop. */
export const SLICE_MS = 50;

/** Awaits a promise, but gives up (undefined) when the run is asked to stop. */
export async function unlessStopped<T>(promise: Promise<T>, stopping?: () => boolean): Promise<T | undefined> {
  while (!stopping?.()) {
    const slice = new Promise<undefined>((go) => setTimeout(() => go(undefined), SLICE_MS));
    const first = await Promise.race([promise, slice]);
    if (first !== undefined) return first;
  }
  return undefined;
}
