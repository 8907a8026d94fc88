// The kernel table: the interface of all heavy arithmetic, with the formula of each kernel. `reference/` implements it
// in plain TypeScript (f32 or f64), `kernels/*.c` in C for speed; a conformance suite compares the two.
//
// Operands are unsigned element offsets into the arena bound to the handle `h` (an element is 4 bytes, 8 in an f64
// arena; an integer element has the size of a real one). Letters: B lanes · T window · D input · H hidden · G gates · V
// vocabulary. A `(T, B, ·)` array is row-major without gaps; its row (t, i) starts at (t·B + i)·width. A kernel call
// for some of the lanes gets the offset of its first lane's row at t = 0 and (blocks = T, rows = number of its lanes,
// lanes = B): its rows are T blocks of `rows` rows, and blocks begin B rows apart.
//
// Guarantees of every engine:
// - An element of a product starts from its initial value and adds its terms in ascending k, with one accumulator per
//   element, in every tile and for every shape. So the bits of a row depend neither on its offset nor on the thread
//   that computes it.
// - An elementwise kernel gives an element the same bits at every index.
// - The order of a sum along a row depends on the row's length alone.
// - Fused multiply-add is allowed if an engine uses it everywhere; -ffast-math is not.

/** The arena that a kernel computes on. Each engine defines what the number means. */
export type Handle = number;

/** The offset of an absent optional operand (a bias, a mask). */
export const NONE = 0xffffffff;

export interface Kernels {
  // ── Products ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Packs rows [from, to) of the matrix w (rows, cols) as the right operand of `matmul`.
   * transpose = 0: for x · wᵀ (k = cols, n = rows). transpose = 1: for g · w (k = rows, n = cols).
   * Layout: panels of P columns of the right operand (P is the engine's `panel`), each k × P and k-major. The last
   * panel is padded with zeros, which `pack` does not write: the destination (`packedSize` elements) must start as
   * zeros. Rows are independent: packing [0, rows) at once or in parts gives the same result.
   */
  pack(
    h: Handle, packed: number, w: number, rows: number, cols: number, from: number, to: number, transpose: number,
  ): void;

  /**
   * out[t,i,j] = init + Σ_k a[t,i,k] · right[k,j], for a of width k, out of width n, `right` packed.
   * init = (accumulate ? out[t,i,j] : 0) + (bias ≠ NONE ? bias[j] : 0). Rows as in the header.
   */
  matmul(
    h: Handle, out: number, a: number, packed: number, bias: number,
    blocks: number, rows: number, lanes: number, k: number, n: number, accumulate: number,
  ): void;

  /**
   * dw[r,c] += Σ_m g[m,r] · x[m,c] for rows r in [from, to) and all c < k; g (count, n), x (count, k), dw (n, k); m
   * ascends.
   */
  gradient(
    h: Handle, dw: number, g: number, x: number, count: number, n: number, k: number, from: number, to: number,
  ): void;

  /** db[r] += Σ_m g[m,r] for r in [from, to); g (count, n); m ascends. */
  sumRows(h: Handle, db: number, g: number, count: number, n: number, from: number, to: number): void;

  // ── Rows ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** out[t,i,:] = table[ids[t,i],:]; ids are integers (T, B), inside the table. */
  gather(
    h: Handle, out: number, table: number, ids: number, blocks: number, rows: number, lanes: number, width: number,
  ): void;

  /** dtable[ids[m],:] += g[m,:] for every m < count in order whose id lies in [from, to). */
  scatter(
    h: Handle, dtable: number, g: number, ids: number, count: number, width: number, from: number, to: number,
  ): void;

  /** out[i,:] = starts[i] ≠ 0 ? 0 : a[i,:]; starts are integers. out may be a. */
  maskRows(h: Handle, out: number, a: number, starts: number, rows: number, width: number): void;

  // ── Cells without their matrix products: one step of `rows` lanes, or a window
  // ──────────────────────────────────────

  /** out = f(gates); f is tanh, or max(0, ·) where relu ≠ 0. n elements. */
  rnnForward(h: Handle, out: number, gates: number, n: number, relu: number): void;

  /** dgates = dout · f′, from the output: 1 − out² for tanh, out > 0 for relu. n elements. */
  rnnBackward(h: Handle, dgates: number, out: number, dout: number, n: number, relu: number): void;

  /**
   * PyTorch's GRU. In: gx (rows, 3H) = W_ih x + b_ih and gh (rows, 3H) = W_hh h₋₁ + b_hh, gates in the order r, z, n;
   * prev = h₋₁ (rows, H). r = σ(gx_r + gh_r), z = σ(gx_z + gh_z), n = tanh(gx_n + r · gh_n), out = n + z · (prev − n).
   * Overwrites gx with r, z, n, and writes gh_n, the part of gh that the backward pass needs, to cand (rows, H). gh is
   * unchanged.
   */
  gruForward(
    h: Handle, out: number, gx: number, gh: number, cand: number, prev: number, rows: number, H: number,
  ): void;

  /**
   * From gruForward's gx = (r, z, n), cand = gh_n, prev, and dout = ∂/∂out:
   * gx ← gradients of W_ih x + b_ih: dr = dn·gh_n·r·(1−r), dz = dout·(prev−n)·z·(1−z), dn = dout·(1−z)·(1−n²);
   * gh ← gradients of W_hh h₋₁ + b_hh: dr, dz, dn·r (its old values are not read);  cand ← dn·r;  dprev += dout · z.
   */
  gruBackward(
    h: Handle, gx: number, gh: number, cand: number, prev: number, dout: number, dprev: number, rows: number, H: number,
  ): void;

  /**
   * PyTorch's LSTM. In: gates (rows, 4H), pre-activations in the order i, f, g, o; cPrev (rows, H).
   * i, f, o through σ, g through tanh (left in gates); cOut = f·cPrev + i·g; out = o · tanh(cOut).
   */
  lstmForward(h: Handle, out: number, cOut: number, gates: number, cPrev: number, rows: number, H: number): void;

  /**
   * From lstmForward's gates = (i, f, g, o), cOut, cPrev, dout = ∂/∂out and dc = ∂/∂cOut from later steps:
   * d = dc + dout·o·(1−tanh²cOut); gates ← d·g·i(1−i), d·cPrev·f(1−f), d·i·(1−g²), dout·tanh(cOut)·o(1−o); dc ← d·f.
   */
  lstmBackward(
    h: Handle, gates: number, cOut: number, cPrev: number, dout: number, dc: number, rows: number, H: number,
  ): void;

  /**
   * A window of the QRNN's recurrence, all `blocks` steps of it (rows as in the header). In: gates (T, B, 3H),
   * pre-activations in the order z, f, o; c (T + 1, B, H) with the cell that comes in before step 0; starts integers
   * (T, B), or NONE. z through tanh, f and o through σ (left in gates);
   * p = starts[t,i] ≠ 0 ? 0 : c[t]; c[t+1] = p + f·(z − p); out = o·c[t+1].
   */
  qrnnForward(
    h: Handle, out: number, c: number, gates: number, starts: number,
    blocks: number, rows: number, lanes: number, H: number,
  ): void;

  /**
   * From qrnnForward's gates = (z, f, o), c and starts, dout = ∂/∂out (T, B, H) and dc (B, H) = ∂/∂c[T]; t descends:
   * d = dc + dout·o; gates ← d·f·(1−z²), d·(z−p)·f(1−f), dout·c[t+1]·o(1−o); dc ← starts[t,i] ≠ 0 ? 0 : d·(1−f).
   */
  qrnnBackward(
    h: Handle, gates: number, c: number, dout: number, dc: number, starts: number,
    blocks: number, rows: number, lanes: number, H: number,
  ): void;

  // ── Elementwise primitives, n elements, for users' own cells. Outputs may be inputs. ──────────────────────────────

  fill(h: Handle, out: number, value: number, n: number): void;
  /** out = scale · a + shift. */
  affine(h: Handle, out: number, a: number, scale: number, shift: number, n: number): void;
  /** out = a + b. */
  add(h: Handle, out: number, a: number, b: number, n: number): void;
  /** out = a · b. */
  multiply(h: Handle, out: number, a: number, b: number, n: number): void;
  /** out = out + a · b. */
  multiplyAdd(h: Handle, out: number, a: number, b: number, n: number): void;
  sigmoid(h: Handle, out: number, a: number, n: number): void;
  tanh(h: Handle, out: number, a: number, n: number): void;
  /** out = max(0, a). */
  relu(h: Handle, out: number, a: number, n: number): void;
  /** out = dy · y · (1 − y), y = σ(·). */
  sigmoidBackward(h: Handle, out: number, y: number, dy: number, n: number): void;
  /** out = dy · (1 − y²), y = tanh(·). */
  tanhBackward(h: Handle, out: number, y: number, dy: number, n: number): void;
  /** out = y > 0 ? dy : 0, y = max(0, ·). */
  reluBackward(h: Handle, out: number, y: number, dy: number, n: number): void;

  /**
   * out[t,i,j] = keep ? a[t,i,j] / (1 − rate) : 0. keep is a function of the position: word ≥ round(rate · 2³²), where
   * word is number j mod 4 of Philox4x32-10 with counter (token low, lane, ⌊j / 4⌋, counterTop(purpose, token)) and key
   * (seedLow, seedHigh). Row (t, i) has token = token0 + t and lane = lane0 + i; token0 = tokenLow + 2³² · tokenHigh.
   * `purpose` is a byte (base/random.ts). Applied to the gradient, the kernel is its own backward pass.
   */
  dropout(
    h: Handle, out: number, a: number, blocks: number, rows: number, lanes: number, width: number, rate: number,
    seedLow: number, seedHigh: number, purpose: number, lane0: number, tokenLow: number, tokenHigh: number,
  ): void;

  // ── Loss ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * For each row (t, i) of logits (T, B, V) with target y = targets[t,i] (integers, −1 = not counted):
   * losses[t,i] = log Σ exp(logits) − logits[y], or 0 where y = −1. Where backward ≠ 0 the row becomes the gradient of
   * that loss, softmax − onehot(y), or 0 where y = −1; otherwise it is unchanged.
   */
  crossEntropy(
    h: Handle, losses: number, logits: number, targets: number,
    blocks: number, rows: number, lanes: number, V: number, backward: number,
  ): void;

  // ── Optimizers, over n parameters in one pass. The gradient used is clamp(scale · g, −limit, +limit). ──────────────

  /** out[r] = Σ_c g[r,c]² for r < rows. */
  sumSquares(h: Handle, out: number, g: number, rows: number, cols: number): void;

  /** PyTorch's SGD: g += decay·w; m = momentum·m + g; w −= rate·m. Without momentum (m = NONE) w −= rate·g. */
  sgd(
    h: Handle, w: number, g: number, m: number, n: number,
    scale: number, limit: number, rate: number, momentum: number, decay: number,
  ): void;

  /**
   * Adam (Kingma and Ba 2015) as PyTorch: g += decay·w; w *= shrink; m = β₁m + (1−β₁)g; v = β₂v + (1−β₂)g²;
   * w −= step · m / (√v / rootCorrection + eps). step = rate / (1 − β₁ᵗ), rootCorrection = √(1 − β₂ᵗ).
   * Adam passes its weight decay as `decay` and shrink = 1; AdamW passes decay = 0 and shrink = 1 − rate·decay.
   */
  adam(
    h: Handle, w: number, g: number, m: number, v: number, n: number,
    scale: number, limit: number, step: number, beta1: number, beta2: number, eps: number,
    rootCorrection: number, decay: number, shrink: number,
  ): void;

  /** PyTorch's RMSprop: g += decay·w; v = α·v + (1−α)·g²; w −= rate · g / (√v + eps). */
  rmsprop(
    h: Handle, w: number, g: number, v: number, n: number,
    scale: number, limit: number, rate: number, alpha: number, eps: number, decay: number,
  ): void;
}

/** The order of the kernels in the addon and in the wasm module. */
export const kernelNames = [
  "pack", "matmul", "gradient", "sumRows", "gather", "scatter", "maskRows",
  "rnnForward", "rnnBackward", "gruForward", "gruBackward", "lstmForward", "lstmBackward",
  "qrnnForward", "qrnnBackward",
  "fill", "affine", "add", "multiply", "multiplyAdd", "sigmoid", "tanh", "relu",
  "sigmoidBackward", "tanhBackward", "reluBackward", "dropout", "crossEntropy",
  "sumSquares", "sgd", "adam", "rmsprop",
] as const satisfies readonly (keyof Kernels)[];

/** Number of elements of a packed right operand of k rows and n columns. */
export function packedSize(k: number, n: number, panel: number): number {
  return k * Math.ceil(n / panel) * panel;
}
