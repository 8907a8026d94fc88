// What resumes: every value of every setting, and every pair of values of two settings that may stand together. Rows
// are made by a greedy covering (Cohen et al. 1997, AETG, with backtracking where values exclude each other); each row
// is run straight, and again stopped somewhere and gone on with.

import { describe, expect, test } from "vitest";
import type { SettingValue, SettingValues } from "../../src/base/setting.js";
import type { Engine } from "../../src/compute/arena.js";
import { chooseEngine, type EngineName, engineNames } from "../../src/compute/engines.js";
import { loadAddon } from "../../src/node/engine/native.js";
import { settingRows } from "../../src/training/settings/table.js";
import { dice } from "../helpers/damage.js";
import { memoryFileSystem } from "../helpers/memory-filesystem.js";
import { thinned } from "../helpers/random.js";
import { begin, goOn, outcome, stopAt, tinyText } from "../helpers/run.js";

type Value = SettingValue | undefined;

const engineNamed = (name: EngineName): Engine => chooseEngine(name, "f32", loadAddon()).engine;
/** The engines that this machine has. */
const engines = engineNames.filter((name) => {
  try {
    return engineNamed(name);
  } catch {
    return false;
  }
});

/** The first value of each is one that goes with the first of all others. Those that exclude others stand first. */
const values: Readonly<Record<string, readonly Value[]>> = {
  unit: ["char", "byte", "word", "space"],
  cell: ["gru", "rnn", "lstm", "qrnn", "char-loop", "char-concat"],
  optimizer: ["adam", "sgd", "rmsprop", "adamw"],
  schedule: ["constant", "piecewise", "linear", "cosine", "one-cycle", "cos-anneal"],
  rates: [undefined, "1:0.01,1:0.005", "1:0.01,1:0.005:cos-anneal"],
  layers: [1, 2],
  dropout: [0, 0.3],
  tied: [false, true],
  hidden: [8, 6],
  embedding: [8, 5],
  steps: [undefined, 14],
  minutes: [undefined, 5],
  lower: [false, true],
  newline: ["keep", "strip", "eos"],
  minFreq: [1, 2],
  maxSize: [undefined, 20],
  specials: [undefined, "<unk>,<pad>"],
  documents: ["none", "line", "blank-line", "file"],
  lineEnds: ["lf", "keep"],
  normalize: ["nfc", "none"],
  encoding: ["auto", "utf-8"],
  column: [undefined, "text"],
  include: [undefined, "*.txt"],
  exclude: [undefined, "*.log"],
  nonlinearity: ["tanh", "relu"],
  identityInit: [false, true],
  forgetBias: [undefined, 1],
  qrnnWindow: [1, 2],
  momentum: [0, 0.9],
  alpha: [0.99, 0.9],
  beta1: [0.9, 0.5],
  beta2: [0.999, 0.9],
  eps: [1e-8, 1e-6],
  weightDecay: [0, 0.01],
  finalRate: [0, 0.1],
  pctStart: [0.3, 0.5],
  divFactor: [25, 5],
  finalDivFactor: [1e4, 100],
  cycle: [undefined, 3],
  cycleMult: [1, 2],
  validFraction: [0.1, 0],
  validSplit: [undefined, "end", "blocks", "shuffle"],
  vocabFrom: ["train", "all"],
  batch: [4, 3],
  bptt: [7, 12],
  windowRule: ["fixed", "awd", "lesson"],
  lrRescale: [undefined, true, false],
  resetState: ["epoch", "never", "lesson", "window"],
  sections: [false, true],
  stride: [undefined, 3],
  predict: ["all", "last"],
  remainder: ["trim", "pad"],
  lessonValidation: [false, true],
  insertEvery: [undefined, 50],
  insertLength: [undefined, 5],
  shiftLanes: [false, true],
  shuffleDocuments: [false, true],
  validState: [undefined, "zero", "copy"],
  laneChange: ["zero", "keep"],
  lr: [0.01, 0.003],
  warmup: [0, 0.4],
  clip: [1, 0],
  clipBy: ["norm", "value"],
  epochs: [undefined, 2],
  tries: [6, 0],
  keepEvery: [100, 3],
  explosion: [10, 0],
  seed: [1, 2 ** 53 - 1],
  validateEvery: [0, 5],
  sampleEvery: [0, 4],
  sampleLength: [9, 0],
  logEvery: [1, 3],
  saveEvery: [1e6, 0],
  engine: engines,
  threads: [undefined, 2], // these runs have no threads to start (test/cli/threads.test.ts has)
};

type Pair = readonly [setting: string, value: Value, other: string, otherValue: Value];

/**
 * Turned from their defaults they do nothing with these: refused. (With piecewise they are used where its list names
 * their owner.)
 */
const idle: Readonly<Record<string, readonly [owner: string, ...values: Value[]]>> = {
  nonlinearity: ["cell", "gru", "lstm", "qrnn", "char-loop", "char-concat"],
  identityInit: ["cell", "gru", "lstm", "qrnn", "char-loop", "char-concat"],
  forgetBias: ["cell", "gru", "rnn", "qrnn", "char-loop", "char-concat"],
  qrnnWindow: ["cell", "gru", "rnn", "lstm", "char-loop", "char-concat"],
  momentum: ["optimizer", "adam", "rmsprop", "adamw"],
  alpha: ["optimizer", "adam", "sgd", "adamw"],
  beta1: ["optimizer", "sgd", "rmsprop"],
  beta2: ["optimizer", "sgd", "rmsprop"],
  eps: ["optimizer", "sgd"],
  rates: ["schedule", "constant", "linear", "cosine", "one-cycle", "cos-anneal"],
  finalRate: ["schedule", "constant", "piecewise", "one-cycle", "cos-anneal"],
  pctStart: ["schedule", "constant", "piecewise", "linear", "cosine", "cos-anneal"],
  divFactor: ["schedule", "constant", "piecewise", "linear", "cosine", "cos-anneal"],
  finalDivFactor: ["schedule", "constant", "piecewise", "linear", "cosine", "cos-anneal"],
  cycle: ["schedule", "constant", "piecewise", "linear", "cosine", "one-cycle"],
  cycleMult: ["schedule", "constant", "piecewise", "linear", "cosine", "one-cycle"],
  lower: ["unit", "byte"],
  newline: ["unit", "byte"],
  minFreq: ["unit", "byte"],
  maxSize: ["unit", "byte"],
  specials: ["unit", "byte"],
};

/** Pairs that a run refuses. */
const refused: readonly Pair[] = [
  ...Object.entries(idle).flatMap(([setting, [owner, ...kinds]]) =>
    values[setting]!.slice(1).flatMap((value) => kinds.map((kind): Pair => [setting, value, owner, kind])),
  ),
  ["rates", undefined, "schedule", "piecewise"],
  ["dropout", 0.3, "layers", 1],
  ["tied", true, "hidden", 6],
  ["tied", true, "embedding", 5],
  ...["awd", "lesson"].flatMap((rule): Pair[] => [
    ["sections", true, "windowRule", rule],
    ["windowRule", rule, "stride", 3],
  ]),
  ["sections", false, "stride", 3],
  ["sections", true, "remainder", "pad"],
  ["stride", 3, "remainder", "pad"],
  ["remainder", "pad", "specials", undefined],
  ["remainder", "pad", "unit", "byte"],
  ["lessonValidation", true, "resetState", "window"],
  ["lessonValidation", true, "sections", true],
  ["lessonValidation", true, "stride", 3],
  ...["epoch", "never", "lesson"].flatMap((state): Pair[] => [
    ["sections", true, "resetState", state],
    ["stride", 3, "resetState", state],
  ]),
  ["insertEvery", undefined, "insertLength", 5],
  ["shuffleDocuments", true, "documents", "none"],
  ...["strip", "eos"].map((newline): Pair => ["documents", "line", "newline", newline]),
  ["validSplit", "shuffle", "documents", "none"],
  ...["line", "blank-line", "file"].map((rule): Pair => ["validSplit", "blocks", "documents", rule]),
  ["validSplit", "blocks", "shuffleDocuments", true],
  ["validSplit", "blocks", "column", "text"],
  ["epochs", 2, "steps", 14],
  ["epochs", 2, "minutes", 5],
];
/** --minutes is counted out into --steps before a run begins (test/resume/refusals.test.ts). */
const leftOut: readonly Pair[] = [["minutes", 5, "steps", undefined]];

const key = (a: string, x: Value, b: string, y: Value) => (a < b ? `${a}=${x} ${b}=${y}` : `${b}=${y} ${a}=${x}`);
const excluded = new Set([...refused, ...leftOut].map((pair) => key(...pair)));

type Row = Map<string, Value>;
const names = Object.keys(values);

/** Completes a row, at each setting trying first the value that covers most new pairs. Undefined where nothing fits. */
function complete(row: Row, uncovered: ReadonlySet<string>): Row | undefined {
  const name = names.find((each) => !row.has(each));
  if (name === undefined) return row;
  const chosen = [...row];
  const gain = (value: Value) => chosen.filter(([other, y]) => uncovered.has(key(name, value, other, y))).length;
  const fitting = values[name]!.filter((value) =>
    chosen.every(([other, y]) => !excluded.has(key(name, value, other, y))),
  );
  for (const value of fitting.sort((x, y) => gain(y) - gain(x))) {
    const whole = complete(new Map(row).set(name, value), uncovered);
    if (whole !== undefined) return whole;
  }
  return undefined;
}

const all: Pair[] = names.flatMap((a, i) =>
  names.slice(i + 1).flatMap((b) => values[a]!.flatMap((x) => values[b]!.map((y): Pair => [a, x, b, y]))),
);

/** Rows in which every pair of values that can stand together does; and those pairs that cannot. */
function cover(): { rows: Row[]; impossible: Pair[] } {
  const uncovered = new Set(all.map((pair) => key(...pair)));
  const rows: Row[] = [];
  const impossible: Pair[] = [];
  for (const pair of all) {
    if (!uncovered.has(key(...pair))) continue;
    const [a, x, b, y] = pair;
    // biome-ignore format: one line
    const row = excluded.has(key(...pair)) ? undefined : complete(new Map([[a, x], [b, y]]), uncovered);
    if (row === undefined) {
      uncovered.delete(key(...pair));
      impossible.push(pair);
      continue;
    }
    rows.push(row);
    const entries = [...row];
    for (const [i, [a, x]] of entries.entries()) {
      for (const [b, y] of entries.slice(i + 1)) uncovered.delete(key(a, x, b, y));
    }
  }
  return { rows, impossible };
}

const settingsOf = (row: Row): SettingValues => Object.fromEntries([...row].filter(([, value]) => value !== undefined));
const { rows, impossible } = cover();

describe("the table of values", () => {
  test("has every setting there is, and no other", () => {
    expect(names.sort()).toEqual(settingRows.map(({ name }) => name).sort());
  });

  test(
    "has every choice, both of every flag, and of every other " + "setting what it is by default and something else",
    () => {
      const free = new Set([
        "hidden",
        "embedding",
        "batch",
        "bptt",
        "lr",
        "schedule",
        "sampleLength",
        "logEvery",
        "saveEvery",
      ]);
      for (const setting of settingRows) {
        const its = values[setting.name]!;
        const all = setting.name === "engine" ? engines : setting.type === "choice" ? setting.choices : [];
        expect(its, setting.name).toEqual(expect.arrayContaining([...all]));
        if (setting.type === "flag") expect(its, setting.name).toEqual(expect.arrayContaining([true, false]));
        if (!free.has(setting.name)) expect(its, setting.name).toContain(setting.default);
        expect(new Set(its).size, setting.name).toBeGreaterThan(1);
      }
    },
  );

  test("has every pair of values in some row, but those that cannot stand together", () => {
    const together = ([a, x, b, y]: Pair) => rows.some((row) => row.get(a) === x && row.get(b) === y);
    expect(all.filter((pair) => !together(pair))).toEqual(impossible);
    expect(impossible.length).toBeLessThan(all.length / 20);
  });

  test("leaves out only what a run refuses", async () => {
    for (const [a, x, b, y] of refused) {
      const alone = settingsOf(new Map([[a, x], [b, y]])); // biome-ignore format: one line
      const started = begin(memoryFileSystem(), { settings: alone, stopping: () => true });
      await expect(started, `${a} ${x} with ${b} ${y}`).rejects.toMatchObject({
        code: "usage",
      });
    }
    // The others follow from those: a value that belongs to one kind, beside a value that belongs to another.
    const kinds = new Set(["unit", "cell", "optimizer", "schedule", "layers", "hidden", "embedding", "steps"]);
    for (const [a, x, b, y] of impossible) {
      if (excluded.has(key(a, x, b, y))) continue;
      const owners = [a, b].map((name) => idle[name]?.[0] ?? (kinds.has(name) ? name : undefined));
      expect(owners[0], key(a, x, b, y)).toBeDefined();
      expect(owners[0], key(a, x, b, y)).toBe(owners[1]);
    }
  });
});

test.each(
  thinned(
    rows.map((row, i) => [i, row] as const),
    4,
  ),
)("row %i resumes to the same bits", async (i, row) => {
  const chosen = settingsOf(row);
  const engine = engineNamed(chosen.engine as EngineName);
  // By words the text is shorter than it looks.
  const options = {
    settings: { epochs: undefined, ...chosen },
    text: tinyText(chosen.unit === "word" || chosen.unit === "space" ? 1200 : 400),
    engine,
  };
  const whole = memoryFileSystem();
  const counter = stopAt(Number.POSITIVE_INFINITY);
  await begin(whole, { ...options, stopping: counter.stopping });
  const disk = memoryFileSystem();
  const k = dice(i).below(counter.asked());
  await begin(disk, { ...options, stopping: stopAt(k).stopping });
  await goOn(disk, { text: options.text, engine });
  expect(outcome(disk), `stopped at question ${k} of ${counter.asked()}`).toEqual(outcome(whole));
});
