import { describe, expect, test } from "vitest";
import { lockFolder, type Processes } from "../../src/checkpoint/lock.js";
import { Crash, memoryFileSystem } from "../helpers/memory-filesystem.js";

/** Processes by pid and start; the first is "this" one. */
function processes(pid: number, running: Record<number, string>, place = "p"): Processes {
  return { pid, host: `host-${place}`, place, startOf: (each) => running[each] };
}

async function runFolder() {
  const disk = memoryFileSystem();
  await disk.makeFolder("run");
  return disk;
}

describe("a run folder has one writer", () => {
  test("a second process is refused, naming the first", async () => {
    const disk = await runFolder();
    const running = { 10: "a1", 11: "b1" };
    const { release } = await lockFolder(disk, "run", processes(10, running));
    const second = lockFolder(disk, "run", processes(11, running));
    await expect(second).rejects.toMatchObject({
      code: "usage",
      message: expect.stringMatching(/^Process 10 is writing in run\./),
    });
    await expect(lockFolder(disk, "run", processes(10, running))).rejects.toThrow("this very process");
    await release();
    expect(disk.paths()).toEqual([]);
    await lockFolder(disk, "run", processes(11, running));
  });

  test("a start that the system does not tell is taken for the same process, as long as its pid runs", async () => {
    const disk = await runFolder();
    await lockFolder(disk, "run", processes(10, { 10: "alive" }));
    expect(disk.paths()).toEqual(["run/writer-10-alive-p.lock"]);
    const told = processes(11, { 10: "a1", 11: "b1" });
    await expect(lockFolder(disk, "run", told)).rejects.toThrow("Process 10 is writing in run.");
    await lockFolder(disk, "run", processes(11, { 11: "b1" }));
    expect(disk.paths()).toEqual(["run/writer-11-b1-p.lock"]);
  });

  test("the lock of a dead process, or of one whose pid was given out again, is cleared away", async () => {
    const disk = await runFolder();
    await lockFolder(disk, "run", processes(10, { 10: "a1" }));
    await lockFolder(disk, "run", processes(11, { 11: "b1" }));
    expect(disk.paths()).toEqual(["run/writer-11-b1-p.lock"]);
    await lockFolder(disk, "run", processes(11, { 11: "b2" }));
    await lockFolder(disk, "run", processes(12, { 11: "b3", 12: "c1" }));
    expect(disk.paths()).toEqual(["run/writer-12-c1-p.lock"]);
  });

  test("a living process whose start nobody tells counts as the writer", async () => {
    const disk = await runFolder();
    await lockFolder(disk, "run", processes(10, { 10: "a1" }));
    await expect(lockFolder(disk, "run", processes(11, { 10: "alive", 11: "b1" }))).rejects.toThrow("Process 10");
  });

  test("a writer of another container or machine counts while it gives signs of life, whatever its pid is here", async () => {
    const disk = await runFolder();
    const times = { staleMs: 120, touchMs: 10 };
    const there = processes(1, { 1: "a1" }, "q");
    const here = processes(1, { 1: "b1" });
    const first = await lockFolder(disk, "run", there, times);
    await new Promise((go) => setTimeout(go, 200));
    await expect(lockFolder(disk, "run", here, times)).rejects.toMatchObject({
      code: "usage",
      message: "Process 1 on host-q (another container or machine) is writing in run.",
      hint: expect.stringContaining("if it was killed"),
    });
    expect(disk.paths()).toEqual(["run/writer-1-a1-q.lock"]);
    await first.check();
    await first.release();
    const second = await lockFolder(disk, "run", here, times);
    expect(disk.paths()).toEqual(["run/writer-1-b1-p.lock"]);
    await second.release();
  });

  test("a writer of another machine that was killed counts for a while; one that was asleep writes no more", async () => {
    const disk = await runFolder();
    const asleep = await lockFolder(disk, "run", processes(7, { 7: "a1" }, "q"), { touchMs: 1e6 });
    const here = () => lockFolder(disk, "run", processes(8, { 8: "b1" }), { staleMs: 50, touchMs: 10 });
    await expect(here()).rejects.toThrow("Process 7 on host-q");
    await new Promise((go) => setTimeout(go, 80));
    const next = await here();
    expect(disk.paths()).toEqual(["run/writer-8-b1-p.lock"]);
    await expect(asleep.check()).rejects.toThrow("Another process has taken run while this one was asleep");
    await next.check();
    await next.release();
  });

  test("however two that come at once interleave, never do both get it", async () => {
    const running = { 10: "a1", 11: "b1" };
    const seen = new Set<string>();
    for (let schedule = 0; schedule < 256; schedule++) {
      const disk = await runFolder();
      // Each operation waits for its turn: bit i of the schedule says who moves next.
      const queues: (() => void)[][] = [[], []];
      const gated = (who: number): typeof disk => {
        const turn = () => new Promise<void>((go) => queues[who]!.push(go));
        const wrap =
          <A extends unknown[], R>(act: (...args: A) => Promise<R>) =>
          (...args: A) =>
            turn().then(() => act(...args));
        return {
          ...disk,
          stat: wrap(disk.stat),
          create: wrap(disk.create),
          list: wrap(disk.list),
          remove: wrap(disk.remove),
        };
      };
      const got = [10, 11].map((pid, who) =>
        lockFolder(gated(who), "run", processes(pid, running)).then(
          () => true,
          () => false,
        ),
      );
      let ended = false;
      const all = Promise.all(got).then((results) => {
        ended = true;
        return results;
      });
      for (let move = 0; !ended; move++) {
        const who = (schedule >> (move % 8)) & 1;
        (queues[who]!.shift() ?? queues[1 - who]!.shift())?.();
        for (let i = 0; i < 12; i++) await Promise.resolve();
      }
      const results = await all;
      expect(results).not.toEqual([true, true]);
      seen.add(results.join());
    }
    expect(seen).toEqual(new Set(["true,false", "false,true", "false,false"]));
  });

  test("a crash at any operation of taking it leaves nothing that stops the next process", async () => {
    for (let n = 0, going = true; going; n++) {
      const disk = await runFolder();
      disk.crashAt(n, "after");
      going = await lockFolder(disk, "run", processes(10, { 10: "a1" })).then(
        () => false,
        (error: unknown) => {
          expect(error).toBeInstanceOf(Crash);
          return true;
        },
      );
      await lockFolder(disk.reboot(), "run", processes(11, { 11: "b1" }));
    }
  });

  test("a folder that cannot be written is an io error naming it", async () => {
    const disk = await runFolder();
    disk.failAt("create", 0, "EROFS");
    await expect(lockFolder(disk, "run", processes(10, { 10: "a1" }))).rejects.toMatchObject({
      code: "io",
      message: expect.stringContaining("Cannot lock run: the disk is read-only (EROFS)."),
    });
  });
});
