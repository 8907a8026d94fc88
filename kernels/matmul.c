// The product over packed weights, and the packing.
#include "kernels.h"
#include "tile.h"

// Rows taken through all panels together: as many of the left operand's as stay in a second-level cache.
enum { CHUNK = 16 * ROWS };

KERNEL(pack)(handle h, u32 packed, u32 w, u32 rows, u32 cols, u32 from, u32 to, u32 transpose) {
  float *room = at(h, packed);
  for (u32 j = from; j < to; j++) {
    const float *row = at(h, w + j * cols);
    if (transpose) { // row j is row j of every panel
      for (u32 c = 0; c < cols; c += PANEL) {
        float *into = room + c * rows + j * PANEL;
        EACH(least(PANEL, cols - c), SET(into, AT(row + c)));
      }
    } else { // row j is column j of its panel
      float *into = room + j / PANEL * PANEL * cols + j % PANEL;
      for (u32 c = 0; c < cols; c++) into[c * PANEL] = row[c];
    }
  }
}

KERNEL(matmul)(handle h, u32 out, u32 a, u32 packed, u32 bias, u32 blocks, u32 rows, u32 lanes, u32 k, u32 n,
               u32 accumulate) {
  const float *offset = bias == NONE ? 0 : at(h, bias);
  float *to[CHUNK];
  const float *left[CHUNK];
  u32 t = 0, lane = 0; // the next row
  for (u32 todo = blocks * rows; todo > 0;) {
    u32 count = least(todo, CHUNK);
    todo -= count;
    for (u32 r = 0; r < CHUNK; r++) {
      if (r < count) {
        to[r] = at(h, out + (t * lanes + lane) * n);
        left[r] = at(h, a + (t * lanes + lane) * k);
        if (++lane == rows) lane = 0, t++;
      } else { // an edge tile reads a real row again
        to[r] = to[0];
        left[r] = left[0];
      }
    }
    for (u32 j = 0; j < n; j += PANEL) {
      const float *right = at(h, packed + j * k);
      for (u32 r = 0; r < count; r += ROWS) {
        float *into[ROWS];
        for (u32 i = 0; i < ROWS; i++) into[i] = to[r + i] + j;
        tile(into, left + r, 1, right, offset ? offset + j : 0, k, count - r, least(PANEL, n - j), !accumulate);
      }
    }
  }
}
