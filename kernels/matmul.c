// Product of rows and packed weights, and the packing of weights.
#include "kernels.h"
#include "tile.h"

// Number of rows that pass through all panels together. DEPTH columns of them, copied side by side, fit the L2 cache.
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

// Product of one row. Each weight is read once, so blocking or copying gains nothing. ABREAST panels are summed
// together from the first term to the last, so that memory is read in a few long streams.
static __attribute__((noinline)) void rowProduct(float *to, const float *left, const float *right, const float *offset,
                                                 u32 k, u32 n, u32 accumulate) {
  for (u32 j = 0; j < n; j += ABREAST * PANEL) {
    const u32 cols = least(ABREAST * PANEL, n - j), panels = (cols + PANEL - 1) / PANEL;
    struct begin from = {offset ? offset + j : 0, !accumulate};
    if (cols == panels * PANEL) {
      rowTile(panels, to + j, left, right + j * k, k * PANEL, k, from);
      continue;
    }
    float wide[ABREAST * PANEL] = {0}; // includes the padding of the last panel, which is dropped
    for (u32 c = 0; c < cols && accumulate; c++) wide[c] = to[j + c];
    for (u32 c = 0; c < cols && offset; c++) wide[c] += offset[j + c];
    rowTile(panels, wide, left, right + j * k, k * PANEL, k, (struct begin){0, 0});
    for (u32 c = 0; c < cols; c++) to[j + c] = wide[c];
  }
}

KERNEL(matmul)(handle h, u32 out, u32 a, u32 packed, u32 bias, u32 blocks, u32 rows, u32 lanes, u32 k, u32 n,
               u32 accumulate) {
  const float *offset = bias == NONE ? 0 : at(h, bias);
  float side[CHUNK * DEPTH];
  float *to[CHUNK];
  const float *left[CHUNK];
  u32 t = 0, lane = 0; // the next row
  for (u32 todo = blocks * rows; todo > 0;) {
    u32 count = least(todo, CHUNK);
    todo -= count;
    for (u32 r = 0; r < count; r++) {
      to[r] = at(h, out + (t * lanes + lane) * n);
      left[r] = at(h, a + (t * lanes + lane) * k);
      if (++lane == rows) lane = 0, t++;
    }
    if (count == 1) {
      rowProduct(to[0], left[0], at(h, packed), offset, k, n, accumulate);
      continue;
    }
    for (u32 deep = 0; deep < k || deep == 0; deep += DEPTH) {
      const u32 terms = least(DEPTH, k - deep), tiles = (count + ROWS - 1) / ROWS;
      const u32 ahead = tiles > 1 ? (terms + tiles - 1) / tiles : 0; // few rows read the panels as a stream anyway
      for (u32 r = 0; r < count; r++) {
        const float *from = left[r] + deep;
        EACH(terms, SET(side + r * DEPTH, AT(from)));
      }
      for (u32 j = 0; j < n; j += PANEL) {
        const float *right = at(h, packed + j * k + deep * PANEL), *next = right + k * PANEL;
        const struct begin begin = {offset && deep == 0 ? offset + j : 0, deep == 0 && !accumulate};
        for (u32 r = 0, height; r < count; r += height) {
          height = tileHeight(count - r);
          float *into[ROWS];
          for (u32 c = 0; c < ROWS; c++) {
            into[c] = to[least(r + c, count - 1)] + j;
            soonAll(r + c + height < count ? to[r + c + height] + j : to[least(c, count - 1)] + j + PANEL, PANEL);
          }
          const struct ahead part = {next, PANEL, ahead}; // each tile prefetches its part of the next panel
          tile(into, side + r * DEPTH, DEPTH, 1, right, terms, begin, height, least(PANEL, n - j), part);
          next += ahead * PANEL;
        }
      }
    }
  }
}
