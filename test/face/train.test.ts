// train and resume of the front: where text comes from, how a run ends, what it leaves on disk, what it refuses.

import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test, vi } from "vitest";
import type { NodeTrainOptions, Run, TextSource, TrainEvent } from "../../src/node.js";
import { advise, info, LonghandError, load, resume, small, temporaryFolder, text, train } from "./built.js";

const folder = temporaryFolder();
const file = join(folder, "my.txt");
writeFileSync(file, text);

/** Trains to the end; the digest of the model. */
const digestOf = async (run: Run) => (await run.model()).info.digest;

async function eventsOf(run: Run): Promise<TrainEvent[]> {
  const events: TrainEvent[] = [];
  for await (const event of run) events.push(event);
  return events;
}

/** The error that a call throws or rejects with. */
async function failureOf(act: () => unknown): Promise<InstanceType<typeof LonghandError>> {
  try {
    await act();
  } catch (error) {
    if (error instanceof LonghandError) return error;
    throw error;
  }
  throw new Error("Nothing was thrown.");
}

async function* pieces(): AsyncGenerator<string | Uint8Array> {
  yield text.slice(0, 1000);
  yield new TextEncoder().encode(text.slice(1000, 1500));
  yield text.slice(1500);
}

describe("the text", () => {
  const sources: Record<string, () => TextSource> = {
    bytes: () => new TextEncoder().encode(text),
    "an ArrayBuffer": () => new TextEncoder().encode(text).buffer,
    "a Blob": () => new Blob([text]),
    "an async iterable of strings and bytes": pieces,
    "a list of two texts": () => [text.slice(0, 777), text.slice(777)],
    "a list with a file in it": () => [{ file }],
    "a file": () => ({ file }),
    "a list of files": () => ({ file: [file] }),
    "a file URL": () => pathToFileURL(file),
  };

  test("is a string, and every other form of the same text trains the same model", async () => {
    const wanted = await digestOf(train(text, small));
    for (const [what, source] of Object.entries(sources)) {
      expect(await digestOf(train(source(), small)), what).toBe(wanted);
    }
  });

  test("a surrogate pair may be split between two pieces of a stream", async () => {
    const smiling = text.replaceAll("mind", "🙂");
    async function* split() {
      for (let at = 0; at < smiling.length; at += 1001) yield smiling.slice(at, at + 1001);
    }
    expect(await digestOf(train(split(), small))).toBe(await digestOf(train(smiling, small)));
  });

  test("a string that names a file is refused, since a string is the text itself", async () => {
    const error = await failureOf(() => train(file, small));
    expect(error.message).toContain("A string is the text itself");
    expect(error.hint).toContain(`{ file: ${JSON.stringify(file)} }`);
  });

  test("what is no text is refused by its kind", async () => {
    for (const wrong of [undefined, null, 5, [7], [], {}] as unknown as TextSource[]) {
      expect((await failureOf(() => train(wrong, small).model())).message).toMatch(
        /^(A text is a string, |The list of)/,
      );
    }
  });

  test("a stream of more than 256 MiB is refused without a folder, before it is held", async () => {
    const piece = new TextEncoder().encode(text).slice(0, 2 ** 11);
    let read = 0;
    async function* endless() {
      const much = new Uint8Array(2 ** 25);
      for (let at = 0; at < much.length; at += piece.length) much.set(piece, at);
      for (; ; read += much.length) yield much;
    }
    const error = await failureOf(() => train(endless(), { ...small, unit: "byte" }).model());
    expect(error.message).toContain("a stream of more than 256 MiB");
    expect(read).toBeLessThanOrEqual(2 ** 28 + 2 ** 25);
  }, 120_000);
});

describe("a run", () => {
  test("prints nothing, samples nothing and writes nothing unasked; samples come when asked for", async () => {
    const spies = (["log", "warn", "error", "info"] as const).map((name) => vi.spyOn(console, name));
    const here = readdirSync(".");
    const quiet = await eventsOf(train(text, small));
    expect(quiet.some(({ kind }) => kind === "sample")).toBe(false);
    expect(quiet.filter(({ kind }) => kind === "window")).toHaveLength(small.steps);
    expect(quiet.at(-1)?.kind).toBe("end");
    for (const spy of spies) expect(spy).not.toHaveBeenCalled();
    expect(readdirSync(".")).toEqual(here);
    const asked = await eventsOf(train(text, { ...small, sampleEvery: 20, sampleLength: 30 }));
    expect(asked.filter(({ kind }) => kind === "sample").length).toBeGreaterThan(0);
    vi.restoreAllMocks();
  });

  test("model() trains to the end if nobody has, and is the same model when it is asked for again", async () => {
    const run = train(text, small);
    const model = await run.model();
    expect(await run.model()).toBe(model);
    expect(await eventsOf(run)).toEqual([]);
  });

  test("left early without a folder gives the latest model, which has learned", async () => {
    const run = train(text, { ...small, steps: 1000, validateEvery: 1000 });
    for await (const event of run) if (event.kind === "window" && event.window === 30) break;
    const { nats } = (await (await run.model()).evaluate(text.slice(0, 1000), { force: true, withoutBaseline: true }))
      .model;
    expect(nats).toBeLessThan(Math.log(25));
    expect(await eventsOf(run)).toEqual([]);
  });

  test("after a validation, the model is the one of the best validation", async () => {
    const run = train(text, { ...small, steps: 300, lr: 0.05, validateEvery: 20 });
    let best = Number.POSITIVE_INFINITY;
    for await (const event of run) if (event.kind === "validation") best = Math.min(best, event.nats);
    const valid = text.slice(Math.floor(text.length * 0.9));
    const { nats } = (await (await run.model()).evaluate(valid, { lanes: 4, withoutBaseline: true })).model;
    expect(nats).toBeCloseTo(best, 0);
  });

  test("left early with a folder is saved and closed, and resumes to the bits of a run that never stopped", async () => {
    const whole = await digestOf(train({ file }, { ...small, out: join(folder, "whole") }));
    const out = join(folder, "left");
    for await (const event of train({ file }, { ...small, out })) {
      if (event.kind === "window" && event.window === 13) break;
    }
    expect(readdirSync(out).filter((name) => /lock|tmp/.test(name))).toEqual([]);
    expect(await info(out)).toMatchObject({ ended: false, position: { window: 13 }, parameters: expect.any(Number) });
    const events = await eventsOf(resume(out));
    expect(events[0]).toMatchObject({ kind: "resumed", window: 13 });
    expect((await load(out)).info.digest).toBe(whole);
    expect(await info(out)).toMatchObject({ ended: true });
  });

  test("a loop that throws saves and closes too, and `await using` closes", async () => {
    const out = join(folder, "thrown");
    await expect(async () => {
      for await (const event of train(text, { ...small, out }))
        if (event.kind === "window") throw new RangeError("mine");
    }).rejects.toThrow("mine");
    expect((await info(out)).position.window).toBe(1);
    const again = join(folder, "using");
    {
      await using run = train(text, { ...small, out: again });
      await run[Symbol.asyncIterator]().next();
    }
    expect((await info(again)).ended).toBe(false);
    await resume(again).model();
    expect((await info(again)).ended).toBe(true);
  });

  test("an aborted signal ends it, saved; one that was aborted before rejects with its reason", async () => {
    const out = join(folder, "aborted");
    const control = new AbortController();
    const run = train(text, { ...small, steps: 10_000, out, signal: control.signal });
    const kinds: string[] = [];
    for await (const event of run) {
      kinds.push(event.kind);
      if (event.kind === "window" && event.window === 5) control.abort();
    }
    expect(kinds.slice(-2)).toEqual(["saved", "interrupted"]);
    expect((await info(out)).position.window).toBe(5);
    expect((await run.model()).info.hidden).toBe(small.hidden);
    await expect(train(text, { ...small, signal: AbortSignal.abort(new Error("no")) }).model()).rejects.toThrow("no");
  });

  test("a text that is no file is kept in the run's folder, so that the run resumes from the folder alone", async () => {
    const out = join(folder, "kept");
    const half = text.slice(0, 2000);
    for await (const event of train([half, pieces()], { ...small, out, valid: text })) {
      if (event.kind === "window" && event.window === 9) break;
    }
    const kept = [1, 2, 3].map((number) => readFileSync(join(out, `text-${number}.txt`), "utf8"));
    expect(kept).toEqual([half, text, text]);
    expect((await eventsOf(resume(out))).at(-1)?.kind).toBe("saved");
  });

  test("two runs go side by side in one process; a second one in the same folder is told that it is in use", async () => {
    const [a, b] = [small, { ...small, hidden: 10 }];
    const apart = [await digestOf(train(text, a)), await digestOf(train(text, b))];
    expect(await Promise.all([a, b].map((settings) => digestOf(train(text, settings))))).toEqual(apart);
    const out = join(folder, "two");
    const both = [train(text, { ...small, out }), train(text, { ...small, out })].map((run) => run.model());
    const outcomes = await Promise.allSettled(both);
    const [refused] = outcomes.flatMap((each) => (each.status === "rejected" ? [each.reason] : []));
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(refused.message).toMatch(new RegExp(`^Process ${process.pid} is writing in .*two|^There is a run in .*two`));
    expect(readdirSync(out).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  test("minutes are measured, and become a number of windows", async () => {
    const { steps: _, ...rest } = small;
    const windows = (await eventsOf(train(text, { ...rest, minutes: 0.01 }))).filter(({ kind }) => kind === "window");
    expect(windows.length).toBeGreaterThan(10);
  });

  test("numbers that break end it with an error of the code diverged", async () => {
    const decay = { optimizer: "sgd", lr: 1e9, weightDecay: 1 } as const; // each update multiplies the weights by about −1e9
    const options = { ...small, ...decay, clip: 0, tries: 0, schedule: "constant" } as const;
    expect((await failureOf(() => train(text, options).model())).code).toBe("diverged");
  });

  test("notices come as events of the kind warning, or to `notice`", async () => {
    const many = { ...small, batch: 4000 };
    expect((await eventsOf(train(text, many))).some(({ kind }) => kind === "warning")).toBe(true);
    const notices: string[] = [];
    const events = await eventsOf(train(text, { ...many, notice: (sentence) => notices.push(sentence) }));
    expect(events.some(({ kind }) => kind === "warning")).toBe(false);
    expect(notices.length).toBeGreaterThan(0);
  });
});

describe("an option", () => {
  const refusals: readonly (readonly [string, object, RegExp])[] = [
    ["a misspelt one", { hiden: 3 }, /^train has no option "hiden"\./],
    ["a value outside its range", { hidden: 0 }, /^hidden wants a whole number from 1/],
    ["a value of another type", { hidden: "banana" }, /^hidden wants a whole number .*got "banana"/],
    ["an unknown cell", { cell: "gruu" }, /^cell wants one of /],
    ["two lengths", { steps: 3, epochs: 2 }, /^epochs does nothing with `steps: 3`/],
    ["one that only a folder heeds", { saveEvery: 3 }, /^saveEvery does nothing without a folder/],
    ["force without a folder", { force: true }, /^force does nothing without a folder/],
    ["settings of a cell that is not there", { cellSettings: {} }, /^cellSettings does nothing/],
  ];
  test.each(refusals)("that cannot be heeded is refused by its name, at once: %s", async (_, options, message) => {
    const error = await failureOf(() => train(text, options as NodeTrainOptions));
    expect(error.message).toMatch(message);
    expect(error.code).toBe("usage");
  });

  test("a resume refuses what may not change, and a folder without a run", async () => {
    const out = join(folder, "fixed");
    await train(text, { ...small, out }).model();
    expect((await failureOf(() => resume(out, { hidden: 13 }).model())).message).toContain("`hidden: 12`");
    expect((await failureOf(() => resume(out, { hiden: 13 } as object))).message).toContain('no option "hiden"');
    expect((await failureOf(() => resume(join(folder, "none")).model())).message).toContain("There is no run in");
    expect(existsSync(join(folder, "none"))).toBe(false);
  });
});

test("advise measures what train takes", async () => {
  const { advised } = await advise(text, { hidden: 12, embedding: 8, minutes: 0.05 });
  expect(Object.keys(advised).length).toBeGreaterThan(0);
  const run = train(text, { ...small, ...advised });
  expect((await run.model()).info.hidden).toBe(12);
}, 120_000);
