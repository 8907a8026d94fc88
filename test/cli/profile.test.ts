// train --profile: it tells where the time of steps went, and the run is the same run.

import { join } from "node:path";
import { expect, test } from "vitest";
import type { ProfileReport } from "../../src/compute/profile.js";
import { folder, longhand, outcome, someText, tiny } from "../helpers/cli.js";

const cwd = folder({ "t.txt": someText(120) });
const train = (out: string, more: string) =>
  longhand(cwd, `train t.txt ${tiny} --steps 40 --validate-every 20 --out ${out} ${more}`);

test("a profiled run has the bits of one that is not, and tells the calls of its training steps alone", async () => {
  const [plain, one, two] = await Promise.all([
    train("plain", "--threads 1 --json"),
    train("one", "--threads 1 --json --profile"),
    train("two", "--threads 2 --json --profile"),
  ]);
  expect([plain.err, one.err, two.err]).toEqual(["", "", ""]);
  expect(plain.out).not.toContain('"profile"');
  for (const [threads, { out }] of [one, two].entries()) {
    expect(outcome(join(cwd, ["one", "two"][threads]!))).toEqual(outcome(join(cwd, "plain")));
    const last = JSON.parse(out.trim().split("\n").at(-2)!) as ProfileReport & { kind: string; process: boolean };
    expect(last).toMatchObject({ kind: "profile", process: true, steps: 40, threads: threads + 1 });
    // 40 steps, not the two validations nor the samples: a call a step and part of lanes, or of rows.
    const calls = (name: string) => last.kernels.find(({ kernel }) => kernel === name)?.calls;
    expect([calls("crossEntropy"), calls("gather")]).toEqual([40 * (threads + 1), 40 * (threads + 1)]);
    // each of 7 parameters, none larger than a block of updateRows
    if (threads === 0) expect(calls("adam")).toBe(40 * 7);

    const sum = (all: readonly number[]) => all.reduce((a, b) => a + b, 0);
    const inPhases = sum(Object.values(last.phases));
    const busy = sum(last.each.map((each) => each.busy));
    expect(busy).toBeCloseTo(inPhases, 9);
    expect(sum(last.kernels.map(({ seconds }) => seconds))).toBeLessThanOrEqual(inPhases);
    expect(Math.max(...last.each.map((each) => each.busy))).toBeLessThanOrEqual(last.shared);
    expect(last.shared).toBeLessThanOrEqual(last.seconds);
    expect(Math.min(...Object.values(last.phases))).toBeGreaterThan(0);
  }
});

test("for people it is a table whose phases, waiting and rest add up to the whole", async () => {
  const { out, code } = await train("table", "--threads 2 --profile");
  expect(code).toBe(0);
  const table = out.slice(out.indexOf("\nprofile  40 updates of "), out.indexOf("\nDone.")).split("\n");
  const shares = table.slice(2, table.indexOf("kernels")).map((line) => Number(/ (-?\d+\.\d)% /.exec(line)?.[1]));
  expect(shares.length).toBe(7);
  expect(Math.abs(shares.reduce((a, b) => a + b) - 100)).toBeLessThan(0.5);
  expect(table.slice(table.indexOf("threads") + 1)[0]).toMatch(/^ {2}caller +\d+\.\d% {2}busy, \d+\.\d% /);
});
