// exp, log, pow, sin and cos from + − × ÷ and square root only, so that their bits are the same in every Node and every
// browser (the built-in functions differ in the last digit between versions). All code that affects a weight, a
// schedule or a sample uses these. Errors are below 2 units in the last place of a float64 over the stated ranges.
//
// Series and reductions: Muller, "Elementary Functions", 3rd ed., ch. 3 and 11 (Taylor and atanh series after
// reduction).

const LN2_HIGH = 0.6931471803691238; // ln 2 with its low bits zero, so that k * LN2_HIGH is exact
const LN2_LOW = 1.9082149292705877e-10; // the rest of ln 2
const word = new DataView(new ArrayBuffer(8));

/** 2^k for a whole k between −1022 and 1023, exactly: at k + 1022. */
const powersOfTwo = Float64Array.from({ length: 2046 }, (_, i) => {
  word.setUint32(0, (i + 1) << 20);
  word.setUint32(4, 0);
  return word.getFloat64(0);
});

/** 1/n! for n from 0 to 14. */
const inverseFactorials = Float64Array.from({ length: 15 }, (_, n) => {
  let product = 1;
  for (let i = 2; i <= n; i++) product *= i;
  return 1 / product;
});

/** e^x. Below −745 it is 0, above 709.78 infinite; NaN stays NaN. */
export function exp(x: number): number {
  if (!(x > -745.2)) return Number.isNaN(x) ? x : 0;
  if (x > 709.782712893384) return Infinity;
  const k = Math.floor(x / Math.LN2 + 0.5);
  const r = x - k * LN2_HIGH - k * LN2_LOW; // |r| ≤ ln 2 / 2
  let sum = inverseFactorials[14]!;
  for (let n = 13; n >= 0; n--) sum = sum * r + inverseFactorials[n]!;
  const half = k >> 1; // two multiplications, so that a subnormal result is rounded once
  return sum * powersOfTwo[half + 1022]! * powersOfTwo[k - half + 1022]!;
}

/**
 * Replaces each x of an array by e^x, with the bits of `exp`. It computes four at a time to hide the latency of one.
 */
export function expEach(a: Float64Array): void {
  let i = 0;
  for (; i + 4 <= a.length; i += 4) {
    const x0 = a[i]!;
    const x1 = a[i + 1]!;
    const x2 = a[i + 2]!;
    const x3 = a[i + 3]!;
    if (!(Math.min(x0, x1, x2, x3) > -700 && Math.max(x0, x1, x2, x3) < 700)) {
      for (let j = i; j < i + 4; j++) a[j] = exp(a[j]!);
      continue;
    }
    const k0 = Math.floor(x0 / Math.LN2 + 0.5);
    const k1 = Math.floor(x1 / Math.LN2 + 0.5);
    const k2 = Math.floor(x2 / Math.LN2 + 0.5);
    const k3 = Math.floor(x3 / Math.LN2 + 0.5);
    const r0 = x0 - k0 * LN2_HIGH - k0 * LN2_LOW;
    const r1 = x1 - k1 * LN2_HIGH - k1 * LN2_LOW;
    const r2 = x2 - k2 * LN2_HIGH - k2 * LN2_LOW;
    const r3 = x3 - k3 * LN2_HIGH - k3 * LN2_LOW;
    let s0 = inverseFactorials[14]!;
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    for (let n = 13; n >= 0; n--) {
      const term = inverseFactorials[n]!;
      s0 = s0 * r0 + term;
      s1 = s1 * r1 + term;
      s2 = s2 * r2 + term;
      s3 = s3 * r3 + term;
    }
    a[i] = s0 * powersOfTwo[k0 + 1022]!; // far from the subnormals one multiplication is exact, as two are
    a[i + 1] = s1 * powersOfTwo[k1 + 1022]!;
    a[i + 2] = s2 * powersOfTwo[k2 + 1022]!;
    a[i + 3] = s3 * powersOfTwo[k3 + 1022]!;
  }
  for (; i < a.length; i++) a[i] = exp(a[i]!);
}

/** Natural logarithm. 0 gives −∞; below 0, NaN. */
export function log(x: number): number {
  if (!(x > 0) || x === Infinity) return x === 0 ? -Infinity : x === Infinity ? x : NaN;
  let k = 0;
  let m = x;
  if (m < 2.2250738585072014e-308) {
    m *= 18014398509481984; // 2^54 makes a subnormal normal
    k = -54;
  }
  word.setFloat64(0, m);
  const high = word.getUint32(0);
  k += (high >>> 20) - 1023;
  word.setUint32(0, (high & 0xfffff) | (1023 << 20));
  m = word.getFloat64(0); // 1 ≤ m < 2
  if (m > Math.SQRT2) {
    m /= 2;
    k += 1;
  }
  const s = (m - 1) / (m + 1); // ln m = 2 atanh s, |s| ≤ 0.172
  const z = s * s;
  let sum = 0;
  for (let n = 23; n >= 3; n -= 2) sum = z * (1 / n + sum);
  return k * LN2_HIGH + (2 * s + (2 * s * sum + k * LN2_LOW));
}

/** base^n for a whole n ≥ 0, by repeated squaring: within n roundings. */
export function powerOf(base: number, n: number): number {
  let result = 1;
  let square = base;
  for (let left = n; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result *= square;
    square *= square;
  }
  return result;
}

/** cos(2πu) and sin(2πu) for 0 ≤ u < 1, u in turns: the reduction to an eighth of a turn is exact. */
export function circle(u: number): { cos: number; sin: number } {
  const quarter = Math.floor(4 * u + 0.5);
  const r = (u - quarter / 4) * 2 * Math.PI; // |r| ≤ π/4
  const z = r * r;
  let c = 1;
  let s = 1;
  for (let n = 18; n >= 2; n -= 2) {
    c = 1 - (z / (n * (n - 1))) * c;
    s = 1 - (z / (n * (n + 1))) * s;
  }
  s *= r;
  switch (quarter & 3) {
    case 0:
      return { cos: c, sin: s };
    case 1:
      return { cos: -s, sin: c };
    case 2:
      return { cos: -c, sin: -s };
    default:
      return { cos: s, sin: -c };
  }
}

const BLOCK = 4096;

/** Index of the first number that is not finite, −1 where all are. A product with 0 is 0, or NaN for those. */
export function firstNotFinite(numbers: Float32Array | Float64Array): number {
  for (let from = 0; from < numbers.length; from += BLOCK) {
    const to = Math.min(from + BLOCK, numbers.length);
    let sum = 0;
    for (let i = from; i < to; i++) sum += numbers[i]! * 0;
    if (sum !== 0) for (let i = from; i < to; i++) if (!Number.isFinite(numbers[i])) return i;
  }
  return -1;
}
