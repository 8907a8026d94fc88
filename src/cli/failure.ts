// Errors as a person meets them: one to three sentences and an exit code. No stack trace reaches a user, but for DEBUG=longhand.

import { CommanderError } from "commander";
import { type ErrorCode, LonghandError } from "../base/errors.js";
import { errorCode } from "../base/ports.js";
import { ioError } from "../checkpoint/io-error.js";
import { withFlags } from "./flags.js";

const exitCodes: Readonly<Record<ErrorCode, number>> = { usage: 2, text: 2, io: 3, diverged: 4, "model-file": 5 };

/** Tells what went wrong on standard error and returns the exit code. */
export function fail(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2; // commander has said it
  if (errorCode(error) === "EPIPE") return 0; // the reader has had enough
  const told = ofSystem(error) ? ioError("use", error.path ?? "a file", error) : error;
  if (told instanceof LonghandError) {
    const { code, message, hint, setting } = told;
    const lines = [message, ...(hint === undefined ? [] : [hint])];
    process.stderr.write(`${lines.map((line) => withFlags(line, setting)).join("\n")}\n`);
    trace(error);
    return exitCodes[code];
  }
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(
    `longhand met a fault of its own: ${message}\nPlease report it with what you ran; DEBUG=longhand shows where it happened.\n`,
  );
  trace(error);
  return 1;
}

/** A call to the system that failed, and not one of Node's own complaints, which have a code too. */
function ofSystem(error: unknown): error is Error & { readonly path?: string } {
  return error instanceof Error && "syscall" in error && errorCode(error) !== undefined;
}

function trace(error: unknown): void {
  if (process.env.DEBUG === "longhand" && error instanceof Error) process.stderr.write(`${error.stack}\n`);
}
