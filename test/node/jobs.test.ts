// Processes side by side: tasks in their order, what they say, stopping, errors and deaths.

import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { LonghandError } from "../../src/base/errors.js";
import { runJobs } from "../../src/node/system/jobs.js";
import { folder } from "../helpers/cli.js";
import { root } from "../house/tree.js";

type Task = { readonly n: number; readonly does?: "wait" | "die" | "usage" | "bug" };

/** A task says its half, and comes to its square times the setup. */
const module = pathToFileURL(
  join(
    folder({
      "job.mjs": `
import { LonghandError } from ${JSON.stringify(pathToFileURL(join(root, "dist/base/errors.js")).href)};
import { serveJobs } from ${JSON.stringify(pathToFileURL(join(root, "dist/node/system/jobs.js")).href)};
serveJobs(async (factor, stopping) => async ({ n, does }, say) => {
  say(n / 2);
  if (does === "die") process.kill(process.pid, "SIGKILL");
  if (does === "usage") throw new LonghandError("usage", "Three is too many.", { hint: "Take two." });
  if (does === "bug") null.x;
  while (does === "wait") {
    if (stopping()) return undefined;
    await new Promise((go) => setImmediate(go));
  }
  return { value: factor * n * n, pid: process.pid };
});
`,
    }),
    "job.mjs",
  ),
);

async function all(tasks: readonly Task[], count: number, stopping?: (said: number) => boolean) {
  let said = 0;
  const results: { value: number; pid: number }[] = [];
  const halves: number[] = [];
  const heard = runJobs<Task, number, { value: number; pid: number }>(tasks, {
    module,
    setup: 10,
    count,
    ...(stopping && { stopping: () => stopping(said) }),
  });
  for await (const each of heard) {
    if ("progress" in each) {
      said++;
      halves.push(each.progress);
      expect(each.progress).toBe(each.task.n / 2);
    } else {
      expect(each.result.value).toBe(10 * each.task.n ** 2);
      results.push(each.result);
    }
  }
  return { results, halves };
}

test("each task is done once, in order by one process; by several in as many processes as there are", async () => {
  const tasks = [1, 2, 3, 4, 5].map((n) => ({ n }));
  const one = await all(tasks, 1);
  expect(one.halves).toEqual([0.5, 1, 1.5, 2, 2.5]);
  expect(one.results.map(({ value }) => value)).toEqual([10, 40, 90, 160, 250]);
  expect(new Set(one.results.map(({ pid }) => pid)).size).toBe(1);
  const three = await all(tasks, 3);
  expect(three.results.map(({ value }) => value).sort((a, b) => a - b)).toEqual([10, 40, 90, 160, 250]);
  expect((await all([{ n: 1 }], 3)).results).toHaveLength(1);
  expect((await all([], 3)).results).toHaveLength(0);
});

test("stopped, all processes end what they do, and no other task is begun", async () => {
  const tasks: Task[] = [{ n: 1, does: "wait" }, { n: 2, does: "wait" }, { n: 3 }];
  const { results, halves } = await all(tasks, 2, (said) => said === 2);
  expect({ results, halves: halves.sort() }).toEqual({ results: [], halves: [0.5, 1] });
});

test("an error is thrown as it was, of ours with its code and hint; the others are stopped", async () => {
  const waiting: Task = { n: 1, does: "wait" };
  const error = await all([waiting, { n: 2, does: "usage" }, { n: 3 }], 2).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(LonghandError);
  expect(error).toMatchObject({ code: "usage", message: "Three is too many.", hint: "Take two." });
  await expect(all([waiting, { n: 2, does: "bug" }], 2)).rejects.toThrow(/null/);
});

test("a process that dies is told in plain words, and the others are stopped", async () => {
  const error = await all(
    [
      { n: 1, does: "wait" },
      { n: 2, does: "die" },
    ],
    2,
  ).catch((error: unknown) => error);
  expect(error).toMatchObject({ code: "io" });
  expect((error as Error).message).toMatch(/^A worker process has ended early \((SIGKILL|code \d+)\)\.$/);
});
