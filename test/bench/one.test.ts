// The bench tells one case in one line, in the form that the peers share, and its arithmetic is the table's.

import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { root } from "../house/tree.js";
import { node } from "../package/project.js";

const one = (...words: string[]) => node(root, "bench/main.mjs", "one", ...words);

interface Case {
  readonly config: string;
  readonly [name: string]: unknown;
}
interface Work {
  parseCase(words: string[]): Case;
  wordsOf(fields: object): string[];
  flopsPerToken(c: Case): number;
  windows(c: Case): Iterable<{ inputs: Int32Array; targets: Int32Array }>;
}
const work = (await import(pathToFileURL(join(root, "bench/work.mjs")).href)) as Work;

test("one case of training is one line of JSON with the peers' fields, and its loss falls", () => {
  const { stdout, status } = one(
    "--config",
    "S",
    "--steps",
    "3",
    "--warmup",
    "1",
    "--engine",
    "wasm-simd",
    "--hidden",
    "32",
  );
  expect(status).toBe(0);
  expect(stdout.trim().split("\n")).toHaveLength(1);
  const record = JSON.parse(stdout);
  expect(record).toMatchObject({ peer: "longhand", config: "S", cell: "gru", mode: "train", threads: 1, steps: 3 });
  expect(record).toMatchObject({ batch: 64, bptt: 8, engine: "wasm", level: "simd" });
  expect(record.tokens_per_s / ((64 * 8 * 1000) / record.step_ms)).toBeCloseTo(1, 2);
  expect(record.step_ms_min).toBeLessThanOrEqual(record.step_ms);
  expect(Math.abs(record.loss_first - Math.log(86))).toBeLessThan(0.3); // four steps from a uniform guess
  expect(record.loss_last).toBeLessThan(record.loss_first);
  for (const field of ["rss_mb", "os_threads", "plan_mb", "gflops", "processor_ms"]) {
    expect(record[field], field).toBeGreaterThan(0);
  }
});

test("one case of generation tells characters a second", () => {
  const { stdout, status } = one("--mode", "generate", "--chars", "20", "--engine", "wasm-simd", "--hidden", "32");
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ mode: "generate", chars_per_s: expect.any(Number) });
});

test.each([
  [["--cell", "gur"], "--cell is one of rnn, gru, lstm, qrnn; got gur."],
  [["--steps", "0"], "--steps wants a whole number of at least 1; got 0."],
  [["--engine", "foo"], "--engine wants one of"],
])("%j ends with 2 and a sentence", (words, sentence) => {
  const { stderr, stdout, status } = one(...words);
  expect([status, stdout]).toEqual([2, ""]);
  expect(stderr).toContain(sentence);
});

test("the words of a case parse as that case", () => {
  const c = work.parseCase(["--config", "M", "--cell", "lstm", "--bptt", "7", "--peak"]);
  expect(c).toMatchObject({ hidden: 512, layers: 2, vocabulary: 65, bptt: 7, peak: true });
  const { peak, ...rest } = c;
  expect(work.parseCase(work.wordsOf({ ...rest, peak }))).toEqual(c);
});

test("S, M and L cost 1.5, 15.5 and 99.5 million operations a token of a gru", () => {
  const cost = (config: string) => work.flopsPerToken(work.parseCase(["--config", config])) / 1e6;
  expect(["S", "M", "L"].map((config) => cost(config).toFixed(1))).toEqual(["1.5", "15.5", "99.5"]);
});

test("a qrnn of S costs what its products do: 3H rows over each input that it sees, and the decoder", () => {
  const cost = (...words: string[]) => work.flopsPerToken(work.parseCase(["--cell", "qrnn", ...words])) / 6;
  expect(cost()).toBe(768 * 42 + 86 * 256);
  expect(cost("--window", "2", "--layers", "2")).toBe(2 * 768 * 42 + 2 * 768 * 256 + 86 * 256);
});

test(
  "the peers' windows are contiguous lanes, time-major, with targets " +
    "one ahead, and go on where the last one ended",
  () => {
    const batch = 4;
    const bptt = 5;
    const [first, second] = Array.from({ length: 2 }, (_, i) => {
      let n = 0;
      for (const window of work.windows(work.parseCase(["--batch", `${batch}`, "--bptt", `${bptt}`])))
        if (n++ === i) return window;
      throw new Error("no window");
    });
    const step = (ids: Int32Array, t: number) => [...ids.subarray(t * batch, (t + 1) * batch)];
    for (let t = 0; t + 1 < bptt; t++) expect(step(first!.targets, t)).toEqual(step(first!.inputs, t + 1));
    expect(step(second!.inputs, 0)).toEqual(step(first!.targets, bptt - 1));
  },
);
