// What a text that is read as one running text looks like, from samples all over it: whether its end is unlike the
// rest, so that it is a poor validation part, and whether it is a list with an item on each line.

import { log } from "../../base/math.js";
import type { Notice } from "../reading/utf8.js";
import type { Ids, TokenStore } from "../storage/tokens.js";

/** The text is sampled in so many pieces, each of at most so many tokens. */
const PIECES = 100;
const PIECE = 2048;
/** A shorter validation part says little. */
const ENOUGH = 500;
/** The end is unlike the rest if it is predicted so much worse than pieces from all over the text. */
const UNLIKE = 1.1;

/** What the samples of a text are: token numbers, and whether each piece stands in the validation part. */
interface Sampled {
  readonly pieces: readonly Ids[];
  readonly held: readonly boolean[];
}

/** Samples from all over a text whose validation part begins at `trainEnd`. */
export async function sampleText(store: TokenStore, trainEnd: number): Promise<Sampled> {
  const pieces: Ids[] = [];
  const held: boolean[] = [];
  for (let i = 0; i < PIECES; i++) {
    const from = Math.floor((i * store.length) / PIECES);
    const to = Math.min(Math.floor(((i + 1) * store.length) / PIECES), from + PIECE);
    pieces.push((await store.read(from, to)).slice());
    held.push(from >= trainEnd);
  }
  return { pieces, held };
}

/** Tells of a list of lines, else of a validation part at the end that is unlike the rest, each with what to set. */
export async function noticeLooks(
  store: TokenStore,
  o: {
    readonly trainEnd: number;
    readonly tokens: readonly string[];
    readonly newline: number | undefined;
    readonly lines: number;
  },
  notice: Notice,
): Promise<void> {
  const { length } = store;
  const sampled = await sampleText(store, o.trainEnd);
  const median = o.newline === undefined || o.lines < MANY ? undefined : medianOfList(sampled, o.newline, o.tokens);
  if (median !== undefined) {
    notice(
      `The text is ${o.lines} short lines, half of them of ${median} characters or less, and is read as one ` +
        'running text. If each line is an item of its own, such as a name, set `documents: "line"`.',
    );
  } else if (length - o.trainEnd >= ENOUGH && unlikeness(sampled) > UNLIKE) {
    notice(
      "The validation part, at the end of the text, is unlike the rest: its loss says little of the rest. For blocks " +
        'from all over the text, set `validSplit: "blocks"`; if the text has documents, set `documents`.',
    );
  }
}

/** Nats of a token at the end, told from the rest, by those of pieces from all over the text, told from the others. */
export function unlikeness({ pieces, held }: Sampled): number {
  const share = held.filter((each) => each).length;
  if (share === 0 || share === pieces.length) return 1;
  const every = Math.max(2, Math.round(pieces.length / share));
  const spread = pieces.map((_, i) => i % every === every >> 1);
  return nats(pieces, held) / nats(pieces, spread);
}

const BUCKETS = 1 << 18;
const bucketOf = (a: number, b: number) => (Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b)) >>> 14;
/** What a pair's count weighs beside its second token's share. */
const WEIGHT = 4;

/** Nats of a token of the pieces that are held out, by the pairs of tokens in the others. */
function nats(pieces: readonly Ids[], isHeld: readonly boolean[]): number {
  const size = 1 + pieces.reduce((most, each) => largest(each, most), 0);
  const pairs = new Uint32Array(BUCKETS);
  const before = new Uint32Array(size);
  const tokens = new Uint32Array(size);
  let total = 0;
  for (const [n, piece] of pieces.entries()) {
    if (isHeld[n]) continue;
    total += piece.length;
    for (let i = 0; i < piece.length; i++) {
      tokens[piece[i]!]! += 1;
      if (i === 0) continue;
      before[piece[i - 1]!]! += 1;
      pairs[bucketOf(piece[i - 1]!, piece[i]!)]! += 1;
    }
  }
  let sum = 0;
  let count = 0;
  for (const [n, piece] of pieces.entries()) {
    if (!isHeld[n]) continue;
    for (let i = 1; i < piece.length; i++) {
      const [a, b] = [piece[i - 1]!, piece[i]!];
      const share = (tokens[b]! + 0.5) / (total + 0.5 * size);
      sum -= log((pairs[bucketOf(a, b)]! + WEIGHT * share) / (before[a]! + WEIGHT));
    }
    count += Math.max(0, piece.length - 1);
  }
  return count === 0 ? 0 : sum / count;
}

function largest(numbers: Ids, most: number): number {
  for (let i = 0; i < numbers.length; i++) most = Math.max(most, numbers[i]!);
  return most;
}

/** A list has so many lines, half of them shorter than so many characters. */
const MANY = 1000;
const SHORT = 40;
/** Lines of prose, verse and code: blank, indented, or ended by a mark. A list has few. */
const OTHER = 0.05;

/** The median length of a list's lines, in tokens; undefined if the text is none. */
function medianOfList({ pieces }: Sampled, newline: number, tokens: readonly string[]): number | undefined {
  const lengths: number[] = [];
  let other = 0;
  for (const piece of pieces) {
    let from = piece.indexOf(newline) + 1; // a piece begins and ends within a line
    for (let to = piece.indexOf(newline, from); from > 0 && to >= 0; to = piece.indexOf(newline, from)) {
      lengths.push(to - from);
      if (to === from || /^\s/u.test(tokens[piece[from]!]!) || ENDS.test(tokens[piece[to - 1]!]!)) other += 1;
      from = to + 1;
    }
  }
  const median = lengths.sort((a, b) => a - b)[lengths.length >> 1];
  return median !== undefined && median < SHORT && other <= OTHER * lengths.length ? median : undefined;
}
const ENDS = /[.,;:!?…。、，；：！？।؟{}()[\]"'”’»-]$/u;
