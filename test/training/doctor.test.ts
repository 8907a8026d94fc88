// Numbers are poisoned, once in each of 300 runs that are kept on a disk. Each is found within one window, called by
// its name and place, and none reaches a file.

import { describe, expect, test } from "vitest";
import { readSafetensors } from "../../src/checkpoint/safetensors.js";
import { nodeHash } from "../../src/node/system/hash.js";
import { type Corpus, readCorpus } from "../../src/text/encoding/corpus.js";
import type { Field } from "../../src/text/encoding/field.js";
import type { TrainEvent } from "../../src/training/loop/events.js";
import { runTraining } from "../../src/training/run/run.js";
import { type TextRecord, watchText } from "../../src/training/run/text-record.js";
import { fieldOf } from "../../src/training/settings/training-settings.js";
import { checkSettings } from "../../src/training/settings/values.js";
import { prepare } from "../../src/training/training-run.js";
import { fastest } from "../helpers/engines.js";
import { type MemoryFileSystem, memoryFileSystem } from "../helpers/memory-filesystem.js";
import { thinned } from "../helpers/random.js";
import { FOLDER, portsOf, tinyText } from "../helpers/run.js";
import {
  arm,
  type Injection,
  injections,
  kinds,
  misread,
  placeOf,
  small,
  tampered,
  VALIDATE,
  WINDOWS,
} from "./injections.js";

const text = tinyText(700);
const ALL = 300;

type Of<Kind extends TrainEvent["kind"]> = Extract<TrainEvent, { kind: Kind }>;
interface Ran {
  readonly events: readonly TrainEvent[];
  readonly expected: Record<string, unknown>;
  readonly disk: MemoryFileSystem;
  readonly poisoned: readonly string[];
  readonly weights: ArrayLike<number>;
}

/** A run with one injection; without one, a healthy run. */
async function run(o: Injection | undefined, always = false): Promise<Ran> {
  const settings = checkSettings({ ...small, ...o?.settings });
  const { read, record } = await readOnce(fieldOf(settings));
  const wrongId = o?.kind === "ids" || o?.kind === "target" ? placeOf(o, read) : undefined;
  const corpus = wrongId ? misread(read, { ...wrongId, always }) : read;
  const { engine, after } = tampered(fastest);
  const trainingRun = prepare(corpus, settings, { engine, cell: undefined });
  const { expected, each } = o ? arm(o, trainingRun, after) : { expected: {}, each: () => {} };
  const config = { format: 3, settings, text: record, vocabulary: "", warmup: 0, engine: "" } as const;
  const disk = memoryFileSystem();
  const events: TrainEvent[] = [];
  const poisoned: string[] = [];
  const kept = runTraining(portsOf(disk), { folder: FOLDER, config, trainingRun, resumed: false, saveEvery: 0 });
  try {
    for await (const event of kept) {
      events.push(event);
      each(event);
      if (event.kind === "saved" || event.kind === "validation") poisoned.push(...notFinite(disk));
    }
  } catch (error) {
    expect(error).toMatchObject({ code: "diverged" });
  }
  poisoned.push(...notFinite(disk));
  return {
    events,
    expected: { ...expected, ...wrongId?.expected },
    disk,
    poisoned,
    weights: trainingRun.stored().weights,
  };
}

/** A corpus is never changed: all runs of a field share one. */
function readOnce(field: Field): Promise<{ read: Corpus; record: TextRecord }> {
  const key = JSON.stringify(field);
  const known = corpora.get(key);
  if (known) return known;
  const reading = (async () => {
    const watched = watchText([{ name: "t", bytes: [new TextEncoder().encode(text)] }], nodeHash);
    const read = await readCorpus(watched.inputs, { field, validFraction: 0.1 });
    return { read, record: await watched.record() };
  })();
  corpora.set(key, reading);
  return reading;
}
const corpora = new Map<string, ReturnType<typeof readOnce>>();

/** Files with a number that is not finite. */
function notFinite(disk: MemoryFileSystem): string[] {
  return disk.paths().filter((path) => {
    if (!path.includes(".safetensors") || path.endsWith(".tmp")) return false;
    const { tensors } = readSafetensors(disk.peek(path)!, path);
    return [...tensors.values()].some(({ data }) => {
      for (const x of data) if (!Number.isFinite(Number(x))) return true;
      return false;
    });
  });
}

const found = (events: readonly TrainEvent[]) =>
  events.filter((event): event is Of<"retry"> | Of<"diverged"> => event.kind === "retry" || event.kind === "diverged");

const all = injections(ALL);

describe.each(kinds)("a number of %s that is poisoned", (kind) => {
  const its = all.filter((each) => each.kind === kind);
  test(`is found within one window, rightly named, and never saved (${thinned(its, 5).length} times)`, async () => {
    for (const o of thinned(its, 5)) {
      const said = JSON.stringify({ ...o, value: String(o.value) });
      const ran = await run(o);
      const first = found(ran.events)[0];
      expect(first, said).toBeDefined();
      // Struck after a window that is validated, it is found before that; else by the next window.
      const before = o.window - 1;
      const between = kind === "weights" || kind === "moments" || kind === "state";
      const validated = between && before > 0 && (before % VALIDATE === 0 || before === WINDOWS);
      expect(first!.finding, said).toMatchObject({ ...ran.expected, window: validated ? before : o.window });
      expect(first!.finding.how).toBe(kind === "ids" || kind === "target" ? "out of range" : "not finite");
      if (first!.finding.lane !== undefined && (first!.finding.step ?? 0) > 0)
        expect(first!.finding.text, said).toBeTruthy();
      expect(ran.poisoned, said).toEqual([]);
      expect([...(ran.weights as Float32Array)].every(Number.isFinite) || first!.kind === "diverged", said).toBe(true);
      // Before anything was kept there may be no way back; else the run goes on to its end.
      const last = ran.events.findLast((event) => !("process" in event))!;
      if (first!.kind === "retry") expect(last.kind, said).toBe("end");
      else expect([o.window, between], said).toEqual([1, true]);
    }
  });
});

describe("a run that goes back", () => {
  const misreading = (kind: "ids" | "target", window: number): Injection => {
    return { kind, settings: { cell: "lstm", epochs: undefined }, value: 1e6, window, seed: 5 };
  };

  test("is not begun by a healthy run", async () => {
    const { events } = await run({ ...misreading("ids", 1e6), window: 1e6 });
    expect(found(events)).toEqual([]);
  });

  test("comes to the bits of the run that nothing befell, where it changed nothing: the text was misread once", async () => {
    const healthy = await run({ ...misreading("ids", 1e6), window: 1e6 });
    for (const o of [misreading("ids", 1), misreading("target", 4), misreading("ids", 8)]) {
      const ran = await run(o);
      expect(found(ran.events)).toMatchObject([{ kind: "retry", change: { setting: "none" } }]);
      expect(ran.weights).toEqual(healthy.weights);
    }
  });

  test("does not go on trying where a text is wrong: read again, it ends", async () => {
    const { events, expected } = await run(misreading("ids", 6), true);
    expect(found(events).map(({ kind }) => kind)).toEqual(["retry", "diverged"]);
    for (const event of found(events)) expect(event).toMatchObject({ window: 6, back: 4, finding: expected });
  });
});
