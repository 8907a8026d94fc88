// The bench's task in jax-js, compiled to WebAssembly, on one thread (Node lacks the Worker that it needs). A whole
// update is one jitted function with its steps unrolled, since there is no scan. A use of an array consumes it; `.ref`
// retains it.

import { blockUntilReady, defaultDevice, init, jit, nn, numpy as np, tree, valueAndGrad } from "@jax-js/jax";
import { c, G, parameters, race, slots, versionOf, write } from "./net.mjs";

await init("wasm");
defaultDevice("wasm");

const fromData = ({ shape, data }) => np.array(data).reshape(shape);
const fresh = () => Object.fromEntries(Object.entries(parameters()).map(([name, each]) => [name, fromData(each)]));
const zeros = (lanes) =>
  Array.from({ length: c.layers }, () => Array.from({ length: slots }, () => np.zeros([lanes, c.hidden])));

/** The gates' slices of x · W + b. */
function affine(x, weight, bias) {
  const all = np.matmul(x, weight.ref).add(bias.ref);
  const part = (from, g) => from.slice([], [g * c.hidden, (g + 1) * c.hidden]);
  return Array.from({ length: G }, (_, g) => part(g < G - 1 ? all.ref : all, g));
}

const cells = {
  rnn: ([x], [g], state) => {
    tree.dispose(state);
    return [np.tanh(x.add(g))];
  },
  gru([xr, xz, xn], [hr, hz, hn], [h]) {
    const z = nn.sigmoid(xz.add(hz));
    const n = np.tanh(xn.add(nn.sigmoid(xr.add(hr)).mul(hn)));
    return [n.ref.add(z.mul(h.sub(n)))];
  },
  lstm([xi, xf, xn, xo], [hi, hf, hn, ho], [h, cell]) {
    h.dispose();
    const next = nn
      .sigmoid(xf.add(hf))
      .mul(cell)
      .add(nn.sigmoid(xi.add(hi)).mul(np.tanh(xn.add(hn))));
    return [nn.sigmoid(xo.add(ho)).mul(np.tanh(next.ref)), next];
  },
};

/** Logits (B, V) after one step over ids (B), and the state. Retains the parameters. */
function forward(p, ids, state) {
  let x = np.matmul(nn.oneHot(ids, c.vocabulary), p.embedding.ref);
  const after = state.map((now, l) => {
    const gates = affine(now[0].ref, p[`hidden${l}`], p[`hiddenBias${l}`]);
    const next = cells[c.cell](affine(x, p[`input${l}`], p[`inputBias${l}`]), gates, now);
    x = next[0].ref;
    return next;
  });
  return { logits: np.matmul(x, p.decoder.ref).add(p.decoderBias.ref), after };
}

/** Mean loss of a window, ids (T, B); and the state after it. */
function lossOf(p, state, inputs, targets) {
  let now = state;
  let total = np.array(0);
  for (let t = 0; t < c.bptt; t++) {
    const { logits, after } = forward(p, inputs.ref.slice(t), now);
    now = after;
    total = total.add(np.sum(nn.logSoftmax(logits).mul(nn.oneHot(targets.ref.slice(t), c.vocabulary))));
  }
  tree.dispose([p, inputs, targets]);
  return [total.mul(-1 / (c.bptt * c.batch)), now];
}
const slopesOf = valueAndGrad(lossOf, { hasAux: true });

const wholeStep = jit((p, m, v, count, state, inputs, targets) => {
  const [[loss, after], gradients] = slopesOf(tree.ref(p), state, inputs, targets);
  const squares = Object.values(gradients).map((g) => np.sum(np.square(g.ref)));
  const norm = np.sqrt(squares.reduce((sum, each) => sum.add(each)));
  const shrink = np.minimum(np.array(1).div(norm.add(1e-6)), 1);
  const one = np.array(1).sub(np.power(0.9, count.ref));
  const two = np.array(1).sub(np.power(0.999, count));
  const next = { p: {}, m: {}, v: {} };
  for (const [name, gradient] of Object.entries(gradients)) {
    const g = gradient.mul(shrink.ref);
    next.m[name] = m[name].mul(0.9).add(g.ref.mul(0.1));
    next.v[name] = v[name].mul(0.999).add(np.square(g).mul(0.001));
    const root = np.sqrt(next.v[name].ref.div(two.ref)).add(1e-8);
    next.p[name] = p[name].sub(next.m[name].ref.div(one.ref).mul(1e-3).div(root));
  }
  tree.dispose([shrink, one, two]);
  return [next.p, next.m, next.v, after, loss];
});

const integers = (values, shape) => np.array(values, { dtype: np.int32 }).reshape(shape);
let p = fresh();
let state = zeros(c.mode === "train" ? c.batch : 1);
const about = ["jax-js-wasm", versionOf("@jax-js/jax")];

if (c.mode === "train") {
  const zeroLike = () => tree.map((each) => np.zerosLike(each), tree.ref(p));
  let m = zeroLike();
  let v = zeroLike();
  let count = 0;
  await race(...about, async ({ inputs, targets, restart }) => {
    if (restart && count > 0) {
      tree.dispose(state);
      state = zeros(c.batch);
    }
    count += 1;
    const ids = [inputs, targets].map((each) => integers(each, [c.bptt, c.batch]));
    let loss;
    [p, m, v, state, loss] = wholeStep(p, m, v, np.array(count), state, ...ids);
    const [value] = await loss.data();
    await blockUntilReady([p, m, v, state]);
    return value;
  });
} else {
  const oneStep = jit((weights, now, ids) => {
    const { logits, after } = forward(weights, ids, now);
    tree.dispose(weights);
    return [logits, after];
  });
  await write(...about, (id) => {
    let logits;
    [logits, state] = oneStep(tree.ref(p), state, integers(Int32Array.of(id), [1]));
    return logits.data();
  });
}
