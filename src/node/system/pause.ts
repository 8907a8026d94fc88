// Lets the event loop turn, in Node.

import { setImmediate } from "node:timers/promises";

/** Resolves in a later turn, so that signals and messages are handled. setTimeout would take at least 1 ms. */
export async function pause(): Promise<void> {
  await setImmediate();
}
