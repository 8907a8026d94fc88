// Damages the saved states of a stopped run: the older generation carries on to the same end, and says so; with both
// damaged the run refuses and touches nothing.

import { expect, test } from "vitest";
import { RunFile } from "../../src/training/run/run.js";
import { type MemoryFileSystem, memoryFileSystem } from "../helpers/memory-filesystem.js";
import { begin, FOLDER, goOn, logLines, outcome, stopAt } from "../helpers/run.js";

const newest = `${FOLDER}/${RunFile.state}`;
const previous = `${newest}.previous`;
const settings = { saveEvery: 0, steps: 12, validateEvery: 5 };

const damages: readonly [string, (disk: MemoryFileSystem, path: string) => void][] = [
  ["a bit flipped among the numbers", (disk, path) => disk.put(path, flipped(disk.peek(path)!, -9))],
  ["a bit flipped in the header", (disk, path) => disk.put(path, flipped(disk.peek(path)!, 100))],
  ["its end cut off", (disk, path) => disk.put(path, disk.peek(path)!.subarray(0, -1))],
  ["nothing in it", (disk, path) => disk.put(path, new Uint8Array())],
  ["zeros in place of it", (disk, path) => disk.put(path, new Uint8Array(disk.peek(path)!.length))],
];

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const changed = bytes.slice();
  changed[at < 0 ? bytes.length + at : at]! ^= 1;
  return changed;
}

async function stopped(): Promise<MemoryFileSystem> {
  const disk = memoryFileSystem();
  await begin(disk, { settings, stopping: stopAt(9).stopping });
  return disk;
}

test.each(damages)(
  "with %s the newest state is skipped with a warning, and the end is the same",
  async (_n, damage) => {
    const whole = memoryFileSystem();
    await begin(whole, { settings });
    const disk = await stopped();
    const kept = disk.peek(previous)!;
    damage(disk, newest);

    const [first] = await goOn(disk);
    expect(first).toMatchObject({ kind: "warning", process: true, text: expect.stringContaining(newest) });
    expect(first).toMatchObject({ text: expect.stringContaining(`the one before, ${previous}`) });
    expect(logLines(disk.peek(`${FOLDER}/${RunFile.log}`)!)).toContainEqual(first);
    expect(outcome(disk)).toEqual(outcome(whole));
    // Nothing damaged was moved over the state that was whole.
    const again = await stopped();
    damage(again, newest);
    await goOn(again, { stopping: () => true, each: ({ kind }) => {
    if (kind === "resumed") expect(again.peek(previous)).toEqual(kept);
  } }); // biome-ignore format: short
    await goOn(again);
    expect(outcome(again)).toEqual(outcome(whole));
  },
);

test.each(damages)("with %s both states are refused by name, and nothing is touched", async (_name, damage) => {
  const disk = await stopped();
  damage(disk, newest);
  damage(disk, previous);
  const before = new Map(disk.paths().map((path) => [path, disk.peek(path)]));
  const refused = await goOn(disk).catch((error) => error);
  expect(refused).toMatchObject({
    code: "model-file",
    message: expect.stringMatching(/^Both versions of the file are damaged\./),
  });
  expect(refused.hint).toBe("Put back a copy of either file, or train anew with `force`.");
  expect(new Map(disk.paths().map((path) => [path, disk.peek(path)]))).toEqual(before);
});

test(
  "without the newest state, as after a save cut short between " + "two renames, the run goes on with a warning",
  async () => {
    const whole = memoryFileSystem();
    await begin(whole, { settings });
    const disk = await stopped();
    await disk.remove(newest);
    const [first] = await goOn(disk);
    expect(first).toMatchObject({
      kind: "warning",
      text: expect.stringContaining("is missing, as after a save cut short"),
    });
    expect(outcome(disk)).toEqual(outcome(whole));
  },
);
