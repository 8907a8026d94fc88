// A profile as a table for people: where the time of a step goes, by phase and by kernel, and how long each thread
// waits.

import type { ProfileReport } from "../../compute/profile.js";
import { grouped } from "./terminal.js";

const PHASES = {
  forward: "over lanes: embedding, layers, decoder",
  loss: "over lanes",
  backward: "over lanes",
  gradients: "over rows of parameters",
  update: "optimizer and packing, over rows of parameters",
} as const satisfies Readonly<Record<keyof ProfileReport["phases"], string>>;

/** Shares are of all threads' time in all steps; those of the phases, waiting and the rest add up to it. */
export function profileLines(p: ProfileReport): string[] {
  if (p.steps === 0) return ["profile  no step was done"];
  const whole = p.threads * p.seconds;
  const line = (name: string, seconds: number, of: number, about: string) =>
    `  ${name.padEnd(14)}${`${((100 * seconds) / of).toFixed(1)}%`.padStart(6)}  ${about}`.trimEnd();
  const time = (ms: number) => (ms < 0.1 ? `${(1000 * ms).toFixed(1)} µs` : `${ms.toFixed(2)} ms`);
  const busy = p.each.reduce((sum, { busy }) => sum + busy, 0);
  const names = Object.keys(PHASES) as (keyof typeof PHASES)[];
  return [
    `profile  ${grouped(p.steps)} steps of ${((1000 * p.seconds) / p.steps).toFixed(2)} ms, on ${p.threads} ` +
      `thread${p.threads === 1 ? "" : "s"}`,
    ...names.map((name) => line(name, p.phases[name], whole, PHASES[name])),
    line("waiting", Math.max(0, p.threads * p.shared - busy), whole, "at barriers, for other threads"),
    line("other", p.threads * (p.seconds - p.shared), whole, "the window laid out, sums: one thread, the others wait"),
    "kernels",
    ...p.kernels.map(({ kernel, calls, seconds }) =>
      line(kernel, seconds, whole, `${(calls / p.steps).toFixed(0)} × ${time((1000 * seconds) / calls)} a step`),
    ),
    "threads",
    ...p.each.map(({ busy, idle }, i) => {
      // One more than computes at a time: a worker has taken the caller's place.
      const listens = i === 0 && p.each.length > p.threads;
      const waits =
        `${((100 * idle) / p.seconds).toFixed(1)}% ` + `${listens ? "listening: a worker stood in for it" : "waiting"}`;
      return line(i === 0 ? "caller" : `worker ${i}`, busy, p.seconds, `busy, ${waits}`);
    }),
  ];
}
