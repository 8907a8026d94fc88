// The text of a run that is read again, without its token file: it is split where it was split before.

import { join } from "node:path";
import { expect, test } from "vitest";
import { openKeptText, readKeptText } from "../../src/node/files/kept-text.js";
import { nodeHash } from "../../src/node/system/hash.js";
import { Vocab } from "../../src/text/encoding/vocab.js";
import type { RunConfig } from "../../src/training/run/run-state.js";
import { watchText } from "../../src/training/run/text-record.js";
import { checkSettings } from "../../src/training/settings/values.js";
import { folder } from "../helpers/cli.js";

const bytes = new TextEncoder().encode("🙂".repeat(50)); // 200, and a character begins at each multiple of 4
const home = folder({ "t.txt": bytes });

test("a run of bytes has the training part of whole characters again", async () => {
  const watched = watchText([{ name: join(home, "t.txt"), bytes: [bytes] }], nodeHash);
  for (const { bytes: read } of watched.inputs) for await (const _ of read);
  const was: RunConfig = {
    format: 3,
    settings: checkSettings({ unit: "byte", validFraction: 0.111 }),
    text: await watched.record(176), // ⌊200 · 0.889⌋ = 177 is inside a character
    vocabulary: "",
    warmup: 0,
    engine: "any",
  };
  const kept = await readKeptText(join(home, "run"), was, was.settings);
  expect(kept.corpus.train.length).toBe(176);
  await kept.close();
  expect((await openKeptText(join(home, "run"), was, Vocab.bytes())).corpus.train.length).toBe(176);
});
