// The one register tile of all products: ROWS rows × PANEL columns, one accumulator an element, terms added in ascending
// order. A product's edges go through the same tile, so an element's bits do not depend on where it lies.
#pragma once
#include "vector.h"

// ROWS and PANEL come from the build (build.mjs), chosen by measurement for each level.
#define VECS (PANEL / LANES)
#define ROW_OF(r) ((r) < rows ? (r) : 0)

INLINE u32 least(u32 a, u32 b) { return a < b ? a : b; }

// to[r][c] (+)= bias[c] + Σ_i left[r][i·step] · right[i·PANEL + c], for r < rows ≤ ROWS, c < cols ≤ PANEL, i < terms.
// `fresh`: starts from 0, not from what stands there. bias may be 0. Every left[r] must be readable, r ≥ rows too.
INLINE void tile(float *const *to, const float *const *left, u32 step, const float *right, const float *bias, u32 terms,
                 u32 rows, u32 cols, u32 fresh) {
  vec sum[ROWS][VECS];
  const float *a[ROWS];
  for (u32 r = 0; r < ROWS; r++) {
    a[r] = left[r];
    for (u32 v = 0; v < VECS; v++) {
      u32 first = least(v * LANES, cols), width = cols - first;
      sum[r][v] = fresh ? all(0.0f) : get(to[r] + first, width, 0.0f);
      if (bias) sum[r][v] += get(bias + first, width, 0.0f);
    }
  }
#pragma clang loop unroll(disable) // unrolled, V8 runs out of registers: half the speed
  for (u32 i = 0; i < terms; i++) {
    vec b[VECS];
    for (u32 v = 0; v < VECS; v++) b[v] = *(const loose *)(right + i * PANEL + v * LANES);
    for (u32 r = 0; r < ROWS; r++) {
      vec each = splat(a[r] + i * step);
      for (u32 v = 0; v < VECS; v++) sum[r][v] = madd(each, b[v], sum[r][v]);
    }
  }
  for (u32 r = 0; r < ROWS && r < rows; r++) {
    for (u32 v = 0; v < VECS; v++) {
      u32 first = least(v * LANES, cols);
      put(to[r] + first, sum[r][v], cols - first);
    }
  }
}
