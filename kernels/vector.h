// Vector of floats: load, store, multiply-add and loops over elements. It uses the vector extensions of GCC and clang,
// so that WebAssembly and the native addon are compiled from the same source. Formulas are in the other files.
#pragma once
#include <stdint.h>

typedef uint32_t u32;
typedef int32_t i32;
typedef uint64_t u64;
// Number of floats in a vector register of the level; the build defines it if it is not 4.
#ifndef LANES
#define LANES 4
#endif
typedef float vec __attribute__((vector_size(4 * LANES)));
typedef i32 ivec __attribute__((vector_size(4 * LANES)));
typedef float loose __attribute__((vector_size(4 * LANES), aligned(4), may_alias)); // a vec at the address of any float
#define INLINE static inline __attribute__((always_inline))

// Bits of a where the mask (a comparison's result) is set, else of b.
INLINE vec pick(ivec mask, vec a, vec b) { return (vec)((mask & (ivec)a) | (~mask & (ivec)b)); }

// x in every vector lane. Subtracting zero changes no bit; x + 0 would lose the sign of −0.
INLINE vec all(float x) { return x - (vec){}; }

#if defined(__wasm__)
#include "vector-wasm.h"
#elif defined(__x86_64__)
#include "vector-x86.h"
#else
#include "vector-arm.h"
#endif

// Prefetches a cache line. The address may be invalid, since nothing is read.
INLINE void soon(const float *p) {
#ifndef __wasm__
  __builtin_prefetch(p, 0, 2);
#else
  (void)p;
#endif
}

// Prefetches each cache line of `count` floats.
INLINE void soonAll(const float *p, u32 count) {
  for (u32 c = 0; c < count; c += 16) soon(p + c);
}

INLINE const i32 *integersAt(handle h, u32 element) { return (const i32 *)at(h, element); }

// Sum of the lanes of a vector: neighbours are added first.
INLINE float sumOf(vec a) {
  float sum[LANES];
  *(loose *)sum = a;
  for (u32 n = LANES / 2; n > 0; n /= 2) {
    for (u32 i = 0; i < n; i++) sum[i] = sum[2 * i] + sum[2 * i + 1];
  }
  return sum[0];
}

INLINE vec load(const float *p) { return *(const loose *)p; }

static __attribute__((noinline)) vec getPart(const float *p, u32 width, float rest) {
  float part[LANES];
  for (u32 i = 0; i < LANES; i++) part[i] = i < width ? p[i] : rest;
  return *(loose *)part;
}
static __attribute__((noinline)) void putPart(float *p, vec a, u32 width) {
  float part[LANES];
  *(loose *)part = a;
  for (u32 i = 0; i < LANES && i < width; i++) p[i] = part[i];
}

// get loads the first `width` lanes from p and sets the others to `rest`; put stores the first `width` lanes only.
INLINE vec get(const float *p, u32 width, float rest) {
  if (width >= LANES) return load(p);
  return getPart(p, width, rest);
}
INLINE void put(float *p, vec a, u32 width) {
  if (width >= LANES) *(loose *)p = a;
  else putPart(p, a, width);
}

// EACH(n, …) runs the statement for n elements, a vector at a time, with the same arithmetic for the tail. In the
// statement, AT(p) loads the current vector of p and SET(p, v) stores it.
#define EACH(n, ...)                                            \
  do {                                                          \
    u32 i = 0;                                                  \
    for (const u32 width = LANES; i + LANES <= (n); i += LANES) { \
      __VA_ARGS__;                                              \
    }                                                           \
    const u32 width = (n) - i;                                  \
    if (width > 0) {                                            \
      __VA_ARGS__;                                              \
    }                                                           \
  } while (0)
#define AT(p) get((p) + i, width, 0.0f)
#define SET(p, v) put((p) + i, (v), width)
