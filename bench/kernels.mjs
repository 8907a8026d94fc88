// How near do the WebAssembly products come to what the machine can do? Prints, for each level, the 128-bit multiply-add peak
// measured in this process, and each product's GFLOP/s and share of it.
//
//   npm run build && node bench/kernels.mjs

import { readFileSync } from "node:fs";
import { cpus } from "node:os";

const dist = process.env.DIST ?? new URL("../dist", import.meta.url).pathname;
const { allowRelaxedSimd } = await import(`${dist}/node/relaxed-simd.js`);
const { packedSize } = await import(`${dist}/compute/kernels.js`);
const { wasmEngine, wasmLevels } = await import(`${dist}/compute/wasm/engine.js`);
allowRelaxedSimd();

const products = [
  // rows, k, n: a step's hidden product, a smaller one, a window's input product
  { kernel: "matmul", rows: 64, k: 512, n: 1536 },
  { kernel: "matmul", rows: 64, k: 256, n: 768 },
  { kernel: "matmul", rows: 512, k: 128, n: 1536 },
  { kernel: "matmul", rows: 64, k: 1536, n: 512 },
  { kernel: "matmul", rows: 512, k: 42, n: 768 },
  { kernel: "matmul", rows: 1, k: 256, n: 768 },
  { kernel: "gradient", rows: 4096, n: 1536, k: 512 },
  { kernel: "gradient", rows: 512, n: 768, k: 256 },
  { kernel: "gradient", rows: 512, n: 768, k: 42 },
];

/** GFLOP/s: the best of several goes of about `seconds` each, after the optimised code is in. */
function rate(flops, work, seconds = 0.06) {
  let best = 0;
  for (let go = 0; go < 12; go++) {
    let times = 0;
    const start = performance.now();
    let spent = 0;
    do {
      work();
      times += 1;
      spent = (performance.now() - start) / 1000;
    } while (spent < seconds);
    best = Math.max(best, (flops * times) / spent / 1e9);
  }
  return best;
}

console.log(`${process.version}, ${cpus()[0].model}`);
for (const { level, usable, reason } of wasmLevels()) {
  if (!usable) {
    console.log(`${level}: passed over, ${reason}`);
    continue;
  }
  const { peak } = new WebAssembly.Instance(
    new WebAssembly.Module(readFileSync(new URL(`peak/${level}.wasm`, import.meta.url))),
  ).exports;
  const turns = 200_000;
  const most = () => rate(turns * 12 * 4 * 2, () => peak(turns, 0.5, 1));
  let top = most();
  console.log(`${level}: peak ${top.toFixed(1)} GFLOP/s`);
  for (const { kernel, rows, k, n } of products) {
    const { panel, open } = wasmEngine(level);
    const room = packedSize(k, n, panel);
    const [a, g, w, packed] = [0, rows * k, rows * (k + n), rows * (k + n) + n * k];
    const arena = open(packed + room);
    arena.reals(0, packed).forEach((_, i, all) => {
      all[i] = ((i * 7919) % 1000) / 1000 - 0.5;
    });
    const { pack, matmul, gradient } = arena.kernels;
    pack(arena.handle, packed, w, n, k, 0, n, 0);
    const work =
      kernel === "matmul"
        ? () => matmul(arena.handle, g, a, packed, 0xffffffff, 1, rows, rows, k, n, 0)
        : () => gradient(arena.handle, w, g, a, rows, n, k, 0, n);
    const got = rate(2 * rows * k * n, work);
    top = Math.max(top, most());
    console.log(
      `  ${kernel.padEnd(8)} rows ${rows}, k ${k}, n ${n}: ${got.toFixed(1)} GFLOP/s, ${((100 * got) / top).toFixed(0)}%`,
    );
  }
}
