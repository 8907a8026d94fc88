// Errors on the command line: one to three sentences and an exit code. A stack trace is printed only with
// DEBUG=longhand.

import { CommanderError } from "commander";
import { type ErrorCode, LonghandError } from "../base/errors.js";
import { errorCode } from "../base/ports.js";
import { ioError } from "../checkpoint/io-error.js";
import { withFlags } from "./flags.js";
import { terminalClosed } from "./show/streams.js";
import { tell } from "./show/terminal.js";

const exitCodes: Readonly<Record<ErrorCode, number>> = { usage: 2, text: 2, io: 3, diverged: 4, "model-file": 5 };

/** The exit code where the terminal was closed: that of SIGHUP, as shells have it. */
export const TERMINAL_CLOSED = 129;

/** Prints what went wrong on standard error, and returns the exit code. */
export function fail(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2; // commander has printed it
  if (terminalClosed()) return TERMINAL_CLOSED; // whatever failed, failed with it
  if (errorCode(error) === "EPIPE") return 0; // the reader of the pipe has closed it
  const told = ofSystem(error) ? ioError("use", error.path ?? "a file", error) : error;
  if (told instanceof LonghandError) {
    const { code, message, hint, setting } = told;
    const lines = [message, ...(hint === undefined ? [] : [hint])];
    tell(...lines.map((line) => withFlags(line, setting)));
    trace(error);
    return exitCodes[code];
  }
  const message = error instanceof Error ? error.message : String(error);
  tell(
    `This is a bug in longhand: ${message}`,
    "Please report it with the command you ran. Set DEBUG=longhand to see where it happened.",
  );
  trace(error);
  return 1;
}

/** A call to the operating system failed. Errors of Node itself have a code too, but no syscall. */
function ofSystem(error: unknown): error is Error & { readonly path?: string } {
  return error instanceof Error && "syscall" in error && errorCode(error) !== undefined;
}

function trace(error: unknown): void {
  if (process.env.DEBUG === "longhand" && error instanceof Error) tell(...(error.stack ?? "").split("\n"));
}
