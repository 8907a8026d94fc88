// Random shapes and numbers for the conformance suite, all from one printed seed. Deliberately not src/base/random.ts:
// a fault there must not choose its own tests.

export interface Draw {
  /** A whole number from low to high, both included. */
  integer(low: number, high: number): number;
  chance(probability: number): boolean;
  pick<T>(choices: readonly T[]): T;
  /** A size from 1 to max: mostly one-wide, odd, or beside an edge of a tile. */
  size(max: number): number;
  /** n float32 numbers of many magnitudes and both signs, some of them zero, none above 16. */
  reals(n: number): Float32Array;
  /** n float32 numbers between low and high. */
  between(n: number, low: number, high: number): Float32Array;
  integers(n: number, low: number, high: number): Int32Array;
  /** [0, extent) cut at random points into parts (some may be empty), in random order. */
  cuts(extent: number, parts: number): [from: number, to: number][];
}

const edges = [
  1, 1, 2, 3, 4, 5, 7, 8, 9, 12, 13, 15, 16, 17, 24, 31, 32, 33, 47, 48, 49, 63, 64, 65, 96, 127, 128, 129,
];

export function newDraw(seed: number): Draw {
  let state = seed >>> 0;
  const next = (): number => {
    // mulberry32 (Tommy Ettinger, public domain): 32 bits of state, good enough to choose tests by.
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const integer = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1));
  const pick = <T>(choices: readonly T[]): T => choices[integer(0, choices.length - 1)]!;
  return {
    integer,
    pick,
    chance: (probability) => next() < probability,
    size: (max) => (next() < 0.8 ? pick(edges.filter((edge) => edge <= max)) : integer(1, max)),
    reals: (n) => Float32Array.from({ length: n }, () => (next() < 0.06 ? 0 : (next() * 2 - 1) * 2 ** integer(-6, 4))),
    between: (n, low, high) => Float32Array.from({ length: n }, () => low + (high - low) * next()),
    integers: (n, low, high) => Int32Array.from({ length: n }, () => integer(low, high)),
    cuts(extent, parts) {
      const inner = Array.from({ length: parts - 1 }, () => integer(0, extent)).sort((a, b) => a - b);
      const points = [0, ...inner, extent];
      const ranges = points.slice(1).map((to, i): [number, number] => [points[i]!, to]);
      return ranges
        .map((range) => ({ range, key: next() }))
        .sort((a, b) => a.key - b.key)
        .map(({ range }) => range);
    },
  };
}
