// Wall time of a training process: how long it has run, and how fast it is now. It decides nothing.

import type { Clock } from "./events.js";

/** `count` what was trained on; `read` gives the seconds so far and the speed over the last second or so. */
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
      if (whole) [since, counted] = [now, 0];
      return { seconds: (now - begun) / 1000, tokensPerSecond: perSecond };
    },
  };
}
