// What a run's best model writes, with one seed: where its state lives on as the library writes; where no state
// outlives a window, from zero over the last characters alone, as it was trained.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { createSession, encodeText, loadModel, nodeEngine, write } from "../dist/advanced-node.js";
import { settingsOf } from "./record.mjs";

/** The lesson's own prompt. */
export const PROMPT = "for thos";
const how = { temperature: 0.8, seed: 1 };

/** So many characters after the prompt; undefined where the folder holds no model. */
export async function sampleOf(folder, length) {
  if (!existsSync(join(folder, "model.safetensors"))) return undefined;
  const stored = await loadModel(folder);
  const session = createSession(stored, nodeEngine("auto").engine);
  const prompt = encodeText(stored.field, stored.vocab, PROMPT, "error");
  const { state, bptt } = settingsOf(folder);
  if (state === "window") return writeByWindows(session, prompt, { length, window: bptt });
  session.feedIds(prompt);
  return write(session, { ...how, length });
}

function writeByWindows(session, prompt, { length, window }) {
  const zero = session.state;
  const ids = [...prompt];
  for (let written = 0; written < length; written++) {
    session.state = { ...zero, written };
    session.feedIds(Int32Array.from(ids.slice(-window)));
    ids.push(session.next(how).id);
  }
  return session.text.vocab.decode(ids.slice(prompt.length));
}

/** On one line; ⏎ is a newline. */
export const oneLine = (text) => text.replaceAll("\n", "⏎");
