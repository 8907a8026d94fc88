// The one error a user is meant to read: what was wanted, what came, and what to do. Any other error is a bug of ours.

/** Who has to act. The command line turns each code into its exit status. */
export type ErrorCode =
  /** A setting, an option or a call (exit 2). */
  | "usage"
  /** A text that cannot be used as it is: empty, too short, malformed (exit 2). */
  | "text"
  /** A read or write that failed (exit 3). */
  | "io"
  /** Numbers that stopped being finite (exit 4). */
  | "diverged"
  /** A model or state file that is malformed (exit 5). */
  | "model-file";

export interface ErrorDetails {
  /** What to do about it: a plain sentence or two. */
  readonly hint?: string | undefined;
  /** The setting or option at fault. */
  readonly setting?: string | undefined;
  readonly cause?: unknown;
}

/**
 * An error for a person. `message` is whole without `hint`. Both name settings and options as the library's caller
 * writes them: bare at the beginning (`hidden wants a whole number from 1; got "banana".`), elsewhere in backticks. The
 * command line turns them into flags (cli/flags.ts).
 */
export class LonghandError extends Error {
  /** Name of the class. */
  override readonly name = "LonghandError";
  /** Kind of the error. */
  readonly code: ErrorCode;
  /** Name of the setting or option at fault, if one is. */
  readonly setting: string | undefined;
  /** What to do next, in a sentence. */
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(brief(message), details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.setting = details.setting;
    this.hint = details.hint;
  }
}

/** `usageError('hidden wants …; got "banana".', "Try …", "hidden")`: a setting, an option or a call is wrong. */
export function usageError(message: string, hint?: string, setting?: string): LonghandError {
  return new LonghandError("usage", message, { hint, setting });
}

/** A text that cannot be used as it is. */
export function textError(message: string, hint?: string): LonghandError {
  return new LonghandError("text", message, { hint });
}

/** A file of ours, or of another program, that cannot be read as what it claims to be. */
export function fileError(message: string, hint?: string): LonghandError {
  return new LonghandError("model-file", message, { hint });
}

/** The word among `allowed` nearest to `word` by edit distance, or undefined where none is near. */
export function nearest(word: string, allowed: readonly string[]): string | undefined {
  if (word.length > LONGEST) return undefined; // no name is so long, and the distance takes time
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of allowed) {
    const distance = editDistance(word, candidate);
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** Levenshtein's distance: insertions, deletions and substitutions count one each. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, change));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/**
 * `value` as one of the words that the setting or option `name` allows; otherwise an error that lists them, with the
 * nearest.
 */
export function keyword<const T extends string>(name: string, value: unknown, allowed: readonly T[]): T {
  const found = allowed.find((each) => each === value);
  if (found !== undefined) return found;
  const near = typeof value === "string" ? nearest(value, allowed) : undefined;
  const message = `${name} wants one of ${allowed.join(", ")}; got ${shown(value)}.`;
  throw usageError(message, near && `Did you mean ${near}?`, name);
}

/** A message that a person can read: where a name in it is very long, its middle is left out. */
function brief(message: string): string {
  if (message.length <= LONGEST_MESSAGE) return message;
  return `${message.slice(0, LONGEST_MESSAGE / 2)}…${message.slice(-LONGEST_MESSAGE / 2)}`;
}
const LONGEST_MESSAGE = 2000;

/** A value as a person would write it, cut where it is long; JSON has no NaN, no Infinity and no undefined. */
export function shown(value: unknown): string {
  const text = typeof value === "string" || (typeof value === "object" && value !== null) ? json(value) : String(value);
  return shortened(text);
}

/** A quotation for a message, cut where it is long. */
export function shortened(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
const LONGEST = 120;

function json(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return Array.isArray(value) ? "[…]" : "{…}"; // a circle, or nested very deep
  }
}
