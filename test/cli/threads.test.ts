// Runs on threads, in processes of their own: the same bits whatever --threads says, signals heard in the midst of a
// window, threads that break or die, and no process that stays behind.

import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { folder, longhand, outcome, someText, start, tiny } from "../helpers/cli.js";

const text = someText(120);
const dist = new URL("../../dist/", import.meta.url).href;

/** A cell of one's own: gru, with something done first in each step of a thread that is not the main one. */
const ownCell = (first: string, url = "url: import.meta.url") => `
import { isMainThread } from "node:worker_threads";
import { cells } from ${JSON.stringify(`${dist}advanced.js`)};
const gru = cells.find(({ kind }) => kind === "gru");
const sleep = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
export default {
  ...gru,
  kind: "mine",
  ${url},
  step(c, t) {
    ${first};
    gru.step(c, t);
  },
};`;

/** Trains with the cell of own.mjs and prints what it hears. */
const program = `
import own from "./own.mjs";
import { startRun } from ${JSON.stringify(`${dist}advanced-node.js`)};
let heard = false;
setInterval(() => console.log("tick"), 20).unref();
process.on("SIGINT", () => {
  console.log("heard");
  heard = true;
});
const settings = { cell: "mine", hidden: 8, embedding: 8, batch: 4, bptt: 8, sampleLength: 0, ...JSON.parse(process.argv[2]) };
const run = await startRun({ paths: ["t.txt"], out: "r", settings, cell: own, stopping: () => heard, notice: console.log });
console.log("threads", run.trainingRun.threads);
for await (const { kind, nats } of run.events) console.log(kind, nats ?? "");
`;

function ownRun(cell: string, settings: object) {
  const cwd = folder({ "t.txt": text, "own.mjs": cell, "run.mjs": program });
  return start(cwd, [join(cwd, "run.mjs"), JSON.stringify(settings)], { program: process.execPath });
}

const windows = (out: string) => out.split("\n").filter((line) => line.startsWith("window"));

describe.concurrent("on threads", () => {
  test("a run has the bits of one thread, also where it goes on with another number of them; so has evaluate", async () => {
    const cwd = folder({ "t.txt": text });
    const same = `train t.txt ${tiny} --layers 2 --dropout 0.3 --steps 120`;
    const train = (out: string, more: string) => longhand(cwd, `${same} ${more} --out ${out}`);
    const ended = await Promise.all([train("one", "--threads 1"), train("three", "--threads 3 --save-every 0.01")]);
    expect(ended.map(({ code, err }) => ({ code, err }))).toEqual([
      { code: 0, err: "" },
      { code: 0, err: "" },
    ]);
    expect(outcome(join(cwd, "three"))).toEqual(outcome(join(cwd, "one")));

    // A save after nearly each window, with a sync of the disk: it is not done before the signal is there.
    const saving = `${same} --threads 2 --save-every 0.001 --json --out cut`;
    const { child, until, ended: cut } = start(cwd, saving.split(" "));
    await until('"window":3,');
    child.kill("SIGINT");
    expect((await cut).code).toBe(130);
    expect((await longhand(cwd, "resume cut --threads 4 --quiet")).code).toBe(0);
    expect(outcome(join(cwd, "cut"))).toEqual(outcome(join(cwd, "one")));

    const [alone, two] = await Promise.all(
      [1, 2].map((n) => longhand(cwd, `evaluate one t.txt --force --json --threads ${n}`)),
    );
    expect(alone!.code).toBe(0);
    expect(two!.out).toBe(alone!.out);
  });

  test("a cell of one's own is loaded by its url; without one, a single thread computes, with a notice and the same losses", async () => {
    const [with_, without] = await Promise.all([
      ownRun(ownCell("0"), { threads: 2, steps: 20 }).ended,
      ownRun(ownCell("0", "about: 'nothing'"), { threads: 2, steps: 20 }).ended,
    ]);
    expect([with_.err, without.err]).toEqual(["", ""]);
    expect(with_.out).toMatch(/^threads 2$/m);
    expect(without.out).toMatch(/^One thread computes: the cell mine has no url[^\n]*[\s\S]*^threads 1$/m);
    expect(windows(with_.out).length).toBe(20);
    expect(windows(with_.out)).toEqual(windows(without.out));
  });

  test.each([
    // Half a second of steps, wherever they are computed: soon the main thread only listens.
    ["two threads", ownCell("sleep(60)"), { threads: 2 }],
    // Here it is the arithmetic that takes so long.
    ["one thread", ownCell("0"), { threads: 1, hidden: 896, batch: 16, bptt: 64 }],
  ])("on %s Ctrl-C is heard in the midst of a window, and the run ends after it", async (_, cell, settings) => {
    const { child, ended, until } = ownRun(cell, { ...settings, steps: 900 });
    await until("tick\ntick\ntick\nwindow"); // the first window that was listened through
    child.kill("SIGINT");
    const { out, code } = await ended;
    expect(code).toBe(0);
    // That the main thread listens in the midst of a window is what was waited for; here: it ends after the one under
    // way.
    const after = out.slice(out.indexOf("heard"));
    expect(windows(after).length).toBeLessThanOrEqual(1);
    expect(after).toMatch(/\ninterrupted *\n/);
  });

  test.each([
    ["throws", "throw new RangeError('this cell broke')", /this cell broke/],
    ["ends", "process.exit(7)", /A worker thread ended unexpectedly \(code 7\)/],
  ])("a thread that %s ends the run with its error", async (_, what, message) => {
    const cell = ownCell(`if (isMainThread) sleep(5); else ${what}`);
    const { err, code } = await ownRun(cell, { threads: 2, steps: 9000 }).ended;
    expect(code).toBe(1);
    expect(err).toMatch(message);
  });
});
