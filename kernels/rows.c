// Operations on rows: embedding lookup, its gradient, and the mask of document starts.
#include "kernels.h"

KERNEL(gather)(handle h, u32 out, u32 table, u32 ids, u32 blocks, u32 rows, u32 lanes, u32 cols) {
  for (u32 t = 0; t < blocks; t++) {
    for (u32 lane = 0; lane < rows; lane++) {
      u32 row = t * lanes + lane;
      const float *from = at(h, table + (u32)*integersAt(h, ids + row) * cols);
      float *to = at(h, out + row * cols);
      EACH(cols, SET(to, AT(from)));
    }
  }
}

KERNEL(scatter)(handle h, u32 dtable, u32 g, u32 ids, u32 count, u32 cols, u32 from, u32 to) {
  for (u32 m = 0; m < count; m++) {
    u32 id = (u32)*integersAt(h, ids + m);
    if (id < from || id >= to) continue;
    float *sum = at(h, dtable + id * cols);
    const float *row = at(h, g + m * cols);
    EACH(cols, SET(sum, AT(sum) + AT(row)));
  }
}

KERNEL(maskRows)(handle h, u32 out, u32 a, u32 starts, u32 rows, u32 cols) {
  for (u32 r = 0; r < rows; r++) {
    u32 begins = *integersAt(h, starts + r) != 0;
    float *to = at(h, out + r * cols);
    const float *from = at(h, a + r * cols);
    EACH(cols, SET(to, begins ? all(0.0f) : AT(from)));
  }
}
