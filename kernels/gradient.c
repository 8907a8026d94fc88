// Gradients of weights and biases: sums over all rows of a window, in ascending row, for a range of weights.
#include "kernels.h"
#include "tile.h"

// A block of the sum: TERMS rows of g and x, of which SPAN columns of g and a panel of x are packed at a time on the stack.
// Between blocks a sum rests in dw, which keeps its bits.
enum { TERMS = 256, SPAN = 24 * ROWS };

// Packs `width` columns of `count` rows as count × room, zeros beyond; room is a multiple of LANES.
INLINE void gatherColumns(float *into, const float *from, u32 count, u32 stride, u32 width, u32 room) {
  for (u32 m = 0; m < count; m++, from += stride, into += room) {
    for (u32 c = 0; c < room; c += LANES) {
      u32 first = least(c, width);
      *(loose *)(into + c) = get(from + first, width - first, 0.0f);
    }
  }
}

KERNEL(gradient)(handle h, u32 dw, u32 g, u32 x, u32 count, u32 n, u32 k, u32 from, u32 to) {
  float gs[SPAN * TERMS], xs[PANEL * TERMS];
  for (u32 m = 0; m < count; m += TERMS) {
    u32 terms = least(TERMS, count - m);
    for (u32 first = from; first < to; first += SPAN) {
      u32 span = least(SPAN, to - first);
      for (u32 r = 0; r < span; r += ROWS) {
        gatherColumns(gs + r * TERMS, at(h, g + m * n + first + r), terms, n, span - r, ROWS);
      }
      for (u32 c = 0; c < k; c += PANEL) {
        gatherColumns(xs, at(h, x + m * k + c), terms, k, k - c, PANEL);
        for (u32 r = 0; r < span; r += ROWS) {
          float *into[ROWS];
          const float *left[ROWS];
          for (u32 i = 0; i < ROWS; i++) {
            into[i] = at(h, dw + (first + least(r + i, span - 1)) * k + c);
            left[i] = gs + r * TERMS + i;
          }
          tile(into, left, ROWS, xs, 0, terms, span - r, least(PANEL, k - c), 0);
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
