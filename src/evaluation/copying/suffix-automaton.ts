// Suffix automaton of a list of ids: every substring of the list is a path from the root, and substrings that end at
// the same positions share a state (Blumer et al. 1985). It is built online. Then a text of any length is streamed
// through it, and one pass finds the longest substrings that occur in the text.

/** The substrings of the list that occur in the streamed text. */
export interface Matches {
  /** For each position of the list, the length of the longest substring that ends there and occurs in the text. */
  readonly lengths: Int32Array;
  /**
   * The first position of that substring in the text, and its number of occurrences. For a position whose length is not
   * 0.
   */
  find(position: number): { readonly first: number; readonly times: number };
}

export interface Automaton {
  /** Streams the next ids of the text, at one or two hash table lookups each. */
  push(ids: Int32Array): void;
  /** Ends the text and gives the matches; nothing may be pushed afterwards. */
  matches(): Matches;
}

/**
 * Builds the automaton of whole numbers from 0: at most 2 states and 3 edges per id, up to 120 bytes per id in total.
 */
export function createAutomaton(list: Int32Array): Automaton {
  const capacity = Math.max(2, 2 * list.length);
  const edges = createEdges(Math.max(1, 3 * list.length), capacity);
  /** For each state: the length of its longest substring, and its suffix link. */
  const longest = new Int32Array(capacity);
  const suffix = new Int32Array(capacity).fill(-1);
  const prefix = new Int32Array(list.length); // the state of the list up to each position
  let states = 1;
  let last = 0;
  for (const [position, id] of list.entries()) {
    const state = states++;
    longest[state] = longest[last]! + 1;
    let from = last;
    for (; from >= 0 && edges.target(from, id) < 0; from = suffix[from]!) edges.add(from, id, state);
    if (from < 0) suffix[state] = 0;
    else {
      const next = edges.target(from, id);
      if (longest[next] === longest[from]! + 1) suffix[state] = next;
      else {
        const copy = states++;
        longest[copy] = longest[from]! + 1;
        suffix[copy] = suffix[next]!;
        edges.copy(next, copy);
        for (; from >= 0 && edges.target(from, id) === next; from = suffix[from]!) edges.set(from, id, copy);
        suffix[next] = copy;
        suffix[state] = copy;
      }
    }
    last = state;
    prefix[position] = state;
  }

  /**
   * For each state: the number of text positions that reach it and the first of them; the length of the longest match,
   * its count and its first end.
   */
  const visits = new Float64Array(states);
  const firstEnd = new Float64Array(states).fill(Infinity);
  const best = new Int32Array(states);
  const times = new Float64Array(states);
  const firstBest = new Float64Array(states).fill(Infinity);
  let read = 0;
  let state = 0;
  let length = 0;
  return {
    push(ids) {
      for (const id of ids) {
        let next = edges.target(state, id);
        while (next < 0 && state > 0) {
          state = suffix[state]!;
          length = longest[state]!;
          next = edges.target(state, id);
        }
        read += 1;
        if (next < 0) continue; // at the root
        state = next;
        length += 1;
        if (visits[state]! === 0) firstEnd[state] = read;
        visits[state]! += 1;
        if (length > best[state]!) {
          best[state] = length;
          times[state] = 0;
          firstBest[state] = read;
        }
        if (length === best[state]!) times[state]! += 1;
      }
    },
    matches() {
      // A visit of a state is also a visit of its suffix link, whose longest substring then occurs in the text as a
      // whole.
      for (const from of byLength(longest.subarray(0, states))) {
        const to = suffix[from]!;
        if (to <= 0 || visits[from] === 0) continue;
        if (best[to]! < longest[to]!) {
          best[to] = longest[to]!;
          times[to] = 0;
          firstBest[to] = Infinity;
        }
        times[to]! += visits[from]!;
        visits[to]! += visits[from]!;
        firstBest[to] = Math.min(firstBest[to]!, firstEnd[from]!);
        firstEnd[to] = Math.min(firstEnd[to]!, firstEnd[from]!);
      }
      const matched = prefix.map((from) => {
        let at = from;
        while (at > 0 && best[at] === 0) at = suffix[at]!;
        return at;
      });
      return {
        lengths: matched.map((at) => best[at]!),
        find(position) {
          const at = matched[position]!;
          return { first: firstBest[at]! - best[at]!, times: times[at]! };
        },
      };
    },
  };
}

/** States by the length of their longest substring, the longest first. */
function byLength(longest: Int32Array): Int32Array {
  const begin = new Int32Array(longest.length + 1); // no substring is longer than the number of states
  for (const length of longest) begin[length]! += 1;
  let at = 0;
  for (let length = longest.length; length >= 0; length--) {
    const count = begin[length]!;
    begin[length] = at;
    at += count;
  }
  const order = new Int32Array(longest.length);
  for (const [state, length] of longest.entries()) order[begin[length]!++] = state;
  return order;
}

interface Edges {
  /** Target of the edge of a state with this id, or −1. */
  target(from: number, id: number): number;
  add(from: number, id: number, to: number): void;
  /** Changes the target of an existing edge. */
  set(from: number, id: number, to: number): void;
  /** Copies the edges of a state to another. */
  copy(of: number, to: number): void;
}

/**
 * A hash table of at most `most` edges, with four numbers each: state, id, target, the state's next edge. The first two
 * are the key.
 */
function createEdges(most: number, states: number): Edges {
  const edges = new Int32Array(4 * (most + 1)); // 0 stands for no edge
  const head = new Int32Array(states);
  let size = 16;
  while (size < 2 * most) size *= 2;
  const buckets = new Int32Array(size);
  let used = 0;

  /** The bucket of an edge, or the empty bucket for it. */
  const bucketOf = (from: number, id: number) => {
    const mixed = Math.imul(from, 0x9e3779b1) ^ Math.imul(id, 0x85ebca6b);
    let bucket = (mixed ^ (mixed >>> 15)) & (size - 1);
    for (let edge = buckets[bucket]!; edge > 0; edge = buckets[bucket]!) {
      if (edges[edge] === from && edges[edge + 1] === id) break;
      bucket = (bucket + 1) & (size - 1);
    }
    return bucket;
  };
  const add = (from: number, id: number, to: number) => {
    used += 4;
    edges[used] = from;
    edges[used + 1] = id;
    edges[used + 2] = to;
    edges[used + 3] = head[from]!;
    head[from] = used;
    buckets[bucketOf(from, id)] = used;
  };
  return {
    target(from, id) {
      const edge = buckets[bucketOf(from, id)]!;
      return edge > 0 ? edges[edge + 2]! : -1;
    },
    add,
    set(from, id, to) {
      edges[buckets[bucketOf(from, id)]! + 2] = to;
    },
    copy(of, to) {
      for (let edge = head[of]!; edge > 0; edge = edges[edge + 3]!) add(to, edges[edge + 1]!, edges[edge + 2]!);
    },
  };
}
