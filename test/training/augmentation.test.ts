// The settings of augmentation: off they change nothing, on they do what they say, to the training stream alone; and
// what is refused.

import { describe, expect, test } from "vitest";
import type { SettingValues } from "../../src/base/setting.js";
import { readCorpus } from "../../src/text/encoding/corpus.js";
import { type LaneReader, trainingLanes, type Window } from "../../src/text/windows/lanes.js";
import { shiftOf } from "../../src/text/windows/shift.js";
import { lanePositions, trainingReader, validationReader } from "../../src/training/settings/reading.js";
import { fieldOf } from "../../src/training/settings/training-settings.js";
import { checkSettings } from "../../src/training/settings/values.js";
import { memoryFileSystem } from "../helpers/memory-filesystem.js";
import { begin, goOn, outcome, stopAt, tinyText } from "../helpers/run.js";
import { idsOf, input, messageOf } from "../text/helpers.js";

const text = tinyText(900);
async function open(values: SettingValues) {
  const k = checkSettings({ bptt: 11, ...values });
  const corpus = await readCorpus([input(text)], { field: fieldOf(k) });
  return { k, corpus, reader: trainingReader(corpus.train, k, 3, corpus.vocab) };
}
async function windows(reader: LaneReader, epoch: number): Promise<Window[]> {
  const all: Window[] = [];
  for (let at = 0; at < reader.positions; at += 11)
    all.push(await reader.window(at, Math.min(11, reader.positions - at), epoch));
  return all;
}
const on: Readonly<Record<string, SettingValues>> = {
  insert: { insertEvery: 40 },
  shift: { shiftLanes: true },
};
/** Documents are other tokens, so this one is looked at by itself. */
const all: typeof on = { ...on, shuffle: { shuffleDocuments: true, documents: "line", insertEvery: 40 } };

describe("augmentation", () => {
  test("off, windows are the lanes' own, in every epoch", async () => {
    const { corpus, reader } = await open({});
    const plain = trainingLanes(corpus.train, 3);
    for (const epoch of [0, 1]) expect(await windows(reader, epoch)).toEqual(await windows(plain, epoch));
  });

  test.each(Object.entries(on))(
    "%s: another stream in every epoch and with every seed, the same one again; validation is as it was",
    async (_, values) => {
      const [a, b, other] = await Promise.all([open(values), open(values), open({ ...values, seed: 2 })]);
      const first = await windows(a.reader, 0);
      expect(await windows(b.reader, 0)).toEqual(first);
      for (const another of [
        await windows(a.reader, 1),
        await windows(other.reader, 0),
        await windows((await open({})).reader, 0),
      ])
        expect(another).not.toEqual(first);
      const options = { lanes: 3, steps: 11 };
      const plain = await open({});
      const valid = (o: typeof a) =>
        windows(validationReader(o.corpus.valid!, o.k, options, o.corpus.vocab.newlineId).lanes, 0);
      expect(await valid(a)).toEqual(await valid(plain));
      expect(a.reader.positions).toBe(lanePositions(a.corpus.train.length, a.k, 3));
    },
  );

  test("insertions are of bptt tokens where no length is said, and the lanes are longer by them", async () => {
    const { corpus, reader, k } = await open({ insertEvery: 40 });
    const N = corpus.train.length;
    expect(reader.positions).toBe(Math.floor((N + 11 * Math.floor(N / 40)) / 3) - 1);
    expect(k.insertLength).toBeUndefined();
  });

  test("shifted, a lane begins where the shift says", async () => {
    const { corpus, reader } = await open({ shiftLanes: true });
    const ids = idsOf(corpus.train);
    const w = (await windows(reader, 4))[0]!;
    expect(w.inputs[0]).toBe(ids[shiftOf(1, 4, ids.length)]);
  });

  test.each(Object.entries(all))(
    "%s: a run that was stopped and went on ends with the bits of one that was not",
    async (_, values) => {
      const settings = { ...values, bptt: 9, windowRule: "awd", resetState: "never" };
      const whole = memoryFileSystem();
      await begin(whole, { settings });
      const disk = memoryFileSystem();
      await begin(disk, { settings, stopping: stopAt(17).stopping });
      await goOn(disk, {});
      expect(outcome(disk)).toEqual(outcome(whole));
    },
  );

  test("what makes no sense is refused, with the next move", async () => {
    const said = (values: SettingValues) => messageOf(() => open(values));
    expect(await said({ insertLength: 5 })).toMatch(
      /^LonghandError: insertLength does nothing.*\n.*`insertEvery: 1024`/,
    );
    expect(await said({ shuffleDocuments: true })).toMatch(/wants documents, and this text has none\.\n.*`documents`/);
    expect(await said({ insertEvery: 9, insertLength: 5000 })).toMatch(/insertLength wants at most .* got 5000/);
  });
});
