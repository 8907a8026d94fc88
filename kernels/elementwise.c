// Elementwise primitives for custom cells: one pass over n elements. An output may be one of the inputs.
#include "kernels.h"
#include "math.h"

KERNEL(fill)(handle h, u32 out, float value, u32 n) {
  float *y = at(h, out);
  EACH(n, SET(y, all(value)));
}

KERNEL(affine)(handle h, u32 out, u32 a, float scale, float shift, u32 n) {
  float *y = at(h, out), *x = at(h, a);
  EACH(n, SET(y, madd(all(scale), AT(x), all(shift))));
}

KERNEL(add)(handle h, u32 out, u32 a, u32 b, u32 n) {
  float *y = at(h, out), *p = at(h, a), *q = at(h, b);
  EACH(n, SET(y, AT(p) + AT(q)));
}

KERNEL(multiply)(handle h, u32 out, u32 a, u32 b, u32 n) {
  float *y = at(h, out), *p = at(h, a), *q = at(h, b);
  EACH(n, SET(y, AT(p) * AT(q)));
}

KERNEL(multiplyAdd)(handle h, u32 out, u32 a, u32 b, u32 n) {
  float *y = at(h, out), *p = at(h, a), *q = at(h, b);
  EACH(n, SET(y, madd(AT(p), AT(q), AT(y))));
}

KERNEL(sigmoid)(handle h, u32 out, u32 a, u32 n) {
  float *y = at(h, out), *x = at(h, a);
  EACH(n, SET(y, sigmoidOf(AT(x))));
}

KERNEL(tanh)(handle h, u32 out, u32 a, u32 n) {
  float *y = at(h, out), *x = at(h, a);
  EACH(n, SET(y, tanhOf(AT(x))));
}

KERNEL(relu)(handle h, u32 out, u32 a, u32 n) {
  float *y = at(h, out), *x = at(h, a);
  EACH(n, SET(y, atLeast(AT(x), all(0.0f))));
}

KERNEL(sigmoidBackward)(handle h, u32 out, u32 y, u32 dy, u32 n) {
  float *dx = at(h, out), *s = at(h, y), *d = at(h, dy);
  EACH(n, SET(dx, AT(d) * AT(s) * (1.0f - AT(s))));
}

KERNEL(tanhBackward)(handle h, u32 out, u32 y, u32 dy, u32 n) {
  float *dx = at(h, out), *s = at(h, y), *d = at(h, dy);
  EACH(n, SET(dx, AT(d) * (1.0f - AT(s) * AT(s))));
}

KERNEL(reluBackward)(handle h, u32 out, u32 y, u32 dy, u32 n) {
  float *dx = at(h, out), *s = at(h, y), *d = at(h, dy);
  EACH(n, SET(dx, pick(AT(s) > 0.0f, AT(d), all(0.0f))));
}
