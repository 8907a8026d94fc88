// Formulas of the cells: one pass over the rows of a time step, or of a window. matmul computes their matrix products.
#include "kernels.h"
#include "math.h"

KERNEL(rnnForward)(handle h, u32 out, u32 gates, u32 n, u32 relu) {
  if (relu) kernel_relu(h, out, gates, n);
  else kernel_tanh(h, out, gates, n);
}

KERNEL(rnnBackward)(handle h, u32 dgates, u32 out, u32 dout, u32 n, u32 relu) {
  if (relu) kernel_reluBackward(h, dgates, out, dout, n);
  else kernel_tanhBackward(h, dgates, out, dout, n);
}

KERNEL(gruForward)(handle h, u32 out, u32 gx, u32 gh, u32 cand, u32 prev, u32 rows, u32 H) {
  for (u32 row = 0; row < rows; row++) {
    float *xr = at(h, gx + row * 3 * H), *xz = xr + H, *xn = xz + H;
    const float *hr = at(h, gh + row * 3 * H), *hz = hr + H, *hn = hz + H;
    const float *before = at(h, prev + row * H);
    float *y = at(h, out + row * H), *kept = at(h, cand + row * H);
    EACH(H, {
      vec r = sigmoidOf(AT(xr) + AT(hr));
      vec z = sigmoidOf(AT(xz) + AT(hz));
      vec c = AT(hn);
      vec n = tanhOf(madd(r, c, AT(xn)));
      vec p = AT(before);
      SET(xr, r);
      SET(xz, z);
      SET(xn, n);
      SET(kept, c);
      SET(y, madd(z, p - n, n));
    });
  }
}

KERNEL(gruBackward)(handle h, u32 gx, u32 gh, u32 cand, u32 prev, u32 dout, u32 dprev, u32 rows, u32 H) {
  for (u32 row = 0; row < rows; row++) {
    float *xr = at(h, gx + row * 3 * H), *xz = xr + H, *xn = xz + H;
    float *hr = at(h, gh + row * 3 * H), *hz = hr + H, *hn = hz + H;
    const float *before = at(h, prev + row * H), *dy = at(h, dout + row * H);
    float *dp = at(h, dprev + row * H), *kept = at(h, cand + row * H);
    EACH(H, {
      vec r = AT(xr), z = AT(xz), n = AT(xn), d = AT(dy);
      vec dn = d * (1.0f - z) * (1.0f - n * n);
      vec dz = d * (AT(before) - n) * z * (1.0f - z);
      vec dr = dn * AT(kept) * r * (1.0f - r);
      vec dc = dn * r;
      SET(dp, madd(d, z, AT(dp)));
      SET(xr, dr);
      SET(xz, dz);
      SET(xn, dn);
      SET(hr, dr);
      SET(hz, dz);
      SET(hn, dc);
      SET(kept, dc);
    });
  }
}

KERNEL(lstmForward)(handle h, u32 out, u32 cOut, u32 gates, u32 cPrev, u32 rows, u32 H) {
  for (u32 row = 0; row < rows; row++) {
    float *pi = at(h, gates + row * 4 * H), *pf = pi + H, *pg = pf + H, *po = pg + H;
    const float *before = at(h, cPrev + row * H);
    float *after = at(h, cOut + row * H), *y = at(h, out + row * H);
    EACH(H, {
      vec in = sigmoidOf(AT(pi)), f = sigmoidOf(AT(pf)), g = tanhOf(AT(pg)), o = sigmoidOf(AT(po));
      vec c = madd(f, AT(before), in * g);
      SET(pi, in);
      SET(pf, f);
      SET(pg, g);
      SET(po, o);
      SET(after, c);
      SET(y, o * tanhOf(c));
    });
  }
}

KERNEL(lstmBackward)(handle h, u32 gates, u32 cOut, u32 cPrev, u32 dout, u32 dc, u32 rows, u32 H) {
  for (u32 row = 0; row < rows; row++) {
    float *pi = at(h, gates + row * 4 * H), *pf = pi + H, *pg = pf + H, *po = pg + H;
    const float *before = at(h, cPrev + row * H), *after = at(h, cOut + row * H), *dy = at(h, dout + row * H);
    float *carry = at(h, dc + row * H);
    EACH(H, {
      vec in = AT(pi), f = AT(pf), g = AT(pg), o = AT(po), t = tanhOf(AT(after));
      vec d = AT(carry) + AT(dy) * o * (1.0f - t * t);
      SET(po, AT(dy) * t * o * (1.0f - o));
      SET(pi, d * g * in * (1.0f - in));
      SET(pf, d * AT(before) * f * (1.0f - f));
      SET(pg, d * in * (1.0f - g * g));
      SET(carry, d * f);
    });
  }
}

// One lane after another, so that the lane's cell state stays in the cache from step to step.
KERNEL(qrnnForward)(handle h, u32 out, u32 c, u32 gates, u32 starts, u32 blocks, u32 rows, u32 lanes, u32 H) {
  for (u32 lane = 0; lane < rows; lane++) {
    for (u32 t = 0; t < blocks; t++) {
      const u32 row = t * lanes + lane;
      const u32 begins = starts != NONE && *integersAt(h, starts + row) != 0;
      float *pz = at(h, gates + row * 3 * H), *pf = pz + H, *po = pf + H;
      const float *before = at(h, c + row * H);
      float *after = at(h, c + (row + lanes) * H), *y = at(h, out + row * H);
      EACH(H, {
        vec z = tanhOf(AT(pz)), f = sigmoidOf(AT(pf)), o = sigmoidOf(AT(po));
        vec p = begins ? all(0.0f) : AT(before);
        vec next = madd(f, z - p, p);
        SET(pz, z);
        SET(pf, f);
        SET(po, o);
        SET(after, next);
        SET(y, o * next);
      });
    }
  }
}

KERNEL(qrnnBackward)(handle h, u32 gates, u32 c, u32 dout, u32 dc, u32 starts, u32 blocks, u32 rows, u32 lanes, u32 H) {
  for (u32 lane = 0; lane < rows; lane++) {
    float *carry = at(h, dc + lane * H);
    for (u32 t = blocks; t-- > 0;) {
      const u32 row = t * lanes + lane;
      const u32 begins = starts != NONE && *integersAt(h, starts + row) != 0;
      float *pz = at(h, gates + row * 3 * H), *pf = pz + H, *po = pf + H;
      const float *before = at(h, c + row * H), *after = at(h, c + (row + lanes) * H), *dy = at(h, dout + row * H);
      EACH(H, {
        vec z = AT(pz), f = AT(pf), o = AT(po);
        vec p = begins ? all(0.0f) : AT(before);
        vec d = madd(AT(dy), o, AT(carry));
        SET(po, AT(dy) * AT(after) * o * (1.0f - o));
        SET(pz, d * f * (1.0f - z * z));
        SET(pf, d * (z - p) * f * (1.0f - f));
        SET(carry, begins ? all(0.0f) : d * (1.0f - f));
      });
    }
  }
}
