// The stages of the lesson on a tiny text: what is finished stays, what was stopped goes on, and table and picture are
// read from logs. Uses dist/, as the lesson does.

import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { digest, folder, outcome, someText } from "../helpers/cli.js";
import { read, root } from "../house/tree.js";

interface Stage {
  readonly name: string;
  readonly what: string;
  readonly lesson: readonly { readonly epochs: number; readonly nats: number; readonly of?: string }[];
  readonly command?: string;
  readonly quick?: Readonly<Record<string, unknown>>;
}
interface How {
  readonly folder: string;
  readonly recipes: string;
  readonly seeds: readonly number[];
  readonly quick: boolean;
  readonly stopping: () => boolean;
  readonly log: (line: string) => void;
}
const module = async (name: string) => import(pathToFileURL(join(root, "lesson", name)).href);
const { trainStages, stagesNamed } = (await module("stages.mjs")) as {
  trainStages(stages: readonly Stage[], how: How): Promise<boolean>;
  stagesNamed(names: readonly string[]): Stage[];
};
const { readRecord, meanAfter } = await module("record.mjs");
const { table } = (await module("table.mjs")) as {
  table(stages: readonly Stage[], folder: string, how: { quick?: boolean }): Promise<string>;
};
const { picture, lookOf } = await module("picture.mjs");

const stages: Stage[] = [
  { name: "first", what: "one", lesson: [{ epochs: 1, nats: 9.876 }], quick: { rates: "1:1e-3" } },
  { name: "by hand", what: "none", lesson: [], command: "node none.ts" },
  { name: "second", what: "two", lesson: [], quick: { rates: "1:1e-3" } },
];

/** Recipes of the stages over a tiny text, and a folder for runs. */
function place() {
  const at = folder({ "my.txt": someText(20) });
  const small = { hidden: 8, embedding: 8, batch: 4, bptt: 16, sampleLength: 0, engine: "wasm-simd", logEvery: 1 };
  const settings = { ...small, schedule: "piecewise", rates: "2:1e-2" };
  const cells = { first: "rnn", second: "gru" };
  for (const [name, cell] of Object.entries(cells)) {
    const recipe = { result: "none, 1,234 s of processor time", text: "my.txt", settings: { ...settings, cell } };
    writeFileSync(join(at, `${name}.json`), JSON.stringify(recipe));
  }
  const lines: string[] = [];
  const log = (line: string) => void lines.push(line);
  const how = { folder: join(at, "runs"), recipes: at, seeds: [1], quick: false, stopping: () => false, log };
  return { at, how, lines };
}

test("a stopped stage goes on to the bits of one that never was, and a finished one is left alone", async () => {
  const whole = place();
  const cut = place();
  expect(await trainStages(stages, whole.how)).toBe(true);
  const [first, second] = ["first-1", "second-1"].map((name) => join(cut.how.folder, name)) as [string, string];
  let asked = 0;
  let inSecond = false;
  const how = {
    ...cut.how,
    log(line: string) {
      cut.lines.push(line);
      inSecond ||= line.startsWith("second");
    },
    stopping: () => inSecond && asked++ > 5,
  };
  expect(await trainStages(stages, how)).toBe(false);
  expect(readRecord(first)).toMatchObject({ begun: true, finished: true });
  expect(readRecord(second)).toMatchObject({ begun: true, finished: false });
  const files = ["log.jsonl", "state.safetensors", "model.safetensors", "config.json"];
  const before = files.map((file) => digest(join(first, file)));

  cut.lines.length = 0;
  expect(await trainStages(stages, cut.how)).toBe(true);
  expect(files.map((file) => digest(join(first, file)))).toEqual(before);
  expect(cut.lines.filter((line) => line.includes("finished before"))).toHaveLength(1);
  expect(cut.lines.filter((line) => line.includes("resuming after window"))).toHaveLength(1);
  for (const name of ["first-1", "second-1"]) {
    expect(outcome(join(cut.how.folder, name))).toEqual(outcome(join(whole.how.folder, name)));
  }
});

test(
  "each stage begins with a line of its name, what it is, and what its " +
    "recipe took; one that is no run names its command",
  async () => {
    const { how, lines } = place();
    await trainStages(stages, how);
    const heads = lines.filter((line) => !line.startsWith(" "));
    expect(heads).toEqual([
      "first: one (took 1,234 s of processor time here)",
      "by hand: none. Not a run: node none.ts",
      "second: two (took 1,234 s of processor time here)",
    ]);
  },
);

test("table and picture are made from logs alone, with the mean over seeds", async () => {
  const { at, how } = place();
  await trainStages(stages, { ...how, seeds: [1, 2] });
  const logs = join(at, "logs");
  for (const name of ["first-1", "first-2", "second-1"]) {
    mkdirSync(join(logs, name), { recursive: true });
    copyFileSync(join(how.folder, name, "log.jsonl"), join(logs, name, "log.jsonl"));
  }
  const last = (name: string): number => readRecord(join(logs, name)).validations.at(-1).nats;
  const mean = (last("first-1") + last("first-2")) / 2;
  const rows = (await table(stages, logs, {})).split("\n").filter((line) => line.startsWith("| "));
  expect(rows).toHaveLength(2 + stages.length);
  expect(rows[2]).toMatch(/^\| first \| \d[\d,]* \| 9\.876 \(1\) \|/);
  expect(rows[2]).toContain(`${mean.toFixed(4)} (2, 2 seeds)`);
  expect(rows[3]).toContain("`node none.ts`");
  expect(rows[4]).toContain(`| ${last("second-1").toFixed(4)} (2) |`);

  const svg: string = picture(stages, logs, {});
  expect(svg).toContain(`first ${mean.toFixed(3)}</text>`);
  expect(svg).toContain(`second ${last("second-1").toFixed(3)}</text>`);
  expect(svg).toMatch(/-gram, \d+ characters: \d\.\d{3}</);
  expect(svg).not.toMatch(/NaN|undefined/);
  expect(svg.match(/m0 -5\.5l/g)).toHaveLength(1); // the lesson's one figure
});

test("the table names stopped runs together, and takes the seconds of the finished ones", async () => {
  const { at, how } = place();
  await trainStages(stages, how);
  const whole = readFileSync(join(how.folder, "second-1", "log.jsonl"), "utf8");
  const cut = whole.slice(0, whole.indexOf("\n", whole.indexOf('"validation"')) + 1);
  const clock = (seconds: number) => `${JSON.stringify({ kind: "window", clock: { seconds } })}\n`;
  for (const [i, log] of [whole + clock(100), cut + clock(40), cut + clock(50)].entries()) {
    const folder = join(at, "logs", `second-${i + 1}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "log.jsonl"), log);
  }
  const row = (await table(stages, join(at, "logs"), {})).split("\n").find((line) => line.startsWith("| second |"))!;
  expect(row).toContain(", seeds 2, 3 stopped after 1 of 2 epochs | 100 |");
});

test(
  "quick runs are shorter, and their table and picture say so " + "and show no figure of the lesson as theirs",
  async () => {
    const { how } = place();
    await trainStages(stages, { ...how, quick: true });
    expect(readRecord(join(how.folder, "first-1")).validations).toHaveLength(1);
    expect(await table(stages, how.folder, { quick: true })).toMatch(/^\*\*Quick\*\*/);
    const svg: string = picture(stages, how.folder, { quick: true });
    expect(svg).toContain("--quick");
    expect(svg).not.toContain("m0 -5.5l");
  },
);

test("seconds are the sum of the processes' clocks, and a torn line is none", () => {
  const at = folder({
    "log.jsonl": [
      { kind: "window", clock: { seconds: 3 } },
      { kind: "saved", process: true, clock: { seconds: 4.5 } },
      { kind: "resumed", process: true },
      { kind: "saved", process: true, clock: { seconds: 0.1 } },
      { kind: "window", clock: { seconds: 2 } },
    ]
      .map((line) => `${JSON.stringify(line)}\n`)
      .join("")
      .concat('{"kind":"window","clo'),
  });
  expect(readRecord(at)).toMatchObject({ seconds: 6.5, finished: false, begun: false });
});

test("a seed that has not come so far does not count in the mean", () => {
  const runs = [[1.5], [1.25, 2]].map((all) => ({ validations: all.map((nats, i) => ({ epochs: i + 1, nats })) }));
  expect([1, 2, 3].map((epochs) => meanAfter(runs, epochs))).toEqual([
    { nats: 1.375, seeds: 2 },
    { nats: 2, seeds: 1 },
    undefined,
  ]);
});

test("every stage has a recipe that runs at least as long as the lesson's figures go, or a command", () => {
  const all = stagesNamed([]);
  for (const { name, lesson, command, quick } of all) {
    if (command !== undefined) {
      expect(quick, name).toBeUndefined();
      continue;
    }
    const { settings } = JSON.parse(read(`recipes/lesson/${name}.json`));
    const epochs = String(settings.rates)
      .split(",")
      .reduce((sum, part) => sum + Number(part.split(":")[0]), 0);
    for (const figure of lesson) expect(figure.epochs, name).toBeLessThanOrEqual(epochs);
    expect(Object.keys(quick ?? {}), name).not.toEqual([]);
  }
  expect(() => stagesNamed(["gur"])).toThrow("--only wants one of three-characters,");
});

test("no two stages have the same colour and the same dash", () => {
  const looks = stagesNamed([]).map((_, i) => JSON.stringify(lookOf(i)));
  expect(new Set(looks).size).toBe(looks.length);
});
