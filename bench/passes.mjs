// Speed of the kernels that pass over memory once. For each engine and level: nanoseconds an element (the minimum of
// many runs, which excludes other programs' load), bytes an element by the formula, and GB/s. For comparison, `add`
// over arrays that fit the third-level cache (near) and that do not (far). docs/kernels.md explains the figures.
//
//   npm run build -- --addon && node bench/passes.mjs [avx2 …]         only levels whose name contains one of these

import { cpus } from "node:os";
import { NONE, nodeEngine } from "../dist/advanced-node.js";
import { engines } from "./engines.mjs";

const B = 64;
const H = 512;
const V = 60;
const N = 2 ** 20;
const cell = B * H;

// Elements of an array, number of arrays, bytes an element, and the call; `at(i)` is the offset of array i.
const passes = {
  gruForward: {
    size: cell,
    pieces: 9,
    bytes: 48,
    run: (k, h, at) => k.gruForward(h, at(7), at(0), at(3), at(8), at(6), B, H),
  },
  gruBackward: {
    size: cell,
    pieces: 10,
    bytes: 60,
    run: (k, h, at) => k.gruBackward(h, at(0), at(3), at(9), at(6), at(7), at(8), B, H),
  },
  lstmForward: {
    size: cell,
    pieces: 7,
    bytes: 44,
    run: (k, h, at) => k.lstmForward(h, at(5), at(6), at(0), at(4), B, H),
  },
  lstmBackward: {
    size: cell,
    pieces: 8,
    bytes: 52,
    run: (k, h, at) => k.lstmBackward(h, at(0), at(4), at(5), at(6), at(7), B, H),
  },
  qrnnForward: {
    size: cell,
    pieces: 6,
    bytes: 36,
    run: (k, h, at) => k.qrnnForward(h, at(5), at(3), at(0), NONE, 1, B, B, H),
  },
  qrnnBackward: {
    size: cell,
    pieces: 7,
    bytes: 44,
    run: (k, h, at) => k.qrnnBackward(h, at(0), at(3), at(5), at(6), NONE, 1, B, B, H),
  },
  crossEntropy: {
    size: 4096 * V,
    pieces: 2,
    bytes: 8,
    integers: true,
    run: (k, h, at) => k.crossEntropy(h, at(0) + 4096, at(1), at(0), 64, 64, 64, V, 1),
  },
  dropout: {
    size: cell,
    pieces: 2,
    bytes: 8,
    run: (k, h, at) => k.dropout(h, at(1), at(0), 1, B, B, H, 0.3, 1, 2, 1, 0, 0, 0),
  },
  pack: { size: 3 * H * H, pieces: 2, bytes: 8, run: (k, h, at) => k.pack(h, at(1), at(0), 3 * H, H, 0, 3 * H, 0) },
  sumRows: { size: 4096 * H, pieces: 2, bytes: 4, run: (k, h, at) => k.sumRows(h, at(1), at(0), 4096, H, 0, H) },
  sumSquares: { size: N, pieces: 2, bytes: 4, run: (k, h, at) => k.sumSquares(h, at(1), at(0), 2048, 512) },
  adam: {
    size: N,
    pieces: 4,
    bytes: 28,
    run: (k, h, at) => k.adam(h, at(0), at(1), at(2), at(3), N, 1, 1, 1e-6, 0.9, 0.999, 1e-8, 0.1, 0, 1),
  },
  "add, near": { size: N / 4, pieces: 3, bytes: 12, run: (k, h, at) => k.add(h, at(2), at(0), at(1), N / 4) },
  "add, far": { size: 8 * N, pieces: 3, bytes: 12, run: (k, h, at) => k.add(h, at(2), at(0), at(1), 8 * N) },
};

/** Seconds of one call. Each call gets fresh numbers: the kernels work in place and would end in denormals. */
function least({ size, pieces, integers, run }, engine) {
  const { reals, handle, kernels, setIntegers } = engine.open(size * pieces);
  const numbers = Float32Array.from({ length: size * pieces }, (_, i) => ((i * 7919) % 1000) / 1000 + 0.001);
  const targets = Int32Array.from({ length: 4096 }, (_, i) => i % V);
  const at = (piece) => piece * size;
  const until = performance.now() + 700;
  let found = Number.POSITIVE_INFINITY;
  for (let go = 0; go < 10 || performance.now() < until; go++) {
    reals(0, numbers.length).set(numbers);
    if (integers) setIntegers(0, targets);
    const begun = performance.now();
    run(kernels, handle, at);
    found = Math.min(found, performance.now() - begun);
  }
  return found / 1000;
}

console.log(`${process.version}, ${cpus()[0].model}`);
const asked = process.argv.slice(2);
for (const name of engines()) {
  const { engine } = nodeEngine(name);
  const title = `${engine.name} ${engine.level}`;
  if (asked.length > 0 && !asked.some((word) => title.includes(word))) continue;
  console.log(title);
  for (const [kernel, pass] of Object.entries(passes)) {
    const each = (1e9 * least(pass, engine)) / pass.size;
    console.log(
      `  ${kernel.padEnd(13)}${each.toFixed(2).padStart(6)} ns, ` +
        `${pass.bytes} bytes: ${(pass.bytes / each).toFixed(1)} GB/s`,
    );
  }
}
