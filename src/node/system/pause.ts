// How a trainer in Node lets the event loop turn.

import { setImmediate } from "node:timers/promises";

/** Resolves in a later turn, so that signals and messages are heard. Not by setTimeout, which takes at least 1 ms. */
export async function pause(): Promise<void> {
  await setImmediate();
}
