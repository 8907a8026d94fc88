// Errors as a person meets them: one or two sentences and an exit code. No stack trace reaches a user, but for DEBUG=longhand.

import { CommanderError } from "commander";
import { type Fault, LonghandError } from "../base/errors.js";
import { errorCode } from "../base/ports.js";

const exitCodes: Readonly<Record<Fault, number>> = { usage: 2, io: 3, diverged: 4, "model-file": 5 };

/** Tells what went wrong on standard error and returns the exit code. */
export function fail(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2; // commander has said it
  if (error instanceof LonghandError) {
    process.stderr.write(`${error.message}\n`);
    if (process.env.DEBUG === "longhand") process.stderr.write(`${error.stack}\n`);
    return exitCodes[error.fault];
  }
  if (errorCode(error) === "EPIPE") return 0; // the reader has had enough
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(
    `longhand met a fault of its own: ${message}\nPlease report it with what you ran; DEBUG=longhand shows where it happened.\n`,
  );
  if (process.env.DEBUG === "longhand" && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  return errorCode(error) === undefined ? 1 : 3;
}
