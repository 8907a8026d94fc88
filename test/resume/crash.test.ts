// Stops a run at every single operation on its disk, and cuts the power there; then another process goes on with what
// is left. The run must end as one that nothing happened to. The disk is in memory; what it can lose is told in its
// helper.

import { expect, test } from "vitest";
import { hasRun, refuseExisting } from "../../src/training/run/run.js";
import { dice } from "../helpers/damage.js";
import { f32 } from "../helpers/engines.js";
import { Crash, type MemoryFileSystem, memoryFileSystem, type Operation } from "../helpers/memory-filesystem.js";
import { thinned } from "../helpers/random.js";
import { begin, FOLDER, goOn, outcome, type TinyRun, tinyText } from "../helpers/run.js";

/** Few windows, each saved, and among them a validation with a new best, an epoch's end, a sample and a cycle's end. */
const settings = {
  hidden: 4,
  embedding: 4,
  batch: 2,
  bptt: 3,
  steps: 3,
  validateEvery: 2,
  sampleLength: 3,
  saveEvery: 0,
  schedule: "cos-anneal",
  cycle: 2,
};
const small = { engine: f32, text: tinyText(120) };
const options: TinyRun = { ...small, settings };
const LOOKING: ReadonlySet<Operation> = new Set(["stat", "list", "read", "size", "close"]);
const CYCLES = ["model.cycle-1.safetensors", "model.cycle-2.safetensors"];
const FILES = [
  "config.json",
  "log.jsonl",
  ...CYCLES,
  "model.safetensors",
  "state.safetensors",
  "state.safetensors.previous",
];

/** What a person would do: go on where a run is, else start it again with the same command. */
async function finish(disk: MemoryFileSystem): Promise<void> {
  if (await hasRun(disk, FOLDER)) await goOn(disk, small);
  else {
    await refuseExisting(disk, FOLDER);
    await begin(disk, options);
  }
}

/** Ended by force after lines were written to the log that the last state knows nothing of. */
async function endedByForce(): Promise<MemoryFileSystem> {
  const disk = memoryFileSystem();
  const force = new Error("ended by force");
  const each = ({ kind }: { kind: string }) => {
    if (kind === "validation") throw force;
  };
  await expect(begin(disk, { ...options, each })).rejects.toBe(force);
  return disk.reboot();
}

const lives = [
  ["a run", async () => memoryFileSystem(), (disk: MemoryFileSystem) => begin(disk, options), 100],
  [
    "a resume that cuts the log, saves and is stopped",
    endedByForce,
    (disk: MemoryFileSystem) => goOn(disk, { ...small, stopping: () => true }),
    50,
  ],
] as const;

test.each(lives)("%s, crashed at any operation, ends as if it never had been", async (_name, made, live, atLeast) => {
  const whole = memoryFileSystem();
  await begin(whole, options);
  const wanted = outcome(whole);
  expect(wanted.files).toEqual(FILES.map((name) => `${FOLDER}/${name}`));

  const counted = await made();
  await live(counted);
  const operations = counted.calls;
  expect(operations.length).toBeGreaterThan(atLeast);
  const draw = dice(7);
  for (const [n, { kind, path }] of thinned([...operations.entries()], 3)) {
    if (LOOKING.has(kind)) continue; // it leaves the disk as the operation before left it
    for (const when of kind === "write" ? (["during", "after"] as const) : (["after"] as const)) {
      const disk = await made();
      disk.crashAt(n, when);
      await live(disk).catch((error) => {
        if (!(error instanceof Crash)) throw error;
      });
      const data = draw.pick(["lost", "torn", "nul", "kept"] as const);
      const names = draw.below(2 ** 16);
      const left: [string, MemoryFileSystem][] = [
        ["with power", disk.reboot()],
        [`without power (${data}, ${names})`, disk.powerLoss(data, names)],
      ];
      for (const [how, survivor] of left) {
        await finish(survivor);
        expect(outcome(survivor), `${when} operation ${n} (${kind} ${path}), ${how}`).toEqual(wanted);
      }
    }
  }
});
