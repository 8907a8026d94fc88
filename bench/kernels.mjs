// Speed of the matrix products. For each engine, level and product: GFLOP/s, and the share of the level's multiply-add
// peak. This process measures the peak in turn with the product, since the speed of a shared machine changes.
//
//   npm run build -- --addon && node bench/kernels.mjs [avx2 …]        only levels whose name contains one of these

import { cpus } from "node:os";
import { openPeak, rate } from "./peak.mjs";

const dist = process.env.DIST ?? new URL("../dist", import.meta.url).pathname;
const { allowRelaxedSimd } = await import(`${dist}/node/engine/relaxed-simd.js`);
const { loadAddon } = await import(`${dist}/node/engine/native.js`);
const { NONE, packedSize } = await import(`${dist}/compute/kernels.js`);
const { nativeEngine } = await import(`${dist}/compute/native/engine.js`);
const { wasmEngine, wasmLevels } = await import(`${dist}/compute/wasm/engine.js`);
allowRelaxedSimd();

const products = [
  { kernel: "matmul", rows: 64, k: 512, n: 1536 }, // the hidden product of a step, GRU with H = 512
  { kernel: "matmul", rows: 64, k: 256, n: 768 },
  { kernel: "matmul", rows: 512, k: 128, n: 1536 }, // the input product of a window
  { kernel: "matmul", rows: 64, k: 1536, n: 512 },
  { kernel: "matmul", rows: 64, k: 1024, n: 4096 }, // LSTM with H = 1024: 16 MiB of weights in each step
  { kernel: "matmul", rows: 512, k: 42, n: 768 },
  { kernel: "matmul", rows: 1, k: 256, n: 768 }, // a step of a session
  { kernel: "gradient", rows: 4096, n: 1536, k: 512 },
  { kernel: "gradient", rows: 8192, n: 4096, k: 1024 },
  { kernel: "gradient", rows: 512, n: 768, k: 256 },
  { kernel: "gradient", rows: 512, n: 768, k: 42 },
];

/** Every level: its name, why it is not usable here, and a function that opens it. */
function levels() {
  const found = loadAddon();
  const native =
    found.kind === "absent"
      ? [{ name: "native", obstacle: found.reason }]
      : found.addon.levels.map(({ name, usable }) => ({
          name: `native ${name}`,
          obstacle: usable ? undefined : "this processor lacks it",
          open: () => nativeEngine(found.addon, name),
        }));
  const wasm = wasmLevels().map(({ level, reason }) => ({
    name: `wasm ${level}`,
    obstacle: reason,
    open: () => wasmEngine(level),
  }));
  return [...native, ...wasm];
}

function productOf({ panel, open }, { kernel, rows, k, n }) {
  const a = 0;
  const g = rows * k;
  const w = rows * (k + n);
  const packed = rows * (k + n) + n * k;
  const { reals, handle, kernels } = open(packed + packedSize(k, n, panel));
  reals(0, packed).set(Float32Array.from({ length: packed }, (_, i) => ((i * 7919) % 1000) / 1000 - 0.5));
  kernels.pack(handle, packed, w, n, k, 0, n, 0);
  const work = {
    matmul: () => kernels.matmul(handle, g, a, packed, NONE, 1, rows, rows, k, n, 0),
    gradient: () => kernels.gradient(handle, w, g, a, rows, n, k, 0, n),
  };
  return () => rate(2 * rows * k * n, work[kernel], 0.05);
}

console.log(`${process.version}, ${cpus()[0].model}`);
const asked = process.argv.slice(2);
for (const { name, obstacle, open } of levels()) {
  if (asked.length > 0 && !asked.some((word) => name.includes(word))) continue;
  console.log(obstacle === undefined ? name : `${name}: skipped, ${obstacle}`);
  if (obstacle !== undefined) continue;
  const peak = await openPeak(open());
  for (const each of products) {
    const product = productOf(open(), each);
    let most = 0;
    let got = 0;
    for (let go = 0; go < 8; go++) [most, got] = [Math.max(most, peak()), Math.max(got, product())];
    const { kernel, rows, k, n } = each;
    const share = `${((100 * got) / most).toFixed(0)}% of ${most.toFixed(1)}`;
    console.log(`  ${kernel.padEnd(8)} rows ${rows}, k ${k}, n ${n}: ${got.toFixed(1)} GFLOP/s, ${share}`);
  }
}
