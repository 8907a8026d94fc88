// Vector of WebAssembly SIMD, included by vector.h; relaxed SIMD if the build allows it.
#pragma once
#include <wasm_simd128.h>

typedef u32 handle; // the byte address of the arena's first element
#define KERNEL(name) __attribute__((export_name(#name), noinline)) void kernel_##name

// Unsigned arithmetic, so that all 4 GiB are addressable.
INLINE float *at(handle h, u32 element) { return (float *)(uintptr_t)(h + element * 4u); }
INLINE vec splat(const float *p) { return (vec)wasm_v128_load32_splat(p); }
INLINE vec squareRoot(vec a) { return (vec)wasm_f32x4_sqrt((v128_t)a); }

// Bounds that keep NaN, limit < a ? limit : a, in one instruction. Written in C, clang makes it a relaxed minimum,
// which may lose the NaN; f32x4.min keeps it but takes eight instructions on x64.
#define ONE(instruction, a, b)                                                                              \
  ({                                                                                                        \
    vec made;                                                                                               \
    __asm__("local.get %1\n local.get %2\n " instruction "\n local.set %0" : "=r"(made) : "r"(a), "r"(b)); \
    made;                                                                                                   \
  })
INLINE vec atMost(vec a, vec limit) { return ONE("f32x4.pmin", a, limit); }
INLINE vec atLeast(vec a, vec limit) { return ONE("f32x4.pmax", a, limit); }

// a·b + c with one rounding (relaxed level, on a machine that fuses) or two; always the same within a level.
#ifdef __wasm_relaxed_simd__
INLINE vec madd(vec a, vec b, vec c) { return (vec)wasm_f32x4_relaxed_madd((v128_t)a, (v128_t)b, (v128_t)c); }
#else
INLINE vec madd(vec a, vec b, vec c) { return a * b + c; }
#endif
