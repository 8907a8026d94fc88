// A terminal: lines that stay, one status line that is rewritten, colours, and the forms of numbers. Control characters
// that a model writes are escaped, so that none acts on the terminal.

import { setImmediate } from "node:timers/promises";
import colors from "picocolors";

export interface Terminal {
  readonly interactive: boolean;
  /** Columns. */
  readonly width: number;
  readonly paint: ReturnType<typeof colors.createColors>;
  /** Prints a whole line, above the status line. */
  line(text: string): void;
  /** Rewrites the status line in place. Does nothing where the output is no terminal. */
  status(text: string): void;
  /** Removes the status line. */
  done(): void;
}

/** Erases from the cursor to the end of its line (ECMA-48, EL). */
const ERASE = "\u001b[K";

/** Makes a terminal over a stream; `quiet` prints nothing at all. */
export function createTerminal(stream: NodeJS.WriteStream, quiet = false): Terminal {
  const interactive = stream.isTTY === true && !quiet;
  let shown = false;
  const clear = () => {
    if (shown) stream.write(`\r${ERASE}`);
    shown = false;
  };
  return {
    interactive,
    get width() {
      return stream.columns ?? 80;
    },
    paint: colors.createColors(interactive && colors.isColorSupported),
    line(text) {
      if (quiet) return;
      stream.write(shown ? `\r${text}${ERASE}\n` : `${text}\n`);
      shown = false;
    },
    status(text) {
      if (!interactive) return;
      stream.write(`\r${text}${ERASE}`); // in one piece, so that nothing flickers
      shown = true;
    },
    done: clear,
  };
}

/** Escapes control characters, which a terminal would interpret; newlines and tabs stay. */
export function visible(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, (c) => {
    if (c === "\n" || c === "\t") return c;
    return `\\u{${(c.codePointAt(0) ?? 0).toString(16)}}`;
  });
}

/** The same text on one line: newlines become ⏎. */
export function oneLine(text: string): string {
  return visible(text).replaceAll("\n", "⏎").replaceAll("\t", " ");
}

/** 1234567 → 1,234,567, the same in every locale. */
export function grouped(n: number): string {
  return String(Math.round(n)).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** 1 token, 1,234 tokens. */
export function counted(n: number, what: string): string {
  return `${grouped(n)} ${what}${n === 1 ? "" : "s"}`;
}

/** 3725 s → 1:02:05; 65 s → 1:05. */
export function duration(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  const two = (n: number) => String(n).padStart(2, "0");
  const hours = Math.floor(s / 3600);
  const minutes = Math.floor(s / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(s % 60)}` : `${minutes}:${two(s % 60)}`;
}

/** Three digits of a rate: 985, 12.3k, 4.56M. */
export function threeDigits(n: number): string {
  const [unit, size] = n < 999.5 ? ["", 1] : n < 999_500 ? ["k", 1e3] : ["M", 1e6];
  return `${(n / size).toPrecision(3)}${unit}`.replace(/^(\d+)\.\d+$/, "$1");
}

/** Writes to standard output, and waits until a slow reader has taken it. */
export async function print(text: string, encoding: BufferEncoding = "utf8"): Promise<void> {
  if (process.stdout.write(text, encoding)) return;
  await new Promise<void>((go) => {
    process.stdout.once("drain", go);
  });
  await setImmediate();
}
