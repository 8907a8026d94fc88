// What a path names, beside files and folders: pipes, which end, and devices, which may not.

import { stat } from "node:fs/promises";
import { isatty } from "node:tty";
import { usageError } from "../../base/errors.js";

/** Whether a path names a pipe: a FIFO, a process substitution, or a terminal under the name of standard input. */
export async function isPipe(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return false;
  return found.isFIFO() || found.isSocket() || (found.isCharacterDevice() && namesTerminal(path));
}

/** Throws a usage error for a device, such as /dev/zero: it may never end. */
export async function refuseDevice(path: string, next = "Name a file."): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined || !(found.isCharacterDevice() || found.isBlockDevice())) return;
  if (path === "/dev/null" || namesTerminal(path)) return;
  throw usageError(`${path} is a device, which may never end; it is not read.`, next);
}

function namesTerminal(path: string): boolean {
  return path === "/dev/tty" || (/^\/dev\/(stdin|fd\/0)$/.test(path) && isatty(0));
}
