// Kernel table in C, with the names and the order of src/compute/kernels.ts, which documents the shape of each operand
// and the exact formulas. u32 operands are element offsets into the arena of the handle, or sizes. Rows are given as
// (blocks, rows, lanes).
#pragma once
#include "vector.h"

#define NONE 0xffffffffu // "no operand"

// Products: matmul.c, gradient.c.
// Packs the right operand of matmul in panels: for x·wᵀ, or for g·w if transpose; rows [from, to) of w (rows, cols).
KERNEL(pack)(handle h, u32 packed, u32 w, u32 rows, u32 cols, u32 from, u32 to, u32 transpose);
// out[t,i,j] = (accumulate ? out[t,i,j] : 0) + (bias ≠ NONE ? bias[j] : 0) + Σ_k a[t,i,k] · right[k,j].
KERNEL(matmul)(handle h, u32 out, u32 a, u32 packed, u32 bias, u32 blocks, u32 rows, u32 lanes, u32 k, u32 n,
               u32 accumulate);
// dw[r,c] += Σ_m g[m,r] · x[m,c], r in [from, to); g (count, n), x (count, k), dw (n, k).
KERNEL(gradient)(handle h, u32 dw, u32 g, u32 x, u32 count, u32 n, u32 k, u32 from, u32 to);
// db[r] += Σ_m g[m,r], r in [from, to); g (count, n).
KERNEL(sumRows)(handle h, u32 db, u32 g, u32 count, u32 n, u32 from, u32 to);

// Rows: rows.c.
// out[t,i,:] = table[ids[t,i],:].
KERNEL(gather)(handle h, u32 out, u32 table, u32 ids, u32 blocks, u32 rows, u32 lanes, u32 cols);
// dtable[ids[m],:] += g[m,:] for m < count, ids in [from, to).
KERNEL(scatter)(handle h, u32 dtable, u32 g, u32 ids, u32 count, u32 cols, u32 from, u32 to);
// out[i,:] = starts[i] ≠ 0 ? 0 : a[i,:].
KERNEL(maskRows)(handle h, u32 out, u32 a, u32 starts, u32 rows, u32 cols);

// Cells, for a time step of `rows` lanes, or for a window: cells.c.
// out = tanh(gates), or max(0, gates) if relu; n elements.
KERNEL(rnnForward)(handle h, u32 out, u32 gates, u32 n, u32 relu);
// dgates = dout · (1 − out²), or out > 0 ? dout : 0; n elements.
KERNEL(rnnBackward)(handle h, u32 dgates, u32 out, u32 dout, u32 n, u32 relu);
// r = σ(gx_r + gh_r), z = σ(gx_z + gh_z), n = tanh(gx_n + r·gh_n), out = n + z·(prev − n); gx ← r, z, n; cand ← gh_n;
// gx, gh (rows, 3H), cand (rows, H).
KERNEL(gruForward)(handle h, u32 out, u32 gx, u32 gh, u32 cand, u32 prev, u32 rows, u32 H);
// gx ← dr, dz, dn; gh ← dr, dz, dn·r; cand ← dn·r; dprev += dout·z.
KERNEL(gruBackward)(handle h, u32 gx, u32 gh, u32 cand, u32 prev, u32 dout, u32 dprev, u32 rows, u32 H);
// gates (rows, 4H) ← i, f, o through σ, g through tanh; cOut = f·cPrev + i·g; out = o·tanh(cOut).
KERNEL(lstmForward)(handle h, u32 out, u32 cOut, u32 gates, u32 cPrev, u32 rows, u32 H);
// d = dc + dout·o·(1 − tanh²cOut); gates ← d·g·i(1−i), d·cPrev·f(1−f), d·i·(1−g²), dout·tanh(cOut)·o(1−o);
// dc ← d·f.
KERNEL(lstmBackward)(handle h, u32 gates, u32 cOut, u32 cPrev, u32 dout, u32 dc, u32 rows, u32 H);
// A window: gates (T, B, 3H) ← z through tanh, f, o through σ; c[t+1] = p + f·(z − p), p = starts ? 0 : c[t];
// out = o·c[t+1].
KERNEL(qrnnForward)(handle h, u32 out, u32 c, u32 gates, u32 starts, u32 blocks, u32 rows, u32 lanes, u32 H);
// d = dc + dout·o; gates ← d·f(1−z²), d·(z−p)·f(1−f), dout·c[t+1]·o(1−o); dc ← starts ? 0 : d·(1−f).
KERNEL(qrnnBackward)(handle h, u32 gates, u32 c, u32 dout, u32 dc, u32 starts, u32 blocks, u32 rows, u32 lanes, u32 H);

// Elementwise, n elements: elementwise.c.
KERNEL(fill)(handle h, u32 out, float value, u32 n);                         // out = value
KERNEL(affine)(handle h, u32 out, u32 a, float scale, float shift, u32 n);   // out = scale·a + shift
KERNEL(add)(handle h, u32 out, u32 a, u32 b, u32 n);                         // out = a + b
KERNEL(multiply)(handle h, u32 out, u32 a, u32 b, u32 n);                    // out = a·b
KERNEL(multiplyAdd)(handle h, u32 out, u32 a, u32 b, u32 n);                 // out += a·b
KERNEL(sigmoid)(handle h, u32 out, u32 a, u32 n);                            // out = σ(a)
KERNEL(tanh)(handle h, u32 out, u32 a, u32 n);                               // out = tanh(a)
KERNEL(relu)(handle h, u32 out, u32 a, u32 n);                               // out = max(0, a)
KERNEL(sigmoidBackward)(handle h, u32 out, u32 y, u32 dy, u32 n);            // out = dy·y·(1 − y)
KERNEL(tanhBackward)(handle h, u32 out, u32 y, u32 dy, u32 n);               // out = dy·(1 − y²)
KERNEL(reluBackward)(handle h, u32 out, u32 y, u32 dy, u32 n);               // out = y > 0 ? dy : 0
// Random: random.c. out[t,i,j] = kept(token0 + t, lane0 + i, j) ? a[t,i,j] / (1 − rate) : 0.
KERNEL(dropout)(handle h, u32 out, u32 a, u32 blocks, u32 rows, u32 lanes, u32 cols, double rate, u32 seedLow,
                u32 seedHigh, u32 purpose, u32 lane0, u32 tokenLow, u32 tokenHigh);
// Loss: loss.c. losses = log Σ exp(logits) − logits[y]; logits ← softmax − onehot(y) if backward;
// both 0 if y = −1.
KERNEL(crossEntropy)(handle h, u32 losses, u32 logits, u32 targets, u32 blocks, u32 rows, u32 lanes, u32 V,
                     u32 backward);

// Optimizers over n parameters: optimizer.c. The gradient in their formulas is clamp(scale·g, ±limit) + decay·w.
// out[r] = Σ_c g[r,c]².
KERNEL(sumSquares)(handle h, u32 out, u32 g, u32 rows, u32 cols);
// m = momentum·m + g; w −= rate·m (or rate·g if m = NONE).
KERNEL(sgd)(handle h, u32 w, u32 g, u32 m, u32 n, float scale, float limit, float rate, float momentum, float decay);
// w *= shrink; m = β₁m + (1−β₁)g; v = β₂v + (1−β₂)g²; w −= step · m / (√v / rootCorrection + eps).
KERNEL(adam)(handle h, u32 w, u32 g, u32 m, u32 v, u32 n, float scale, float limit, float step, double beta1,
             double beta2, float eps, float rootCorrection, float decay, float shrink);
// v = αv + (1−α)g²; w −= rate · g / (√v + eps).
KERNEL(rmsprop)(handle h, u32 w, u32 g, u32 v, u32 n, float scale, float limit, float rate, double alpha, float eps,
                float decay);
