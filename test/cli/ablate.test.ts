// longhand ablate as a user has it: a table of a base and its variants, stopped and gone on with, and what it refuses.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readAblation } from "../../src/training/settings/ablation.js";
import { settingRows } from "../../src/training/settings/table.js";
import { digest, fill, folder, longhand, someText, start } from "../helpers/cli.js";
import { messageOf } from "../text/helpers.js";

const recipe = {
  text: "t.txt",
  seconds: 0.2,
  seeds: [1, 2],
  base: { hidden: 8, embedding: 8, batch: 4, bptt: 9, threads: 1, validFraction: 0.3 },
  variants: { insert: { insertEvery: 50 }, shift: { shiftLanes: true } },
};
const files = (o: object = {}) => ({ "t.txt": someText(), "r.json": JSON.stringify({ ...recipe, ...o }) });
const scoreOf = (cwd: string, run: string) =>
  JSON.parse(readFileSync(join(cwd, "runs/r", run, "held-out.json"), "utf8"));

describe.concurrent("ablate", () => {
  test("trains each variant with each seed for as many windows, and prints what each is worth", {
    retry: 1,
  }, async () => {
    const cwd = folder(files());
    const { code, out, err } = await longhand(cwd, "ablate r.json");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(/^the last 30%|^t\.txt|the last 30% of t\.txt: [\d,]+ tokens, read once/m);
    for (const name of ["base", "insert", "shift"])
      expect(out).toMatch(new RegExp(`^ {2}${name} +[\\d,]+ +[\\d.]+ +\\d\\.\\d{4} +`, "m"));
    expect(out).toMatch(
      /^ {2}insert .*[−+]\d\.\d{4} +[−+]\d\.\d{4} +[−+]\d\.\d{4} {2}(better|worse|no clear difference)$/m,
    );
    expect(readdirSync(join(cwd, "runs/r")).sort()).toEqual([
      "ablation.json",
      "base-1",
      "base-2",
      "insert-1",
      "insert-2",
      "shift-1",
      "shift-2",
    ]);
    const { windows } = JSON.parse(readFileSync(join(cwd, "runs/r/ablation.json"), "utf8"));
    for (const seed of [1, 2]) expect(scoreOf(cwd, `insert-${seed}`).windows).toBe(windows.insert);

    // Again: everything is there, and the numbers are those.
    const again = await longhand(cwd, "ablate r.json --json");
    const found = JSON.parse(again.out);
    expect(found.variants.map((v: { variant: string }) => v.variant)).toEqual(["base", "insert", "shift"]);
    const mean = (run: string, of = scoreOf(cwd, run).blocks as { sum: number; size: number }[]) =>
      of.reduce((all, each) => all + each.sum, 0) / of.reduce((all, each) => all + each.size, 0);
    const difference = (mean("shift-1") + mean("shift-2") - mean("base-1") - mean("base-2")) / 2;
    expect(found.variants[2].against.difference).toBeCloseTo(difference, 10);
    expect(found.variants[2].nats).toBeCloseTo((mean("shift-1") + mean("shift-2")) / 2, 10);

    // What the run itself said of its end, in its own lanes, is near.
    const log = readFileSync(join(cwd, "runs/r/base-1/log.jsonl"), "utf8").trim().split("\n").map((line) => JSON.parse(line)); // biome-ignore format: one line
    const validations = log.filter((line) => line.kind === "validation");
    expect(validations).toHaveLength(1);
    expect(Math.abs(validations[0].nats - mean("base-1"))).toBeLessThan(0.1);
  });

  test("side by side the runs have the same weights and scores, whatever --jobs is", async () => {
    const cwd = folder(files({ seeds: [1] }));
    expect((await longhand(cwd, "ablate r.json --out one")).code).toBe(0);
    const planned = readFileSync(join(cwd, "one/ablation.json"), "utf8");
    fill(cwd, { "three/ablation.json": planned }); // as many windows
    const { code, out, err } = await longhand(cwd, "ablate r.json --out three --jobs 3");
    expect({ code, err: err.replace(/^This process may use .*\n/, "") }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(/^run 1 of 3: base, seed 1: \d\.\d{4} nats$/m);
    const outcomeOf = (out: string, run: string) => ({
      weights: digest(join(cwd, out, run, "model.safetensors")),
      ...JSON.parse(readFileSync(join(cwd, out, run, "held-out.json"), "utf8")),
      seconds: undefined,
    });
    for (const run of ["base-1", "insert-1", "shift-1"]) expect(outcomeOf("three", run)).toEqual(outcomeOf("one", run));
  });

  test("--jobs wants a whole number, and measures by itself too", async () => {
    const cwd = folder(files({ seconds: 0.05, seeds: [1] }));
    const refused = await longhand(cwd, "ablate r.json --jobs 0");
    expect(refused).toMatchObject({ code: 2, out: "" });
    expect(refused.err).toMatch(/--jobs wants a whole number from 1 to 256; got "?0/);
    const { code, out } = await longhand(cwd, "ablate r.json --jobs 2");
    expect(code).toBe(0);
    expect(out).toMatch(/^ {2}shift +[\d,]+ +[\d.]+ +\d\.\d{4}/m);
  });

  test("stopped with Ctrl-C it goes on with the same command; another recipe in its place is refused", async () => {
    const cwd = folder(files({ seconds: 3, seeds: [1] }));
    const first = start(cwd, ["ablate", "r.json", "--jobs", "2"]);
    await first.until("Measuring");
    const log = join(cwd, "runs/r/base-1/log.jsonl");
    while (!existsSync(log)) await new Promise((go) => setTimeout(go, 20));
    first.child.kill("SIGINT");
    const stopped = await first.ended;
    expect(stopped.code).toBe(130);
    expect(stopped.out).toContain("Stopped. Go on with: npx longhand ablate r.json --out runs/r");
    const begun = (run: string) => existsSync(join(cwd, "runs/r", run, "log.jsonl"));
    const both = begun("insert-1"); // beside it, unless it was slow to start
    const planned = readFileSync(join(cwd, "runs/r/ablation.json"), "utf8");
    const other = await longhand(folder({}), `ablate ${join(cwd, "r.json")} --out ${join(cwd, "runs/r")}`);
    expect(other).toMatchObject({ code: 2 });
    expect(other.err).toMatch(/holds an ablation with another text\.\n.*--out/);
    const { code, out } = await longhand(cwd, "ablate r.json");
    expect(code).toBe(0);
    expect(out).not.toContain("Measuring");
    expect(out).toContain("With one seed the intervals cover only the choice of text");
    expect(readFileSync(join(cwd, "runs/r/ablation.json"), "utf8")).toBe(planned);
    expect(scoreOf(cwd, "base-1").seconds).toBeNull(); // not all of it was counted
    expect(scoreOf(cwd, "insert-1").seconds === null).toBe(both);
  });

  test("a recipe that compares what cannot be compared is refused", async () => {
    const said = (o: object) => messageOf(() => readAblation({ ...recipe, ...o }, "r.json"));
    expect(await said({ seconds: undefined })).toMatch(/r\.json is no ablation: "seconds" wants a number above 0/);
    expect(await said({ seconds: 0 })).toMatch(/is no ablation/);
    expect(await said({ seeds: [1, 1] })).toMatch(/names a seed twice/);
    expect(await said({ base: { steps: 9 } })).toMatch(/base says steps, which is set for all runs alike/);
    expect(await said({ variants: { other: { unit: "byte" } } })).toMatch(/the variant other changes unit.*\n.*base/);
    expect(await said({ variants: { other: { threads: 2 } } })).toMatch(/the variant other changes threads/);
    expect(await said({ variants: { "../x": {} } })).toMatch(/a variant's name is a folder's/);
    expect(await said({ variants: { base: {} } })).toMatch(/base/);
    expect(await said({ variants: { other: { insertEvry: 5 } } })).toMatch(/Did you mean insertEvery\?/);
    expect(await said({})).toBe("nothing was thrown");
  });

  test("the recipes of augmentation are ablations", () => {
    const known = new Set(settingRows.map(({ name }) => name));
    const path = (name: string) => new URL(`../../recipes/${name}`, import.meta.url);
    const names = readdirSync(path("")).filter((name) => name.startsWith("augmentation-"));
    expect(names).toHaveLength(2);
    for (const name of names) {
      const value = JSON.parse(readFileSync(path(name), "utf8"));
      if (!Object.keys(value.base).every((each) => known.has(each))) continue; // documents, where they are not yet
      expect(readAblation(value, name).seeds).toEqual([1, 2, 3]);
    }
  });
});
