// A profile as a table: the time of an update by phase and by kernel, and the waiting time of each thread.

import type { ProfileReport } from "../../compute/profile.js";
import { grouped } from "./terminal.js";

const PHASES = {
  forward: "shared by lanes: embedding, layers, decoder",
  loss: "shared by lanes",
  backward: "shared by lanes",
  gradients: "shared by rows of parameters",
  update: "optimizer and packing, shared by rows of parameters",
} as const satisfies Readonly<Record<keyof ProfileReport["phases"], string>>;

/** Shares are of the time of all threads in all updates; phases, waiting and other add up to 100%. */
export function profileLines(p: ProfileReport): string[] {
  if (p.steps === 0) return ["profile  there was no update"];
  const whole = p.threads * p.seconds;
  const line = (name: string, seconds: number, of: number, about: string) =>
    `  ${name.padEnd(14)}${`${((100 * seconds) / of).toFixed(1)}%`.padStart(6)}  ${about}`.trimEnd();
  const time = (ms: number) => (ms < 0.1 ? `${(1000 * ms).toFixed(1)} µs` : `${ms.toFixed(2)} ms`);
  const busy = p.each.reduce((sum, { busy }) => sum + busy, 0);
  const names = Object.keys(PHASES) as (keyof typeof PHASES)[];
  return [
    `profile  ${grouped(p.steps)} updates of ${((1000 * p.seconds) / p.steps).toFixed(2)} ms, on ${p.threads} ` +
      `thread${p.threads === 1 ? "" : "s"}`,
    ...names.map((name) => line(name, p.phases[name], whole, PHASES[name])),
    line("waiting", Math.max(0, p.threads * p.shared - busy), whole, "for other threads, at barriers"),
    line("other", p.threads * (p.seconds - p.shared), whole, "preparing the window, sums: one thread, the others wait"),
    "kernels",
    ...p.kernels.map(({ kernel, calls, seconds }) =>
      line(kernel, seconds, whole, `${(calls / p.steps).toFixed(0)} × ${time((1000 * seconds) / calls)} an update`),
    ),
    "threads",
    ...p.each.map(({ busy, idle }, i) => {
      // The pool has one worker more than compute at a time; it works in the caller's place, so that the caller can
      // receive messages.
      const listens = i === 0 && p.each.length > p.threads;
      const waits =
        `${((100 * idle) / p.seconds).toFixed(1)}% ` +
        `${listens ? "listening: a worker computed in its place" : "waiting"}`;
      return line(i === 0 ? "caller" : `worker ${i}`, busy, p.seconds, `busy, ${waits}`);
    }),
  ];
}
