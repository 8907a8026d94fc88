// The bench's generation in onnxruntime-node, which does not train. pytorch.py --mode export writes the graph.

import { createRequire } from "node:module";
import { c, slots, versionOf, write } from "./net.mjs";

const { InferenceSession, Tensor } = createRequire(import.meta.url)("onnxruntime-node");
const session = await InferenceSession.create(process.env.ONNX_MODEL, {
  intraOpNumThreads: c.threads,
  interOpNumThreads: 1,
  graphOptimizationLevel: "all",
});
const names = ["h", "c"].slice(0, slots);
const zero = () => new Tensor("float32", new Float32Array(c.layers * c.hidden), [c.layers, 1, c.hidden]);
let state = Object.fromEntries(names.map((name) => [name, zero()]));

await write("onnxruntime-node", versionOf("onnxruntime-node"), async (id) => {
  const ids = new Tensor("int64", BigInt64Array.of(BigInt(id)), [1, 1]);
  const { logits, ...next } = await session.run({ ids, ...state });
  state = Object.fromEntries(names.map((name) => [name, next[`${name}_next`]]));
  return logits.data;
});
