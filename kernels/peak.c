// Measurement of the multiply-add peak of a level, for bench/kernels.mjs; not a kernel. It runs as many independent
// chains as hide the latency and fit the registers.
#include "vector.h"

// Each turn does 12 · LANES multiply-adds.
#ifdef __wasm__
__attribute__((export_name("peak"), noinline))
#else
static __attribute__((noinline))
#endif
float peak(u32 turns, float by, float plus) {
  enum { CHAINS = 12 };
  vec a = all(by), c = all(plus), chain[CHAINS];
  for (u32 i = 0; i < CHAINS; i++) chain[i] = all((float)i);
  for (u32 t = 0; t < turns; t++) {
    for (u32 i = 0; i < CHAINS; i++) chain[i] = madd(chain[i], a, c);
  }
  vec sum = all(0.0f);
  for (u32 i = 0; i < CHAINS; i++) sum += chain[i];
  return sumOf(sum);
}
