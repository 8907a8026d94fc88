// The suffix array of a list of ids: all its suffixes in order, as one number each; and what neighbours have in common. In linear
// time whatever the ids: SA-IS (Nong, Zhang and Chan 2009) and Kasai et al. 2001. What it is good for is copied.ts's.

/** Where each suffix of `s` begins, least first. Ids are whole numbers from 0 to `largest`; a shorter suffix comes first. */
export function suffixArray(s: Int32Array, largest: number): Int32Array {
  const n = s.length;
  if (n < 2) return new Int32Array(n);
  // A suffix is smaller than the next one (type S) or larger (type L); the last is larger than the empty one.
  const smaller = new Uint8Array(n);
  for (let i = n - 2; i >= 0; i--) smaller[i] = s[i] === s[i + 1] ? smaller[i + 1]! : s[i]! < s[i + 1]! ? 1 : 0;
  const isLms = (i: number) => i > 0 && smaller[i] === 1 && smaller[i - 1] === 0;
  const starts = bucketStarts(s, largest);
  const sa = new Int32Array(n);

  /** From the order of the suffixes at `lms` the order of all. */
  const induce = (lms: Int32Array) => {
    sa.fill(-1);
    let next = starts.slice(1); // the ends of the buckets
    for (let i = lms.length - 1; i >= 0; i--) sa[--next[s[lms[i]!]!]!] = lms[i]!;
    next = starts.slice();
    sa[next[s[n - 1]!]!++] = n - 1;
    for (let i = 0; i < n; i++) {
      const before = sa[i]! - 1;
      if (before >= 0 && smaller[before] === 0) sa[next[s[before]!]!++] = before;
    }
    next = starts.slice(1);
    for (let i = n - 1; i >= 0; i--) {
      const before = sa[i]! - 1;
      if (before >= 0 && smaller[before] === 1) sa[--next[s[before]!]!] = before;
    }
  };

  const places = new Int32Array(n >> 1);
  let count = 0;
  for (let i = 1; i < n; i++) if (isLms(i)) places[count++] = i;
  const lms = places.slice(0, count);
  induce(lms);
  if (count < 2) return sa;

  // Names of the stretches between two of them, in their order: equal stretches have one name.
  const name = new Int32Array(n);
  const end = (i: number) => {
    let to = i + 1;
    while (to < n && !isLms(to)) to++;
    return Math.min(to, n - 1);
  };
  let names = 0;
  let last = -1;
  for (let i = 0; i < n; i++) {
    const at = sa[i]!;
    if (!isLms(at)) continue;
    if (last >= 0 && !sameStretch(s, last, end(last), at, end(at), smaller)) names++;
    name[at] = names;
    last = at;
  }
  const shorter = Int32Array.from(lms, (at) => name[at]!);
  induce(suffixArray(shorter, names).map((i) => lms[i]!));
  return sa;
}

/** Are two stretches the same, their ends included, and kinds too? The last one of all is like no other. */
function sameStretch(s: Int32Array, a: number, aEnd: number, b: number, bEnd: number, kind: Uint8Array): boolean {
  if (aEnd - a !== bEnd - b || aEnd === s.length - 1 || bEnd === s.length - 1) return false;
  for (let i = 0; i <= aEnd - a; i++) if (s[a + i] !== s[b + i] || kind[a + i] !== kind[b + i]) return false;
  return true;
}

/** Where the suffixes that begin with each id begin, and, last, their number. */
function bucketStarts(s: Int32Array, largest: number): Int32Array {
  const starts = new Int32Array(largest + 2);
  for (const id of s) starts[id + 1]! += 1;
  for (let id = 0; id <= largest; id++) starts[id + 1]! += starts[id]!;
  return starts;
}

/** The place of each suffix in the order: the array turned round. */
export function ranksOf(sa: Int32Array): Int32Array {
  const rank = new Int32Array(sa.length);
  for (let i = 0; i < sa.length; i++) rank[sa[i]!] = i;
  return rank;
}

/** How many ids suffix `i` of the order has in common with the one before it, at its beginning; 0 for the first. */
export function commonPrefixes(s: Int32Array, sa: Int32Array, rank: Int32Array): Int32Array {
  const common = new Int32Array(s.length);
  let length = 0;
  for (let at = 0; at < s.length; at++) {
    const place = rank[at]!;
    if (place === 0) {
      length = 0;
      continue;
    }
    const before = sa[place - 1]!;
    while (at + length < s.length && before + length < s.length && s[at + length] === s[before + length]) length++;
    common[place] = length;
    if (length > 0) length--;
  }
  return common;
}
