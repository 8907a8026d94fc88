// Vector of 64-bit ARM (NEON), included by vector.h.
#pragma once
#include <arm_neon.h>

typedef float *handle; // the arena's first element
#define KERNEL(name) static void kernel_##name

INLINE float *at(handle h, u32 element) { return h + element; }
INLINE vec splat(const float *p) { return (vec)vld1q_dup_f32(p); }
INLINE vec squareRoot(vec a) { return (vec)vsqrtq_f32((float32x4_t)a); }
INLINE vec atMost(vec a, vec limit) { return pick(limit < a, limit, a); } // keeps NaN, which vminnmq loses
INLINE vec atLeast(vec a, vec limit) { return pick(limit > a, limit, a); }
INLINE vec madd(vec a, vec b, vec c) { return (vec)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b); }
