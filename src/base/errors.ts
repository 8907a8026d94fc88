// The one error a user is meant to read: what was wanted, what came, the next move. Anything else that is thrown is a
// bug of ours.

/** Who has to act: the command line turns each into its exit code. */
export type Fault =
  /** The user's words or text (exit 2). */
  | "usage"
  /** A read or write that failed (exit 3). */
  | "io"
  /** Numbers that stopped being finite (exit 4). */
  | "diverged"
  /** A model or state file that is malformed (exit 5). */
  | "model-file";

/** An error for a person. `message` is one or a few plain sentences; `next` is what to do about it. */
export class LonghandError extends Error {
  override readonly name = "LonghandError";
  readonly fault: Fault;
  readonly next: string | undefined;

  constructor(fault: Fault, message: string, next?: string, cause?: unknown) {
    super(next === undefined ? message : `${message}\n${next}`, cause === undefined ? undefined : { cause });
    this.fault = fault;
    this.next = next;
  }
}

/** `usageError("--lanes wants …, got …", "Try …")`: the user's words or text are at fault. */
export function usageError(message: string, next?: string): LonghandError {
  return new LonghandError("usage", message, next);
}

/** A file of ours, or a peer's, that cannot be read as what it claims to be. */
export function fileError(message: string, next?: string): LonghandError {
  return new LonghandError("model-file", message, next);
}

/** The word among `allowed` nearest to `word` by edit distance, or undefined where none is near. */
export function nearest(word: string, allowed: readonly string[]): string | undefined {
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

/** One door for words out of a fixed list: returns `word` typed, or says what is allowed and which is nearest. */
export function keyword<const T extends string>(name: string, word: string, allowed: readonly T[]): T {
  const found = allowed.find((each) => each === word);
  if (found !== undefined) return found;
  const near = nearest(word, allowed);
  throw usageError(
    `${name} wants one of ${allowed.join(", ")}; got ${JSON.stringify(word)}.`,
    near === undefined ? undefined : `Did you mean ${near}?`,
  );
}
