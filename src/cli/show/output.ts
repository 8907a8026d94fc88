// Standard output for what a model writes: text is gathered for some milliseconds and written in one piece, so that printing
// never sets the pace; a reader that is slower than the model is waited for.

import { setImmediate } from "node:timers/promises";
import { print } from "./terminal.js";

export interface Output {
  /** Takes text. Gives a promise where some was written: then wait for it. */
  put(text: string): Promise<void> | undefined;
  /** Writes what was gathered. */
  flush(): Promise<void>;
}

/** What eyes take for at once: a frame of a screen. */
const FRAME_MS = 16;

export function createOutput(): Output {
  let gathered = "";
  let at = Number.NEGATIVE_INFINITY;
  async function flush(): Promise<void> {
    const text = gathered;
    gathered = "";
    if (text !== "") await print(text);
    await setImmediate(); // a reader that has gone, and signals, are heard here
    at = performance.now();
  }
  return {
    put(text) {
      gathered += text;
      return performance.now() - at < FRAME_MS ? undefined : flush();
    },
    flush,
  };
}
