// Gradients of weights and biases: sums over all rows of a window in ascending order, for a range of weights.
#include "kernels.h"
#include "tile.h"

// A block of the sum is DEPTH rows of g and x. SPAN columns of g and a panel of x are packed at a time on the stack.
// Between blocks the partial sum is stored in dw, which does not change its bits.
#ifdef __wasm__
enum { SPAN = 24 * ROWS };
#else
enum { SPAN = 48 * ROWS };
#endif

// Packs `width` columns of `count` rows as count × room. It stores whole vectors: the next row overwrites elements past
// a row's end, and LANES elements past the last row must be free.
INLINE void gatherColumns(float *into, const float *from, u32 count, u32 stride, u32 width, u32 room) {
  for (u32 m = 0; m < count; m++, from += stride, into += room) {
    soon(from + PANEL);
    if (width >= room + LANES - 1) { // every vector is whole
      for (u32 c = 0; c < room; c += LANES) *(loose *)(into + c) = load(from + c);
    } else {
      for (u32 c = 0; c < room; c += LANES) {
        *(loose *)(into + c) = get(from + least(c, width), width - least(c, width), 0.0f);
      }
    }
  }
}

KERNEL(gradient)(handle h, u32 dw, u32 g, u32 x, u32 count, u32 n, u32 k, u32 from, u32 to) {
  float gs[SPAN * DEPTH + LANES], xs[PANEL * DEPTH + LANES];
  for (u32 m = 0; m < count; m += DEPTH) {
    u32 terms = least(DEPTH, count - m);
    for (u32 first = from; first < to; first += SPAN) {
      u32 span = least(SPAN, to - first);
      for (u32 r = 0; r < span; r += ROWS) {
        gatherColumns(gs + r * DEPTH, at(h, g + m * n + first + r), terms, n, n - first - r, ROWS);
      }
      for (u32 c = 0; c < k; c += PANEL) {
        gatherColumns(xs, at(h, x + m * k + c), terms, k, k - c, PANEL);
        for (u32 r = 0; r < span; r += ROWS) {
          float *into[ROWS];
          for (u32 i = 0; i < ROWS; i++) into[i] = at(h, dw + (first + r + i) * k + c);
          const struct ahead next = {into[0] + ROWS * k, k, least(ROWS, terms)};
          tile(into, gs + r * DEPTH, 1, ROWS, xs, terms, (struct begin){0, 0}, span - r, least(PANEL, k - c), next);
        }
      }
    }
  }
}

KERNEL(sumRows)(handle h, u32 db, u32 g, u32 count, u32 n, u32 from, u32 to) {
  float *sum = at(h, db + from);
  for (u32 m = 0; m < count; m++) {
    const float *row = at(h, g + m * n + from);
    EACH(to - from, SET(sum, AT(sum) + AT(row)));
  }
}
