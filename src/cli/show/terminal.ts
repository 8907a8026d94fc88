// A terminal: lines that stay, one status line that is rewritten, colours, and the forms of numbers. Control characters
// of all that is printed (a model's text, names of files, messages) are escaped here, so that a terminal obeys none.

import { setImmediate } from "node:timers/promises";
import colors from "picocolors";
import { withFlags } from "../flags.js";
import { drained, send } from "./streams.js";

export interface Terminal {
  readonly interactive: boolean;
  /** Columns. */
  readonly width: number;
  readonly paint: Paint;
  /** Prints a whole line, above the status line. */
  line(text: string): void;
  /** Rewrites the status line in place. Does nothing where the output is no terminal. */
  status(text: string): void;
  /** Removes the status line. */
  done(): void;
}

const styles = ["bold", "dim", "green", "yellow", "cyan"] as const;

/** Styles of text for `line` and `status`. */
export type Paint = Readonly<Record<(typeof styles)[number], (text: string) => string>>;

/** Erases from the cursor to the end of its line (ECMA-48, EL). */
const ERASE = "\u001b[K";

/** Makes a terminal over a stream; `quiet` prints nothing at all. */
export function createTerminal(stream: NodeJS.WriteStream, quiet = false): Terminal {
  const interactive = stream.isTTY === true && !quiet;
  let shown = false;
  const clear = () => {
    if (shown) send(stream, `\r${ERASE}`);
    shown = false;
  };
  return {
    interactive,
    get width() {
      return stream.columns || 80; // 0 where a terminal was given no size
    },
    paint: createPaint(interactive && colors.isColorSupported),
    line(text) {
      if (quiet) return;
      send(stream, shown ? `\r${painted(text)}${ERASE}\n` : `${painted(text)}\n`);
      shown = false;
    },
    status(text) {
      if (!interactive) return;
      send(stream, `\r${painted(text)}${ERASE}`); // in one piece, so that nothing flickers
      shown = true;
    },
    done: clear,
  };
}

/** Stands for ESC in painted text. Nobody can guess it, so that no text brings its own. */
const MARK = `\ufdd0${Math.random()}\ufdd1`;

function createPaint(coloured: boolean): Paint {
  const plain = colors.createColors(coloured);
  const paint = (name: keyof Paint) => (text: string) =>
    coloured ? plain[name](visible(text)).replaceAll("\u001b", MARK) : text;
  return Object.fromEntries(styles.map((name) => [name, paint(name)])) as unknown as Paint;
}

function painted(text: string): string {
  return visibleLine(text).replaceAll(MARK, "\u001b");
}

/**
 * Text with its control characters escaped, since a terminal would obey them; newlines and tabs stay. So are the
 * characters that turn the direction of text. The escapes are those of JSON: escaped JSON is JSON of the same values.
 */
export function visible(text: string): string {
  return text.replace(/[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu, (c) => {
    if (c === "\n" || c === "\t") return c;
    return `\\u${(c.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`;
  });
}

/** A line of a message: a newline or tab that a name brings is escaped too. */
export function visibleLine(text: string): string {
  return visible(text).replaceAll("\n", "\\n").replaceAll("\t", "\\t");
}

/** The same text on one line: line ends become ⏎. */
export function oneLine(text: string): string {
  return visible(text.replaceAll(/\r\n?|\n/g, "⏎")).replaceAll("\t", " ");
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

/** Prints text on standard output, with its control characters escaped, and waits until a slow reader has taken it. */
export function print(text: string): Promise<void> {
  return printRaw(visible(text));
}

/** Prints lines: a newline that a name brings is escaped too. */
export function printLines(lines: readonly string[]): Promise<void> {
  return print(`${lines.map(visibleLine).join("\n")}\n`);
}

/** Prints without escapes: the text that a model writes into a pipe or a file. */
export async function printRaw(bytes: string | Uint8Array): Promise<void> {
  if (send(process.stdout, bytes)) return;
  await drained(process.stdout);
  await setImmediate();
}

/** Prints sentences on standard error, one a line: a notice, or an error. Names of settings become flags. */
export function tell(...sentences: readonly string[]): void {
  const lines = sentences.map((each) => visibleLine(withFlags(each)));
  send(process.stderr, `${lines.join("\n")}\n`);
}
