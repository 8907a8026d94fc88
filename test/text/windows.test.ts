import { describe, expect, test } from "vitest";
import { countWindows, epochWindows, maxWindow, windowLength, windowSettings } from "../../src/text/windows/windows.js";
import { fc, repeats } from "../helpers/random.js";

const plans = fc.record({
  rule: fc.constantFrom("fixed", "awd", "lesson"),
  bptt: fc.integer({ min: 1, max: 100 }),
  seed: fc.nat(),
});

describe("windows", () => {
  test("fixed is bptt; awd is between 5 and bptt + 25; no window is longer than maxWindow", () => {
    fc.assert(
      fc.property(plans, fc.nat(), ({ rule, bptt, seed }, window) => {
        const length = windowLength(rule, bptt, seed, window);
        if (rule === "fixed") expect(length).toBe(bptt);
        else expect(length >= 5 && length <= bptt + 25 && Number.isInteger(length)).toBe(true);
        expect(length).toBeLessThanOrEqual(maxWindow(rule, bptt));
      }),
      { numRuns: repeats(2000) },
    );
    expect([maxWindow("fixed", 8), maxWindow("awd", 8)]).toEqual([8, 33]);
  });

  test("awd at bptt 8 has the lesson's mean 8.38, sd 3.7 and 36% of fives; at 70 its mean is 0.975 of bptt", () => {
    const lengths = Array.from({ length: 40_000 }, (_, window) => windowLength("awd", 8, 1, window));
    const mean = lengths.reduce((sum, n) => sum + n, 0) / lengths.length;
    const sd = Math.sqrt(lengths.reduce((sum, n) => sum + (n - mean) ** 2, 0) / lengths.length);
    expect(mean).toBeCloseTo(8.38, 1);
    expect(sd).toBeCloseTo(3.7, 1);
    expect(lengths.filter((n) => n === 5).length / lengths.length).toBeCloseTo(0.36, 1);
    expect(lengths.filter((n) => n > 8).length / lengths.length).toBeCloseTo(0.41, 1);
    const long = Array.from({ length: 10_000 }, (_, window) => windowLength("awd", 70, 1, window));
    // 67.75 and not 68.25: the half of 70, and int() takes half a token from each.
    expect(Math.abs(long.reduce((sum, n) => sum + n, 0) / long.length - 67.75)).toBeLessThan(0.4);
  });

  test("the lengths for a seed equal recorded ones, so that an old run resumes with the same windows", () => {
    const first = (seed: number) => Array.from({ length: 12 }, (_, window) => windowLength("awd", 8, seed, window));
    expect(first(1)).toEqual([5, 5, 9, 5, 5, 13, 5, 8, 10, 7, 13, 6]);
    expect(windowLength("awd", 8, 1, 2 ** 40)).toBe(7);
  });

  test("the windows of an epoch are contiguous, not empty, cover all positions, and only the last is shortened", () => {
    fc.assert(
      fc.property(plans, fc.nat(2000), fc.nat(1000), (plan, positions, firstWindow) => {
        const windows = [...epochWindows(plan, positions, firstWindow)];
        let at = 0;
        const wanted = windows.map((_, i) => {
          const length = windowLength(plan.rule, plan.bptt, plan.seed, firstWindow + i);
          const place = { window: firstWindow + i, at, steps: Math.min(length, positions - at) };
          at += length;
          return place;
        });
        expect(windows).toEqual(wanted);
        expect(windows.every(({ steps }) => steps > 0)).toBe(true);
        const most = plan.rule === "lesson" ? Math.max(1, Math.floor((positions + 1) / plan.bptt) - 1) : Infinity;
        expect(windows.length === 0 ? positions === 0 : at >= positions || windows.length === most).toBe(true);
      }),
      { numRuns: repeats(1000) },
    );
  });

  test("countWindows equals the number of windows of consecutive epochs", () => {
    fc.assert(
      fc.property(plans, fc.nat(300), fc.nat(4), fc.nat(100), (plan, positions, epochs, first) => {
        let window = first;
        for (let epoch = 0; epoch < epochs; epoch++) window += [...epochWindows(plan, positions, window)].length;
        expect(countWindows(plan, positions, epochs, first)).toBe(window - first);
        if (plan.rule === "fixed") expect(window - first).toBe(epochs * Math.ceil(positions / plan.bptt));
      }),
      { numRuns: repeats(300) },
    );
  });

  test("at bptt 8 awd cuts 7,713 positions into 922 windows, give or take 40", () => {
    const counts = [1, 2, 3, 4, 5].map((seed) => countWindows({ rule: "awd", bptt: 8, seed }, 7713, 1));
    for (const count of counts) expect(Math.abs(count - 922)).toBeLessThan(40);
  });

  test("the choices of windowRule are the rules of the table", () => {
    expect(windowSettings[0].choices).toEqual(["fixed", "awd", "lesson"]);
  });
});
