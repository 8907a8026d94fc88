// The bench's task in TensorFlow.js on its WebAssembly backend, with one thread, all it has in Node. Two substitutes
// stand for what the backend lacks: a one-hot product for the embedding, whose gather has no gradient there, and a
// product whose gradient transposes first, since its own transposed product is a plain loop.

import { createRequire } from "node:module";
import { dirname } from "node:path";
import { c, parameters, race, slots, versionOf, write } from "./net.mjs";

const require = createRequire(import.meta.url);
const { log, warn } = console;
console.log = console.warn = () => {}; // silences its greeting
const tf = require("@tensorflow/tfjs");
const wasm = require("@tensorflow/tfjs-backend-wasm");
wasm.setWasmPaths(`${dirname(require.resolve("@tensorflow/tfjs-backend-wasm"))}/`);
await tf.setBackend("wasm");
await tf.ready();
Object.assign(console, { log, warn });

const p = Object.fromEntries(
  Object.entries(parameters()).map(([name, { shape, data }]) => [
    name,
    tf.variable(tf.tensor(data, shape), true, name),
  ]),
);
const oneHot = (ids) => tf.cast(tf.oneHot(tf.tensor1d(ids, "int32"), c.vocabulary), "float32");
const product = tf.customGrad((a, b, save) => {
  save([a, b]);
  const gradFunc = (g, [a, b]) => [tf.matMul(g, tf.transpose(b)), tf.matMul(tf.transpose(a), g)];
  return { value: tf.matMul(a, b), gradFunc };
});

const cells = {
  rnn: (x, g) => [tf.tanh(tf.add(x, g))],
  gru(x, g, [h]) {
    const [xr, xz, xn] = tf.split(x, 3, 1);
    const [hr, hz, hn] = tf.split(g, 3, 1);
    const z = tf.sigmoid(tf.add(xz, hz));
    const n = tf.tanh(tf.add(xn, tf.mul(tf.sigmoid(tf.add(xr, hr)), hn)));
    return [tf.add(n, tf.mul(z, tf.sub(h, n)))];
  },
  lstm(x, g, [, cell]) {
    const [i, f, n, o] = tf.split(tf.add(x, g), 4, 1);
    const next = tf.add(tf.mul(tf.sigmoid(f), cell), tf.mul(tf.sigmoid(i), tf.tanh(n)));
    return [tf.mul(tf.sigmoid(o), tf.tanh(next)), next];
  },
};

/** Logits (T · B, V) of ids (T · B), and the state after them. */
function forward(ids, steps, state) {
  let all = product(oneHot(ids), p.embedding);
  const after = state.map((before, l) => {
    const inputs = tf.split(tf.add(product(all, p[`input${l}`]), p[`inputBias${l}`]), steps, 0);
    let now = before;
    const outputs = inputs.map((x) => {
      now = cells[c.cell](x, tf.add(product(now[0], p[`hidden${l}`]), p[`hiddenBias${l}`]), now);
      return now[0];
    });
    all = steps === 1 ? outputs[0] : tf.concat(outputs, 0);
    return now;
  });
  return { logits: tf.add(product(all, p.decoder), p.decoderBias), after };
}

const zeros = (lanes) =>
  Array.from({ length: c.layers }, () => Array.from({ length: slots }, () => tf.keep(tf.zeros([lanes, c.hidden]))));
const keep = (state) => state.map((each) => each.map((tensor) => tf.keep(tensor.clone())));

let state = zeros(c.mode === "train" ? c.batch : 1);
const adam = tf.train.adam(1e-3);
const carry = (next) => {
  tf.dispose(state);
  state = next;
};

function step({ inputs, targets, restart }) {
  if (restart) carry(zeros(c.batch));
  let next;
  const { value, grads } = tf.variableGrads(() => {
    const { logits, after } = forward(inputs, c.bptt, state);
    next = keep(after);
    return tf.losses.softmaxCrossEntropy(oneHot(targets), logits);
  });
  carry(next);
  const clipped = tf.tidy(() => {
    const norm = tf.sqrt(tf.addN(Object.values(grads).map((g) => tf.sum(tf.square(g)))));
    const shrink = tf.minimum(1, tf.div(1, tf.add(norm, 1e-6)));
    return Object.fromEntries(Object.entries(grads).map(([name, g]) => [name, tf.mul(g, shrink)]));
  });
  adam.applyGradients(clipped);
  const [loss] = value.dataSync();
  tf.dispose([value, grads, clipped]);
  return loss;
}

function next(id) {
  let after;
  const logits = tf.tidy(() => {
    const found = forward(Int32Array.of(id), 1, state);
    after = keep(found.after);
    return found.logits.dataSync();
  });
  carry(after);
  return logits;
}

const about = ["tfjs-wasm", versionOf("@tensorflow/tfjs")];
if (c.mode === "train") await race(...about, step);
else await write(...about, next);
