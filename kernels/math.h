// exp, tanh and the logistic function of vectors, and log of one double. They use polynomials instead of the C library,
// so that all machines of a level compute the same bits. No function allocates memory or branches on a vector lane.
//
// Reduction: Cody and Waite 1980. Polynomial: Chebyshev fit of (e^r − 1 − r)/r² on |r| ≤ ln 2 / 2, with error 7e-8 of
// that quotient. Largest errors over millions of random inputs, in units in the last place: exp 1.1, logistic 2.5,
// tanh 2.6. The conformance tests check that each stays below 4 at every exponent.
#pragma once
#include "vector.h"

// Reduces x = k·ln 2 + r, with integer k and |r| ≤ ln 2 / 2; returns e^r − 1, and k. NaN stays NaN in e^r − 1.
INLINE vec reduced(vec x, ivec *k) {
  const vec magic = all(12582912.0f); // 1.5 · 2²³: adding it rounds to an integer, which the low bits hold
  vec shifted = madd(x, all(1.44269504f), magic);
  vec whole = shifted - magic;
  vec r = madd(whole, all(-0.693359375f), x);
  r = madd(whole, all(2.12194440e-4f), r);
  vec q = all(1.39262508e-3f);
  q = madd(q, r, all(8.36323288e-3f));
  q = madd(q, r, all(4.16665542e-2f));
  q = madd(q, r, all(1.66665766e-1f));
  q = madd(q, r, all(0.5f));
  *k = (ivec)shifted - (ivec)magic;
  return madd(r * r, q, r);
}

// 2^k for −126 ≤ k ≤ 127.
INLINE vec powerOfTwo(ivec k) { return (vec)((k + 127) << 23); }

// e^x for x ≤ 0; 0 below −104.
INLINE vec expOf(vec x) {
  ivec k;
  vec p = reduced(atLeast(x, all(-104.0f)), &k);
  ivec half = k >> 1; // two factors: the smallest results need a power below 2^−126
  return (p + 1.0f) * powerOfTwo(half) * powerOfTwo(k - half);
}

INLINE vec negativeMagnitude(vec x) { return (vec)((ivec)x | (ivec)all(-0.0f)); }

// 1 / (1 + e^−x), from e^−|x|, so that small results keep their digits.
INLINE vec sigmoidOf(vec x) {
  vec e = expOf(negativeMagnitude(x));
  return pick(x < 0.0f, e, all(1.0f)) / (e + 1.0f);
}

// tanh|x| = −(e^−2|x| − 1) / (e^−2|x| + 1), from e^y − 1 itself, so that small results keep their digits.
INLINE vec tanhOf(vec x) {
  ivec k;
  vec p = reduced(atLeast(2.0f * negativeMagnitude(x), all(-40.0f)), &k);
  vec s = powerOfTwo(k);
  vec e = madd(s, p, s - 1.0f);
  vec t = e / (e + 2.0f);
  ivec sign = (ivec)all(-0.0f);
  return (vec)(((ivec)t & ~sign) | ((ivec)x & sign));
}

// Natural logarithm of a finite x ≥ 1 (a sum of exponentials of which the greatest is 1), to 1e-12; NaN stays NaN.
INLINE double logOf(double x) {
  if (x != x) return x;
  union { double real; u64 bits; } u = {x};
  i32 k = (i32)(u.bits >> 52) - 1023;
  u.bits = (u.bits & 0xfffffffffffffull) | 0x3ff0000000000000ull; // 1 ≤ u < 2
  if (u.real > 1.4142135623730951) {
    u.real /= 2;
    k += 1;
  }
  double s = (u.real - 1) / (u.real + 1), z = s * s, sum = 0; // ln u = 2 atanh s, |s| ≤ 0.172
  for (i32 n = 13; n >= 3; n -= 2) sum = z * (1.0 / n + sum);
  return k * 0.6931471805599453 + (2 * s + 2 * s * sum);
}
