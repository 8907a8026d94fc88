// Decoder of a text that is generated: ids to text, up to a stop string or a number of lines. Text that may be the
// beginning of a stop string is held back until it is decided, so that pieces never show a part of one.

import { usageError } from "../base/errors.js";
import type { TextDecoding, Vocab } from "../text/encoding/vocab.js";

/** Where a generated text ends, besides its length. */
export interface EndingOptions {
  /** The text ends before the first of these strings. */
  readonly stop?: string | readonly string[] | undefined;
  /** The text ends after this many lines, before the newline of the last one. */
  readonly lines?: number | undefined;
}

/** Names of `EndingOptions`. */
export const endingOptionNames = ["stop", "lines"] as const;

/** A decoder that also says when the text has ended. */
export interface EndingDecoder extends TextDecoding {
  /** Whether a stop string or the last line has come; what follows is not shown. */
  readonly done: boolean;
}

/**
 * The decoder of one text. `binary`: of a vocabulary of bytes, each byte is the character of its number, so that the
 * very bytes can be written. `before`: what the session has read. Where it ended with a space, the text has none at its
 * start.
 *
 * @throws LonghandError `usage` for an empty stop string, and for a number of lines that is no whole number from 1
 */
export function createEndingDecoder(
  vocab: Vocab,
  { stop, lines }: EndingOptions,
  binary: boolean | undefined,
  before: { readonly space?: boolean; readonly last?: number | undefined } = {},
): EndingDecoder {
  const raw = binary === true && vocab.kind === "bytes";
  const stops = requireStops(stop).map((each) => (raw ? latin1(each) : each));
  requireLines(lines);
  const whole = raw ? byteDecoder(vocab) : vocab.decoder(before.last);
  const decoder = before.space ? withoutSpace(whole) : whole;
  if (stops.length === 0 && lines === undefined) {
    return { push: decoder.push, end: decoder.end, done: false };
  }
  let held = "";
  let left = lines ?? Number.POSITIVE_INFINITY;
  let done = false;
  function shown(piece: string, last: boolean): string {
    if (done) return "";
    const text = held + piece;
    const to = firstOf(text, stops);
    const before = to < 0 ? text.slice(0, last ? text.length : sureLength(text, stops)) : text.slice(0, to);
    const cut = lineCut(before);
    done = cut !== undefined || to >= 0;
    held = done ? "" : text.slice(before.length);
    return cut === undefined ? before : before.slice(0, cut);
  }
  /** Where the last line of a text ends, if it ends there. Counts the line ends before it. */
  function lineCut(text: string): number | undefined {
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) {
      left -= 1;
      if (left === 0) return at;
    }
    return undefined;
  }
  return {
    push: (id) => shown(decoder.push(id), false),
    end: () => shown(decoder.end(), true),
    get done() {
      return done;
    },
  };
}

/** Stop strings as a list. */
export function requireStops(stop: unknown): readonly string[] {
  const list = stop === undefined ? [] : typeof stop === "string" ? [stop] : stop;
  if (!Array.isArray(list) || list.some((each) => typeof each !== "string" || each === "")) {
    throw usageError("stop wants a string of at least one character, or a list of them.", undefined, "stop");
  }
  return list;
}

function requireLines(lines: number | undefined): void {
  if (lines === undefined || (Number.isSafeInteger(lines) && lines >= 1)) return;
  throw usageError(`lines wants a whole number from 1; got ${String(lines)}.`, undefined, "lines");
}

/** Where the first stop string begins, or −1. */
function firstOf(text: string, stops: readonly string[]): number {
  return stops.reduce((first, stop) => {
    const at = text.indexOf(stop);
    return at >= 0 && (first < 0 || at < first) ? at : first;
  }, -1);
}

/** Length of the text before the longest suffix that may begin a stop string. */
function sureLength(text: string, stops: readonly string[]): number {
  const longest = stops.reduce((most, stop) => Math.max(most, stop.length), 0);
  for (let from = Math.max(0, text.length - longest + 1); from < text.length; from++) {
    const suffix = text.slice(from);
    if (stops.some((stop) => stop.startsWith(suffix))) return from;
  }
  return text.length;
}

/** The decoder of a text without the space it begins with. */
function withoutSpace({ push, end }: TextDecoding): TextDecoding {
  let first = true;
  return {
    push(id) {
      const text = push(id);
      const from = first && text.startsWith(" ") ? 1 : 0;
      first = false;
      return text.slice(from);
    },
    end,
  };
}

function byteDecoder(vocab: Vocab): TextDecoding {
  return { push: (id) => (id === vocab.endId ? "\n" : vocab.itos[id]!), end: () => "" };
}

/** The UTF-8 bytes of a text, each as the character of its number. */
function latin1(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join("");
}
