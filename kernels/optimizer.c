// Optimizer steps over a flat range of parameters, and the sum of squares for clipping by norm. β₁, β₂ and α are
// doubles, so that 1 − β₂ is computed before it is rounded to a float.
#include "kernels.h"

// clamp(scale · g, −limit, limit) + decay · w; NaN stays NaN.
INLINE vec gradientOf(vec g, vec w, vec scale, vec limit, vec decay) {
  return madd(decay, w, atLeast(atMost(scale * g, limit), -limit));
}

KERNEL(sumSquares)(handle h, u32 out, u32 g, u32 rows, u32 cols) {
  float *sums = at(h, out);
  for (u32 r = 0; r < rows; r++) {
    const float *row = at(h, g + r * cols);
    vec sum = all(0.0f);
    EACH(cols, sum = madd(AT(row), AT(row), sum));
    sums[r] = sumOf(sum);
  }
}

KERNEL(sgd)(handle h, u32 w, u32 g, u32 m, u32 n, float scale, float limit, float rate, float momentum, float decay) {
  float *weight = at(h, w), *velocity = at(h, m);
  const float *slope = at(h, g);
  vec s = all(scale), l = all(limit), d = all(decay), step = all(-rate), mu = all(momentum);
  if (m == NONE) EACH(n, SET(weight, madd(step, gradientOf(AT(slope), AT(weight), s, l, d), AT(weight))));
  else EACH(n, {
    vec each = madd(mu, AT(velocity), gradientOf(AT(slope), AT(weight), s, l, d));
    SET(velocity, each);
    SET(weight, madd(step, each, AT(weight)));
  });
}

KERNEL(adam)(handle h, u32 w, u32 g, u32 m, u32 v, u32 n, float scale, float limit, float step, double beta1,
             double beta2, float eps, float rootCorrection, float decay, float shrink) {
  float *weight = at(h, w), *mean = at(h, m), *square = at(h, v);
  const float *slope = at(h, g);
  vec s = all(scale), l = all(limit), d = all(decay), b1 = all((float)beta1), b2 = all((float)beta2);
  vec rest1 = all((float)(1.0 - beta1)), rest2 = all((float)(1.0 - beta2));
  EACH(n, {
    vec each = gradientOf(AT(slope), AT(weight), s, l, d);
    vec first = madd(b1, AT(mean), rest1 * each);
    vec second = madd(b2, AT(square), rest2 * each * each);
    SET(mean, first);
    SET(square, second);
    vec move = step * first / (squareRoot(second) / rootCorrection + eps);
    SET(weight, shrink * AT(weight) - move);
  });
}

KERNEL(rmsprop)(handle h, u32 w, u32 g, u32 v, u32 n, float scale, float limit, float rate, double alpha, float eps,
                float decay) {
  float *weight = at(h, w), *square = at(h, v);
  const float *slope = at(h, g);
  vec s = all(scale), l = all(limit), d = all(decay), a = all((float)alpha), rest = all((float)(1.0 - alpha));
  EACH(n, {
    vec each = gradientOf(AT(slope), AT(weight), s, l, d);
    vec second = madd(a, AT(square), rest * each * each);
    SET(square, second);
    SET(weight, AT(weight) - rate * each / (squareRoot(second) + eps));
  });
}
