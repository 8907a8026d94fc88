// What the kernels ask of a machine: a vector of floats, how it is loaded, stored and multiplied. The C is GCC's and clang's
// vector extensions, so that WebAssembly and a native addon are compiled from the same text. No formula lives here.
#pragma once
#include <stdint.h>

typedef uint32_t u32;
typedef int32_t i32;
typedef uint64_t u64;
typedef u32 handle;

#define LANES 4
typedef float vec __attribute__((vector_size(4 * LANES)));
typedef i32 ivec __attribute__((vector_size(4 * LANES)));
typedef float loose __attribute__((vector_size(4 * LANES), aligned(4), may_alias)); // a vec at any float's address
#define INLINE static inline __attribute__((always_inline))

#ifdef __wasm__
#include <wasm_simd128.h>
// The handle is the byte address of the arena's first element. Unsigned arithmetic, so that all 4 GiB can be reached.
INLINE float *at(handle h, u32 element) { return (float *)(uintptr_t)(h + element * 4u); }
INLINE vec splat(const float *p) { return (vec)wasm_v128_load32_splat(p); }
INLINE vec squareRoot(vec a) { return (vec)wasm_f32x4_sqrt((v128_t)a); }
// Bounds that let NaN through, limit < a ? limit : a, in one instruction. Said in C, clang turns the choice into a relaxed
// minimum, which may lose the NaN; f32x4.min keeps it at eight instructions on x64.
#define ONE(instruction, a, b)                                                                              \
  ({                                                                                                        \
    vec made;                                                                                               \
    __asm__("local.get %1\n local.get %2\n " instruction "\n local.set %0" : "=r"(made) : "r"(a), "r"(b)); \
    made;                                                                                                   \
  })
INLINE vec atMost(vec a, vec limit) { return ONE("f32x4.pmin", a, limit); }
INLINE vec atLeast(vec a, vec limit) { return ONE("f32x4.pmax", a, limit); }
#define KERNEL(name) __attribute__((export_name(#name), noinline)) void kernel_##name
#endif

INLINE const i32 *integersAt(handle h, u32 element) { return (const i32 *)at(h, element); }
INLINE vec all(float x) { return (vec){x, x, x, x}; }

// a·b + c, by a rounding (relaxed level, on a machine that fuses) or by two; the same way in every place of a level.
#ifdef __wasm_relaxed_simd__
INLINE vec madd(vec a, vec b, vec c) { return (vec)wasm_f32x4_relaxed_madd((v128_t)a, (v128_t)b, (v128_t)c); }
#else
INLINE vec madd(vec a, vec b, vec c) { return a * b + c; }
#endif

// Bits of a where the mask (a comparison's result) is set, else of b.
INLINE vec pick(ivec mask, vec a, vec b) { return (vec)((mask & (ivec)a) | (~mask & (ivec)b)); }

// The sum of a vector's lanes, in one order.
INLINE float sumOf(vec a) { return (a[0] + a[1]) + (a[2] + a[3]); }

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

// The first `width` lanes at p, `rest` in the others; storing, the others stay untouched.
INLINE vec get(const float *p, u32 width, float rest) { return width >= LANES ? *(const loose *)p : getPart(p, width, rest); }
INLINE void put(float *p, vec a, u32 width) {
  if (width >= LANES) *(loose *)p = a;
  else putPart(p, a, width);
}

// EACH(n, …): runs the statement for n elements, a vector at a time, the tail by the same arithmetic. Inside, AT(p) is the
// vector of p's elements at hand and SET(p, v) stores one.
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
