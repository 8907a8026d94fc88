// The suffix automaton of a list of ids: every stretch of it is a walk from the root, and stretches that end at the same places share
// a state (Blumer et al. 1985). Built online, then another text of any length streams through it: how much of each stretch stands in
// that one is found in one pass, which keeps nothing of it. What that is good for is copied.ts's.

/** What of the list stands in the text that streamed by. */
export interface Matches {
  /** For each place of the list, the length of the longest stretch that ends there and stands in the text. */
  readonly lengths: Int32Array;
  /** Where that stretch first begins in the text, and how often it stands there. For a place whose length is not 0. */
  find(place: number): { readonly first: number; readonly times: number };
}

export interface Automaton {
  /** The next ids of the text. About a look in a hash table or two each. */
  push(ids: Int32Array): void;
  /** What was found. The text is over: nothing may be pushed afterwards. */
  matches(): Matches;
}

/** The automaton of whole numbers from 0 on: at most 2 states and 3 edges an id, up to 120 bytes in all. */
export function createAutomaton(list: Int32Array): Automaton {
  const room = Math.max(2, 2 * list.length);
  const edges = createEdges(Math.max(1, 3 * list.length), room);
  /** Of each state: its longest stretch, and the state of that one's longest suffix that stands elsewhere too. */
  const longest = new Int32Array(room);
  const suffix = new Int32Array(room).fill(-1);
  const prefix = new Int32Array(list.length); // the state of the list up to each place
  let states = 1;
  let last = 0;
  for (const [place, id] of list.entries()) {
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
    prefix[place] = state;
  }

  /** Of each state: ends of the text that came to it, the first of them; the longest match there, how often and where first. */
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
      // What came to a state came, shorter, to that of its suffix, all of which then stands in the text.
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
      const met = prefix.map((from) => {
        let at = from;
        while (at > 0 && best[at] === 0) at = suffix[at]!;
        return at;
      });
      return {
        lengths: met.map((at) => best[at]!),
        find(place) {
          const at = met[place]!;
          return { first: firstBest[at]! - best[at]!, times: times[at]! };
        },
      };
    },
  };
}

/** States by their longest stretch, the longest first. */
function byLength(longest: Int32Array): Int32Array {
  const begin = new Int32Array(longest.length + 1); // no stretch is longer than there are states
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
  /** Where the edge of a state with that id goes, or −1. */
  target(from: number, id: number): number;
  add(from: number, id: number, to: number): void;
  /** Turns an edge that is there. */
  set(from: number, id: number, to: number): void;
  /** Gives a state the edges of another. */
  copy(of: number, to: number): void;
}

/** At most so many edges: four numbers each (state, id, where to, the state's next edge), found by a hash of the first two. */
function createEdges(most: number, states: number): Edges {
  const edges = new Int32Array(4 * (most + 1)); // the one at 0 is none
  const head = new Int32Array(states);
  let size = 16;
  while (size < 2 * most) size *= 2;
  const slots = new Int32Array(size);
  let used = 0;

  /** The slot of an edge, or the empty one where it would stand. */
  const slotOf = (from: number, id: number) => {
    const mixed = Math.imul(from, 0x9e3779b1) ^ Math.imul(id, 0x85ebca6b);
    let slot = (mixed ^ (mixed >>> 15)) & (size - 1);
    for (let edge = slots[slot]!; edge > 0; edge = slots[slot]!) {
      if (edges[edge] === from && edges[edge + 1] === id) break;
      slot = (slot + 1) & (size - 1);
    }
    return slot;
  };
  const add = (from: number, id: number, to: number) => {
    used += 4;
    edges[used] = from;
    edges[used + 1] = id;
    edges[used + 2] = to;
    edges[used + 3] = head[from]!;
    head[from] = used;
    slots[slotOf(from, id)] = used;
  };
  return {
    target(from, id) {
      const edge = slots[slotOf(from, id)]!;
      return edge > 0 ? edges[edge + 2]! : -1;
    },
    add,
    set(from, id, to) {
      edges[slots[slotOf(from, id)]! + 2] = to;
    },
    copy(of, to) {
      for (let edge = head[of]!; edge > 0; edge = edges[edge + 3]!) add(to, edges[edge + 1]!, edges[edge + 2]!);
    },
  };
}
