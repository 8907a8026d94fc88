// A cell of your own, the minimal gated unit of Zhou et al. 2016: f = σ(W_f x + b_f + U_f h₋₁),
// n = tanh(W_n x + b_n + U_n (f · h₋₁)), h = (1 − f) · h₋₁ + f · n. Prints how far its gradients are from numerical
// ones, how a run ended that was left halfway and resumed from its folder, and what the model generates.
//   node examples/03-own-cell.ts [text] [steps] [folder]

import { load, resume, train } from "longhand";
import { type Cell, type CellCall, gradientError, NONE, type ParameterSpec } from "longhand/advanced";

type Way = "forward" | "backward";
/** out = first (a bias, or NONE) + a · wᵀ forward, a · w backward; without `first`, on top of what is there. */
function product(c: CellCall, way: Way, out: number, a: number, w: string, steps = 1, first?: number) {
  const wide = w.startsWith("W") ? c.shape.input : c.shape.hidden;
  const [k, n] = way === "forward" ? [wide, c.shape.hidden] : [c.shape.hidden, wide];
  c.k.matmul(
    c.arena,
    out,
    a,
    c.packed(w)[way],
    first ?? NONE,
    steps,
    c.rows,
    c.lanes,
    k,
    n,
    first === undefined ? 1 : 0,
  );
}

const mgu: Cell = {
  kind: "mgu",
  settings: [],
  stateTensors: ({ hidden }) => [{ name: "h", width: hidden }],
  parameters({ input, hidden: rows }) {
    const more = { rows, initial: { kind: "uniform", bound: 1 / Math.sqrt(rows) } } as const;
    return Object.entries({ f: "previous.h", n: "gated" }).flatMap(([g, x]): ParameterSpec[] => [
      { ...more, name: `W_${g}`, cols: input, packed: true, gradient: [{ kind: "product", g, x: "input" }] },
      { ...more, name: `U_${g}`, cols: rows, packed: true, gradient: [{ kind: "product", g, x }] },
      { ...more, name: `b_${g}`, cols: 1, packed: false, gradient: [{ kind: "sum", g }] },
    ]);
  },
  // f and n hold the gates, and on the way back the gradients of what went into them; gated is f · h₋₁.
  buffers: ({ hidden: width }) => ["f", "n", "gated", "df", "e"].map((name) => ({ name, width, steps: "window" })),
  prepare(c) {
    for (const g of "fn") product(c, "forward", c.buffer(g), c.input(), `W_${g}`, c.steps, c.parameter(`b_${g}`));
  },
  step(c, t) {
    const f = c.buffer("f", t);
    const n = c.buffer("n", t);
    const gated = c.buffer("gated", t);
    const before = c.previous("h", t);
    const h = c.next("h", t);
    const size = c.rows * c.shape.hidden;
    product(c, "forward", f, before, "U_f");
    c.k.sigmoid(c.arena, f, f, size);
    c.k.multiply(c.arena, gated, f, before, size);
    product(c, "forward", n, gated, "U_n");
    c.k.tanh(c.arena, n, n, size);
    c.k.affine(c.arena, h, gated, -1, 0, size);
    c.k.add(c.arena, h, h, before, size);
    c.k.multiplyAdd(c.arena, h, f, n, size); // h₋₁ − f · h₋₁ + f · n
  },
  stepBackward(c, t) {
    const f = c.buffer("f", t);
    const n = c.buffer("n", t);
    const df = c.buffer("df", t);
    const e = c.buffer("e", t);
    const before = c.previous("h", t);
    const dh = c.outputGradient(t);
    const dbefore = c.previousGradient(t);
    const size = c.rows * c.shape.hidden;
    c.k.multiply(c.arena, df, dh, n, size);
    c.k.multiply(c.arena, e, dh, f, size);
    c.k.tanhBackward(c.arena, n, n, e, size);
    c.k.affine(c.arena, e, dh, -1, 0, size);
    product(c, "backward", e, n, "U_n"); // all that comes to f · h₋₁: through n, less dh
    c.k.multiplyAdd(c.arena, df, e, before, size);
    c.k.add(c.arena, dbefore, dbefore, dh, size);
    c.k.multiplyAdd(c.arena, dbefore, e, f, size);
    c.k.sigmoidBackward(c.arena, f, f, df, size);
    product(c, "backward", dbefore, f, "U_f");
  },
  finish(c) {
    product(c, "backward", c.inputGradient(), c.buffer("f"), "W_f", c.steps, NONE);
    product(c, "backward", c.inputGradient(), c.buffer("n"), "W_n", c.steps);
  },
};

const error = gradientError(mgu);
if (!(error < 1e-8)) throw new Error(`The gradients differ from numerical ones by ${error}.`);
console.log(`gradients are slopes to ${error.toExponential(0)}`);

const [file = "data/nietzsche.txt", steps = "300", out = "runs/own-cell"] = process.argv.slice(2);
const settings = { hidden: 64, batch: 16, bptt: 32, steps: Number(steps), engine: "wasm" } as const;
let done = 0;
for await (const event of train({ file }, { ...settings, cell: mgu, out, force: true })) {
  if (event.kind === "window") done = event.window;
  if (2 * done >= settings.steps) break; // saves the run
}
for await (const event of resume(out, { cell: mgu })) {
  if (event.kind === "end") console.log(`stopped at ${done}, ended at ${event.window}: ${event.best}`);
}
const model = await load(out, { cells: [mgu], engine: "wasm" });
console.log(await model.generate("", { length: 80, seed: 1 }));
