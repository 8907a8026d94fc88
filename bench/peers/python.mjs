// Settings of PyTorch and numpy to try on this machine: every installed BLAS, OpenBLAS core types that fit the
// processor, and numbers of threads. peers.mjs runs the case with each to find the fastest.

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { runRecord } from "../rounds.mjs";
import { threadWords, wordsOf } from "../work.mjs";

export const python = process.env.PYTHON ?? "/usr/bin/python3"; // Debian's, which has python3-torch
const libraries = "/usr/lib/x86_64-linux-gnu";
const malloc = `${libraries}/libtcmalloc_minimal.so.4`;

export const pytorch = fromPython("PyTorch", "torch", "pytorch.py", () => true);
/** numpy, for generation only; PyTorch stands for training. */
export const numpy = fromPython("numpy", "numpy", "numpy_peer.py", ({ mode }) => mode === "generate");

function fromPython(name, module, file, does) {
  return {
    name,
    missing: () =>
      spawnSync(python, ["-c", `import ${module}`]).status === 0 ? undefined : `not installed: python3-${module}`,
    does,
    variants: (c, { quick }) => settings(quick).map((setting) => ({ ...setting, command: command(file, c, setting) })),
  };
}

/** A list of one case, the fastest BLAS product on one core; empty without PyTorch. */
export async function blasProduct({ quick }) {
  if (pytorch.missing() !== undefined) return [];
  const tried = [];
  for (const setting of settings(quick).filter(({ threads }) => threads === 1)) {
    const run = () => runRecord(command("pytorch.py", { mode: "product" }, setting));
    const { processor_gflops = 0 } = await run();
    tried.push({ product: setting.label, run, speed: processor_gflops });
  }
  const [{ speed, ...best }] = tried.sort((a, b) => b.speed - a.speed);
  return [best];
}

function settings(quick) {
  const all = ["openblas-openmp", "blis-openmp", "openblas-pthread"].filter((each) =>
    existsSync(`${libraries}/${each}`),
  );
  const libs = all.length === 0 ? [""] : quick ? all.slice(0, 2) : all;
  const wide = existsSync("/proc/cpuinfo") && readFileSync("/proc/cpuinfo", "utf8").includes("avx512f");
  const cores = ["", ...(quick ? [] : ["Haswell", ...(wide ? ["SkylakeX"] : [])])];
  const counts = quick ? [1] : [...new Set([1, availableParallelism()])];
  const row = (blas, core, threads) => {
    const label = `${blas || "its own BLAS"}${core && ` ${core}`}, ${threadWords(threads)}`;
    return { blas, core, threads, wide, label };
  };
  return libs
    .flatMap((blas) => (blas.startsWith("openblas") ? cores : [""]).map((core) => [blas, core]))
    .flatMap(([blas, core]) => counts.map((threads) => row(blas, core, threads)))
    .filter(({ blas, threads }) => threads === 1 || blas !== "openblas-pthread"); // its pool conflicts with PyTorch's
}

function command(file, { engine, peak, ...c }, { blas, core, threads, wide }) {
  const env = {
    OMP_NUM_THREADS: String(threads),
    OPENBLAS_NUM_THREADS: String(threads),
    ...(blas && { LD_LIBRARY_PATH: `${libraries}/${blas}` }),
    ...(core && { OPENBLAS_CORETYPE: core }),
    ...(wide && { ATEN_CPU_CAPABILITY: "avx512" }), // off by default
    ...(existsSync(malloc) && { LD_PRELOAD: malloc }),
  };
  return { file: python, args: [fileURLToPath(new URL(file, import.meta.url)), ...wordsOf({ ...c, threads })], env };
}
