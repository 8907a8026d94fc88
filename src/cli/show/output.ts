// Buffered standard output for generated text: text is written about once per frame of a screen, so that printing does
// not slow generation down. A reader that is slower than the model is waited for.

import { setImmediate } from "node:timers/promises";
import { printRaw } from "./terminal.js";

export interface Output {
  /** Takes text. Returns a promise where some was written: await it before the next. */
  put(text: string): Promise<void> | undefined;
  /** Writes what is buffered. */
  flush(): Promise<void>;
}

/** A frame of a screen. */
const FRAME_MS = 16;

/** Output of text as UTF-8, or of text whose characters are bytes. */
export function createOutput(encoding: "utf8" | "latin1" = "utf8"): Output {
  let buffered = "";
  let at = Number.NEGATIVE_INFINITY;
  async function flush(): Promise<void> {
    const text = buffered;
    buffered = "";
    if (text !== "") await printRaw(Buffer.from(text, encoding));
    await setImmediate(); // lets signals and a closed pipe be noticed
    at = performance.now();
  }
  return {
    put(text) {
      buffered += text;
      return performance.now() - at < FRAME_MS ? undefined : flush();
    },
    flush,
  };
}
