// Softmax cross-entropy over rows of logits, with its gradient in place. The greatest logit is subtracted first, so
// that no exponential overflows. A NaN or +∞ among the logits gives a NaN loss.
#include "kernels.h"
#include "math.h"

INLINE float greatestOf(const float *x, u32 n) {
  vec best = all(-__builtin_inff());
  for (u32 i = 0; i < n; i += LANES) {
    best = atLeast(best, get(x + i, n - i, -__builtin_inff())); // NaN stays
  }
  float greatest = best[0];
  for (u32 c = 1; c < LANES; c++) greatest = best[c] > greatest ? best[c] : greatest;
  return greatest;
}

KERNEL(crossEntropy)(handle h, u32 losses, u32 logits, u32 targets, u32 blocks, u32 rows, u32 lanes, u32 V,
                     u32 backward) {
  for (u32 t = 0; t < blocks; t++) {
    for (u32 lane = 0; lane < rows; lane++) {
      u32 row = t * lanes + lane;
      float *x = at(h, logits + row * V), *loss = at(h, losses + row);
      i32 y = *integersAt(h, targets + row);
      if (y < 0) {
        *loss = 0.0f;
        if (backward) EACH(V, SET(x, all(0.0f)));
        continue;
      }
      float greatest = greatestOf(x, V), wanted = x[y];
      vec sums = all(0.0f);
      for (u32 i = 0; i < V; i += LANES) { // a vector lane past the row adds e^−∞ = 0
        vec e = expOf(get(x + i, V - i, -__builtin_inff()) - greatest);
        sums += e;
        if (backward) put(x + i, e, V - i);
      }
      float sum = sumOf(sums);
      *loss = (float)(logOf(sum) + ((double)greatest - wanted));
      if (!backward) continue;
      EACH(V, SET(x, AT(x) / all(sum)));
      x[y] -= 1.0f;
    }
  }
}
