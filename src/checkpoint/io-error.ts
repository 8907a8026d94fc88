// Errors of failed reads and writes: the file, the system's code, its meaning, and what to do. An error without a
// system code is a bug, and is passed on unchanged.

import { LonghandError } from "../base/errors.js";
import { errorCode } from "../base/ports.js";

const meanings: Readonly<Record<string, readonly [what: string, next: string]>> = {
  ENOSPC: ["the disk is full", "Free some space, then run the same command again."],
  EDQUOT: ["your share of the disk is used up", "Free some space, then run the same command again."],
  EROFS: ["the disk is read-only", "Choose a folder that can be written, with `out`."],
  EACCES: ["permission was denied", "Give yourself the right to it, or choose another folder."],
  EPERM: ["the system does not allow it", "Close programs that hold the file, or choose another folder."],
  ENOENT: ["nothing is there", "Check the path."],
  ENOTDIR: ["part of the path is no folder", "Check the path."],
  EISDIR: ["it is a folder", "Name a file."],
  ELOOP: ["links in it lead in a circle", "Remove the link that leads back."],
  ENAMETOOLONG: ["a name in it is too long", "Choose a shorter name."],
  EFBIG: ["the file would be larger than the system allows", "Raise the limit (ulimit -f), or use another disk."],
  ENFILE: ["too many files are open on this machine", "Close other programs, then run the same command again."],
  ENOMEM: ["the system has no memory left for it", "Close other programs, then run the same command again."],
  EBUSY: ["another program holds it", "Close that program, then run the same command again."],
  ESTALE: ["the file server has lost it", "Mount the folder again, then run the same command again."],
  ETIMEDOUT: ["the disk or the file server does not answer", "Run the same command again when it does."],
  ERR_INVALID_ARG_VALUE: ["a path has no NUL character", "Check the path."],
  EMFILE: ["too many files are open", "Raise the limit (ulimit -n), then run the same command again."],
  EIO: ["the disk reports an error", "Copy what is there to another disk, and go on from the copy."],
};

/**
 * `act` is "write", "read" …; `needed` is the number of bytes to write, named if the disk is full; `after` is one
 * sentence about the state after the failure.
 */
export function ioError(act: string, path: string, error: unknown, needed?: number, after?: string): unknown {
  const code = errorCode(error);
  if (code === undefined) return error;
  const [what, next] = meanings[code] ?? ["the system refused", "Run the same command again."];
  const room = needed !== undefined && (code === "ENOSPC" || code === "EDQUOT") ? `; ${needed} bytes are needed` : "";
  const message = `Cannot ${act} ${path}: ${what} (${code})${room}.`;
  return new LonghandError("io", after === undefined ? message : `${message} ${after}`, { hint: next, cause: error });
}
