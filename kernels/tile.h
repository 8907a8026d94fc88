// Register tile of all products: up to ROWS rows × PANEL columns, with one accumulator for each element and terms added
// in ascending order. A tile of fewer rows or columns does the same for fewer elements, so that the bits of an element
// do not depend on its position.
#pragma once
#include "vector.h"

// ROWS and PANEL come from the build, chosen by measurement for each level.
#define VECS (PANEL / LANES)
// Number of terms that are summed before the next panel: this part of a panel, at most 16 KiB, fits the L1 cache.
#define DEPTH (PANEL > 16 ? 128 : 256)

#ifdef __wasm__
#define UNROLLED
#define ROLLED _Pragma("clang loop unroll(disable)") // unrolled, V8 runs out of registers, which halves the speed
#else
#ifdef __clang__
#define UNROLLED _Pragma("clang loop unroll(full)")
#else
#define UNROLLED _Pragma("GCC unroll 16")
#endif
#define ROLLED
#endif

INLINE u32 least(u32 a, u32 b) { return a < b ? a : b; }

// Initial value of a sum: `start` (a bias; 0 = none), plus the value in `to` unless fresh.
struct begin {
  const float *start;
  u32 fresh;
};

// Memory that a tile prefetches while it sums. With each of its first `count` terms it prefetches PANEL floats, the
// first time at `at`, then `apart` floats further each time; all at once they would delay the sums. `count` is at most
// the number of terms.
struct ahead {
  const float *at;
  u32 apart, count;
};

INLINE void addTerm(const u32 height, vec (*sum)[VECS], const float *left, const u32 apart, const float *right) {
  vec b[VECS];
  UNROLLED for (u32 v = 0; v < VECS; v++) b[v] = load(right + v * LANES);
  UNROLLED for (u32 r = 0; r < height; r++) {
    vec each = splat(left + r * apart);
    UNROLLED for (u32 v = 0; v < VECS; v++) sum[r][v] = madd(each, b[v], sum[r][v]);
  }
}

INLINE void tileOf(const u32 height, float *const *to, const float *left, const u32 apart, const u32 step,
                   const float *right, u32 terms, struct begin from, struct ahead next) {
  vec sum[ROWS][VECS];
  UNROLLED for (u32 r = 0; r < height; r++) {
    UNROLLED for (u32 v = 0; v < VECS; v++) {
      sum[r][v] = from.fresh ? all(0.0f) : load(to[r] + v * LANES);
      if (from.start) sum[r][v] += load(from.start + v * LANES);
    }
  }
  u32 i = 0;
#ifndef __wasm__
  for (; i < next.count; i++) {
    soonAll(next.at + i * next.apart, PANEL);
    addTerm(height, sum, left + i * step, apart, right + i * PANEL);
  }
#else
  (void)next;
#endif
  ROLLED for (; i < terms; i++) addTerm(height, sum, left + i * step, apart, right + i * PANEL);
  UNROLLED for (u32 r = 0; r < height; r++) {
    UNROLLED for (u32 v = 0; v < VECS; v++) *(loose *)(to[r] + v * LANES) = sum[r][v];
  }
}

// to[r][c] (+)= start[c] + Σ_i left[r·apart + i·step] · right[i·PANEL + c], for r < min(rows, ROWS), c < PANEL, i <
// terms. WebAssembly always computes ROWS rows, since V8 compiles one tile best.
INLINE void fullTile(float *const *to, const float *left, const u32 apart, const u32 step, const float *right,
                     u32 terms, struct begin from, u32 rows, struct ahead next) {
#define HEIGHT(n) \
  case n: tileOf(n, to, left, apart, step, right, terms, from, next); return;
#ifndef __wasm__
  switch (rows) {
    HEIGHT(1) HEIGHT(2) HEIGHT(3) HEIGHT(4) HEIGHT(5)
#if ROWS > 6
    HEIGHT(6) HEIGHT(7) HEIGHT(8) HEIGHT(9) HEIGHT(10) HEIGHT(11)
#endif
  }
#endif
#undef HEIGHT
  (void)rows;
  tileOf(ROWS, to, left, apart, step, right, terms, from, next);
}

#define ABREAST 4
// One row and up to ABREAST panels, `apart` floats from each other: enough sums at a time to hide the latency.
INLINE void rowTileOf(const u32 panels, float *to, const float *left, const float *right, u32 apart, u32 terms,
                      struct begin from) {
  vec sum[ABREAST][VECS];
  UNROLLED for (u32 p = 0; p < panels; p++) {
    UNROLLED for (u32 v = 0; v < VECS; v++) {
      u32 c = p * PANEL + v * LANES;
      sum[p][v] = from.fresh ? all(0.0f) : load(to + c);
      if (from.start) sum[p][v] += load(from.start + c);
    }
  }
  ROLLED for (u32 i = 0; i < terms; i++) {
    vec each = splat(left + i);
    UNROLLED for (u32 p = 0; p < panels; p++) {
      UNROLLED for (u32 v = 0; v < VECS; v++) {
        sum[p][v] = madd(each, load(right + p * apart + i * PANEL + v * LANES), sum[p][v]);
      }
    }
  }
  UNROLLED for (u32 p = 0; p < panels; p++) {
    UNROLLED for (u32 v = 0; v < VECS; v++) *(loose *)(to + p * PANEL + v * LANES) = sum[p][v];
  }
}

static __attribute__((noinline, unused)) void rowTile(u32 panels, float *to, const float *left, const float *right,
                                                      u32 apart, u32 terms, struct begin from) {
  switch (panels) {
    case 1: rowTileOf(1, to, left, right, apart, terms, from); return;
    case 2: rowTileOf(2, to, left, right, apart, terms, from); return;
    case 3: rowTileOf(3, to, left, right, apart, terms, from); return;
    default: rowTileOf(ABREAST, to, left, right, apart, terms, from);
  }
}

#ifdef __wasm__
#define LEAST_ROWS ROWS
#else
#define LEAST_ROWS 1
#endif

// Number of rows of the next tile, of those that are left. The last two tiles share their rows evenly: 4 and 4 hide the
// latency of their sums, a tile of 2 after one of 6 does not.
INLINE u32 tileHeight(u32 left) {
  return left <= ROWS || left >= 2 * ROWS || LEAST_ROWS == ROWS ? least(left, ROWS) : (left + 1) / 2;
}

// Like fullTile, for r < rows and c < cols ≤ PANEL. All ROWS rows of left must be readable.
INLINE void tile(float *const *to, const float *left, const u32 apart, const u32 step, const float *right, u32 terms,
                 struct begin from, u32 rows, u32 cols, struct ahead next) {
  float wide[ROWS][PANEL], *into[ROWS];
  const u32 edge = cols < PANEL || rows < LEAST_ROWS;
  for (u32 r = 0; r < ROWS; r++) {
    into[r] = edge ? wide[r] : to[r];
    for (u32 c = 0; c < PANEL && edge && r < rows; c += LANES) {
      u32 first = least(c, cols), width = cols - first;
      vec sum = from.fresh ? all(0.0f) : get(to[r] + first, width, 0.0f);
      if (from.start) sum += get(from.start + first, width, 0.0f);
      *(loose *)(wide[r] + c) = sum;
    }
  }
  if (edge) from = (struct begin){0, 0};
  fullTile(into, left, apart, step, right, terms, from, rows, next);
  for (u32 r = 0; r < ROWS && edge && r < rows; r++) {
    for (u32 c = 0; c < cols; c += LANES) put(to[r] + c, load(wide[r] + c), cols - c);
  }
}
