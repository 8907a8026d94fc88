// Vector of x86-64, included by vector.h: SSE2, AVX2 with FMA, or AVX-512, by LANES.
#pragma once
#include <immintrin.h>

typedef float *handle; // the arena's first element
#define KERNEL(name) static void kernel_##name

#if LANES == 16
#define OF(instruction) _mm512_##instruction##_ps
#elif LANES == 8
#define OF(instruction) _mm256_##instruction##_ps
#else
#define OF(instruction) _mm_##instruction##_ps
#endif

INLINE float *at(handle h, u32 element) { return h + element; }
INLINE vec splat(const float *p) { return all(*p); }
INLINE vec squareRoot(vec a) { return (vec)OF(sqrt)(a); }

// The instruction computes limit < a ? limit : a, so NaN stays.
INLINE vec atMost(vec a, vec limit) { return (vec)OF(min)(limit, a); }
INLINE vec atLeast(vec a, vec limit) { return (vec)OF(max)(limit, a); }

// a·b + c with one rounding if the level fuses, else two.
#ifdef __FMA__
INLINE vec madd(vec a, vec b, vec c) { return (vec)OF(fmadd)(a, b, c); }
#else
INLINE vec madd(vec a, vec b, vec c) { return a * b + c; }
#endif
