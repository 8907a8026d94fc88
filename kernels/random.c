// Dropout. Its mask depends on seed, lane, token and unit alone: Philox4x32-10 (Salmon, Moraes, Dror, Shaw 2011), with
// the same words as src/base/random.ts.
#include "kernels.h"

INLINE void philox(u32 c[4], u32 k0, u32 k1) {
  for (u32 round = 0; round < 10; round++) {
    u64 p0 = (u64)c[0] * 0xd2511f53u, p1 = (u64)c[2] * 0xcd9e8d57u;
    c[0] = (u32)(p1 >> 32) ^ c[1] ^ k0;
    c[1] = (u32)p1;
    c[2] = (u32)(p0 >> 32) ^ c[3] ^ k1;
    c[3] = (u32)p0;
    k0 += 0x9e3779b9u;
    k1 += 0xbb67ae85u;
  }
}

KERNEL(dropout)(handle h, u32 out, u32 a, u32 blocks, u32 rows, u32 lanes, u32 cols, double rate, u32 seedLow,
                u32 seedHigh, u32 purpose, u32 lane0, u32 tokenLow, u32 tokenHigh) {
  const u64 threshold = (u64)(rate * 4294967296.0 + 0.5);
  const float kept = (float)(1.0 - rate);
  for (u32 t = 0; t < blocks; t++) {
    u64 token = ((u64)tokenHigh << 32 | tokenLow) + t;
    u32 top = ((u32)(token >> 32) & 0x1fffff) << 8 | (purpose & 0xff);
    for (u32 lane = 0; lane < rows; lane++) {
      float *to = at(h, out + (t * lanes + lane) * cols);
      const float *from = at(h, a + (t * lanes + lane) * cols);
      for (u32 j = 0; j < cols; j += 4) {
        u32 word[4] = {(u32)token, lane0 + lane, j / 4, top};
        philox(word, seedLow, seedHigh);
        for (u32 c = 0; c < 4 && j + c < cols; c++) to[j + c] = word[c] >= threshold ? from[j + c] / kept : 0.0f;
      }
    }
  }
}
