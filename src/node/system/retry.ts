// Repeats a rename or a removal that Windows refuses for a moment: there a virus scanner, an indexer or a synchronizer
// may hold a file open that was just written, and the call fails until it lets go. On other systems the same codes are
// lasting.

import { setTimeout as sleep } from "node:timers/promises";
import { errorCode } from "../../base/ports.js";

const HELD = new Set(["EPERM", "EBUSY", "EACCES"]);
/** Waits between attempts, in ms: about two and a half seconds in all. */
const WAITS_MS = [10, 20, 40, 80, 160, 320, 640, 1280];

/** Does `act`; on Windows again after a wait where another program holds the file. The last error is thrown. */
export async function retryWhereHeld(
  act: () => Promise<void>,
  platform: string = process.platform,
  wait: (ms: number) => Promise<unknown> = sleep,
): Promise<void> {
  for (const ms of platform === "win32" ? WAITS_MS : []) {
    try {
      return await act();
    } catch (error) {
      if (!HELD.has(errorCode(error) ?? "")) throw error;
    }
    await wait(ms);
  }
  return act();
}
