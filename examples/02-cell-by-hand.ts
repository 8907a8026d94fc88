// A recurrent network by hand: one step, a window of steps, its way back (which ends where the window began) and Adam,
// as loops over arrays of doubles. longhand's reference trains the same network on the same windows. Prints both losses
// now and then; a weight that differs in its last bit in the end is an error. (A window has fewer places here than the
// text has characters. Else the library would add gradients by character first: the same sums in another order.)
//   node examples/02-cell-by-hand.ts [text] [windows]

import { chooseEngine, prepare, readText, trainingLanes } from "longhand/advanced";

const [path = "data/nietzsche.txt", windows = "30"] = process.argv.slice(2);
const B = 2;
const T = 6;
const D = 6;
const H = 10;
const rate = 0.01;
const beta1 = 0.9;
const beta2 = 0.999;
const eps = 1e-8;
const corpus = await readText({ file: path }, { validFraction: 0 });
const lanes = trainingLanes(corpus.train, B);
const steps = Math.min(Number(windows), Math.floor(lanes.positions / T)); // one epoch at most
const settings = { cell: "rnn", embedding: D, hidden: H, batch: B, bptt: T, lr: rate, steps, clip: 0 } as const;
const { engine } = chooseEngine("reference", "f64");
const { trainer } = prepare(corpus, { ...settings, schedule: "constant", warmup: 0, sampleLength: 0 }, { engine });

type Numbers = Float64Array<ArrayBuffer>;
const zeros = (n: number): Numbers => new Float64Array(n);
const parameters = trainer.model.plan.parameters.map(({ name }) => {
  const w = Float64Array.from(trainer.model.parameter(name)); // the same start
  return { name, w, g: zeros(w.length), m: zeros(w.length), v: zeros(w.length) };
});
type Part = (typeof parameters)[number];
const [E, W, U, b, c, P, q] = parameters as [Part, Part, Part, Part, Part, Part, Part];

function add(out: Numbers, a: Numbers) {
  for (const i of a.keys()) out[i]! += a[i]!;
}
/** out += w a */
function multiply(out: Numbers, w: Numbers, a: Numbers) {
  for (const at of w.keys()) out[Math.floor(at / a.length)]! += a[at % a.length]! * w[at]!;
}
/** Its two ways back: da += wᵀ dout, and dw += dout aᵀ. */
function toVector(da: Numbers, w: Numbers, dout: Numbers) {
  for (const at of w.keys()) da[at % da.length]! += dout[Math.floor(at / da.length)]! * w[at]!;
}
function toMatrix(dw: Numbers, dout: Numbers, a: Numbers) {
  for (const at of dw.keys()) dw[at]! += dout[Math.floor(at / a.length)]! * a[at % a.length]!;
}

/** One step: h = tanh(W x + b + U h₋₁ + c), logits = P h + q; its loss, and what that gives to the logits. */
function step(id: number, before: Numbers, target: number) {
  const x = E.w.slice(id * D, (id + 1) * D);
  const a = b.w.slice();
  multiply(a, W.w, x);
  add(a, c.w);
  multiply(a, U.w, before);
  const h = a.map(Math.tanh);
  const logits = q.w.slice();
  multiply(logits, P.w, h);
  const largest = Math.max(...logits);
  const sum = logits.reduce((s, logit) => s + Math.exp(logit - largest), 0);
  const dlogits = logits.map((logit, i) => Math.exp(logit - largest) / sum - (i === target ? 1 : 0));
  return { id, x, before, h, loss: Math.log(sum) + (largest - logits[target]!), dlogits, da: zeros(H) };
}

/** A window of B lanes, step by step and back; leaves Σ of gradients. Row m is lane m mod B at step m div B. */
function window(inputs: Int32Array, targets: Int32Array, state: Numbers[]) {
  const rows: ReturnType<typeof step>[] = [];
  for (let m = 0; m < T * B; m++) rows.push(step(inputs[m]!, m < B ? state[m]! : rows[m - B]!.h, targets[m]!));
  const dh = rows.map(() => zeros(H));
  for (const [m, { dlogits }] of rows.entries()) toVector(dh[m]!, P.w, dlogits);
  for (let m = T * B - 1; m >= 0; m--) {
    const { h, da } = rows[m]!;
    for (const i of da.keys()) da[i] = dh[m]![i]! * (1 - h[i]! * h[i]!);
    if (m >= B) toVector(dh[m - B]!, U.w, da); // and below B nothing: here the history is let go
  }
  for (const { g } of parameters) g.fill(0);
  for (const { id, x, before, h, dlogits, da } of rows) {
    const dx = zeros(D);
    toVector(dx, W.w, da);
    add(E.g.subarray(id * D, (id + 1) * D), dx);
    toMatrix(W.g, da, x);
    toMatrix(U.g, da, before);
    for (const { g } of [b, c]) add(g, da);
    toMatrix(P.g, dlogits, h);
    add(q.g, dlogits);
  }
  return { nats: rows.reduce((s, { loss }) => s + loss, 0) / (T * B), state: rows.slice(-B).map(({ h }) => h) };
}

const power = (x: number, n: number, y = 1): number => (n === 0 ? y : power(x * x, n >> 1, n % 2 === 1 ? y * x : y));

function adam({ w, g, m, v }: Part, t: number) {
  for (let i = 0; i < w.length; i++) {
    const slope = (1 / (T * B)) * g[i]!;
    m[i] = beta1 * m[i]! + (1 - beta1) * slope;
    v[i] = beta2 * v[i]! + (1 - beta2) * slope * slope;
    const root = Math.sqrt(v[i]!) / Math.sqrt(1 - power(beta2, t));
    w[i]! -= ((rate / (1 - power(beta1, t))) * m[i]!) / (root + eps);
  }
}

let state = Array.from({ length: B }, () => zeros(H));
for await (const event of trainer.events()) {
  if (event.kind !== "window") continue;
  const { inputs, targets } = await lanes.window((event.window - 1) * T, T);
  const ran = window(inputs, targets, state);
  for (const each of parameters) adam(each, event.window);
  state = ran.state; // a value: it goes on, how it came to be does not
  if (event.window % 10 === 0) console.log(`${event.window}: ${ran.nats} by hand, ${event.nats} built in`);
}
for (const { name, w } of parameters) {
  const theirs = trainer.model.parameter(name);
  const differs = w.findIndex((x, i) => x !== theirs[i]);
  if (differs >= 0) throw new Error(`${name}[${differs}] is ${w[differs]} by hand and ${theirs[differs]} built in`);
}
console.log(`${parameters.reduce((n, { w }) => n + w.length, 0)} weights, the same bits`);
