// The list of peers. The tables name a peer that is not installed, with what is missing.

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { threadWords, wordsOf } from "../work.mjs";
import { numpy, python, pytorch } from "./python.mjs";

const here = (file) => fileURLToPath(new URL(file, import.meta.url));
const generates = ({ mode }) => mode === "generate";
/** Cases for peers that unroll every step of a window: a window of L takes them minutes and gigabytes. */
const unrolls = (c) => generates(c) || c.config !== "L";
/** Cases for a peer that takes seconds a string. */
const waits = ({ mode, config }) => mode === "train" && config === "S";

export const peers = [
  pytorch,
  numpy,
  fromNpm("onnxruntime-node", "onnxruntime-node", "onnxruntime", {
    does: generates,
    threads: [1, availableParallelism()],
    envOf: graphOf,
  }),
  fromNpm("TensorFlow.js (wasm)", "@tensorflow/tfjs-backend-wasm", "tfjs", { does: unrolls }),
  fromNpm("jax-js (wasm)", "@jax-js/jax", "jax", { does: unrolls }),
  fromNpm("brain.js", "brain.js", "brain", { does: waits, less: { steps: 1, warmup: 0 } }),
];

/** A peer that npm installs into this folder. `less`: a shorter case for a peer that is too slow. */
function fromNpm(name, folder, file, { does, threads = [1], less = {}, envOf = () => ({}) }) {
  return {
    name,
    missing: () =>
      existsSync(here(`node_modules/${folder}`)) ? undefined : "not installed: npm install --prefix bench/peers",
    does,
    variants: ({ engine, peak, ...c }) =>
      [...new Set(threads)].map((count) => ({
        label: threadWords(count),
        threads: count,
        command: {
          file: process.execPath,
          args: ["--stack-size=4000", here(`${file}.mjs`), ...wordsOf({ ...c, ...less, threads: count })],
          env: envOf(c),
        },
      })),
  };
}

/** The case's ONNX graph, a file that is deleted with this process. */
function graphOf(c) {
  const file = join(graphs(), `${c.config}-${c.cell}.onnx`);
  if (!existsSync(file)) {
    const { steps, warmup, threads, chars, ...shape } = c;
    spawnSync(python, [here("pytorch.py"), ...wordsOf({ ...shape, mode: "export", out: file })], { stdio: "ignore" });
  }
  return { ONNX_MODEL: file };
}

let folder;
function graphs() {
  if (folder === undefined) {
    folder = mkdtempSync(join(tmpdir(), "longhand-graphs-"));
    process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  }
  return folder;
}
