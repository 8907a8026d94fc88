// The profile, with a clock that advances by a millisecond at each reading.

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Arena } from "../../src/compute/arena.js";
import { type Kernels, kernelNames } from "../../src/compute/kernels.js";
import { createMeter, createProfile, type Meter, type Phase } from "../../src/compute/profile.js";

let now = 0;
beforeEach(() => void vi.spyOn(performance, "now").mockImplementation(() => now++));
afterEach(() => void vi.restoreAllMocks());

/** Kernels that note how they were called. */
function noting() {
  const calls: unknown[][] = [];
  const note = (name: string) => [name, (...operands: number[]) => calls.push([name, ...operands])];
  return { calls, arena: { kernels: Object.fromEntries(kernelNames.map(note)) as unknown as Kernels } as Arena };
}

/** A phase with so many calls of a kernel: 2 · calls + 1 ms, of which a call takes 1. */
function spend(meter: Meter, phase: Phase, calls: number) {
  const { kernels } = meter.over(noting().arena);
  meter.enter(phase);
  for (let i = 0; i < calls; i++) kernels.relu(0, 0, 0, 1);
  meter.enter();
}

test("a counted kernel is called once with the same operands, and counts in the current phase", () => {
  const { calls, arena } = noting();
  const profile = createProfile(1);
  const { kernels } = profile.meter.over(arena);
  kernels.add(7, 6, 5, 4, 3); // before any phase
  profile.meter.enter("forward");
  kernels.add(1, 2, 3, 4, 5);
  kernels.tanh(1, 2, 3, 4);
  profile.meter.enter("update");
  kernels.add(1, 2, 3, 4, 6);
  profile.meter.enter();
  kernels.add(9, 9, 9, 9, 9);
  expect(calls).toEqual([
    ["add", 7, 6, 5, 4, 3],
    ["add", 1, 2, 3, 4, 5],
    ["tanh", 1, 2, 3, 4],
    ["add", 1, 2, 3, 4, 6],
    ["add", 9, 9, 9, 9, 9],
  ]);
  const { phases, kernels: found } = profile.report();
  expect(phases).toEqual({ forward: 0.005, loss: 0, backward: 0, gradients: 0, update: 0.003 });
  expect(found).toEqual([
    { kernel: "add", calls: 2, seconds: 0.002 },
    { kernel: "tanh", calls: 1, seconds: 0.001 },
  ]);
});

test("threads count separately and are summed; the rest of the shared time is waiting time", () => {
  const profile = createProfile(2);
  spend(profile.meter, "forward", 2);
  spend(createMeter(profile.counts, 1), "forward", 3);
  spend(createMeter(profile.counts, 1), "gradients", 4);
  profile.addUpdate(25, 18);
  profile.addUpdate(5, 2);
  const report = profile.report();
  expect(report).toMatchObject({ steps: 2, threads: 2, seconds: 0.03, shared: 0.02 });
  expect(report.phases).toMatchObject({ forward: 0.012, gradients: 0.009 });
  expect(report.kernels).toEqual([{ kernel: "relu", calls: 9, seconds: 0.009 }]);
  expect(report.each).toEqual([
    { busy: 0.005, idle: 0.015 },
    { busy: 0.016, idle: 0.004 },
  ]);
  spend(createMeter(profile.counts, 2), "loss", 1); // the worker in place of the calling thread
  expect(profile.report().each[2]).toEqual({ busy: 0.003, idle: 0.017 });
});
