// JSON output of the commands: one object a line, each with its `kind`; the last line has the kind `result`.

import { print, visible } from "./terminal.js";

/** Help of the flag --json, which means the same for every command. */
export const JSON_HELP = "print lines of JSON; the last one is the result";

/** One line of JSON output. */
export function jsonLine(kind: string, data: object): string {
  return `${visible(JSON.stringify({ kind, ...data }))}\n`;
}

/** Prints the last line. */
export function printResult(data: object): Promise<void> {
  return print(jsonLine("result", data));
}
