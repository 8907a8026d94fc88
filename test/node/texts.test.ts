// The text of a run that is read again: cut where the run was cut, which in older versions could be inside a character.

import { join } from "node:path";
import { expect, test } from "vitest";
import { readKeptText, readTrainingText } from "../../src/node/files/texts.js";
import { nodeHash } from "../../src/node/system/hash.js";
import { Vocab } from "../../src/text/encoding/vocab.js";
import type { RunConfig } from "../../src/training/run/run-state.js";
import { watchText } from "../../src/training/run/text-record.js";
import { checkSettings } from "../../src/training/settings/values.js";
import { folder } from "../helpers/cli.js";

const bytes = new TextEncoder().encode("🙂".repeat(50)); // 200, and a character begins at each multiple of 4
const home = folder({ "t.txt": bytes });

async function config(trained: number | undefined, settings: object = {}): Promise<RunConfig> {
  const watched = watchText([{ name: join(home, "t.txt"), bytes: [bytes] }], nodeHash);
  for (const { bytes: read } of watched.inputs) for await (const _ of read);
  const { trained: _, ...text } = await watched.record();
  const checked = checkSettings({ unit: "byte", validFraction: 0.111, ...settings });
  return {
    format: 2,
    settings: checked,
    text: { ...text, ...(trained !== undefined && { trained }) },
    vocabulary: "",
    warmup: 0,
    engine: "any",
  };
}

test("a run of bytes goes on with the training part that it recorded, or had before that was recorded", async () => {
  for (const [trained, wanted] of [
    [178, 178],
    [undefined, 177], // ⌊200 · 0.889⌋
    [176, 176],
  ] as const) {
    const was = await config(trained);
    const kept = await readKeptText(join(home, "run"), was, was.settings);
    expect(kept.corpus.train.length).toBe(wanted);
    await kept.close();
    expect((await readTrainingText(join(home, "run"), was, Vocab.bytes())).train.length).toBe(wanted);
  }
});
