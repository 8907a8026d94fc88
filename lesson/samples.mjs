// A sample of a run's best model. A model trained with `resetState: "window"` reads the last bptt characters from a
// zero state for each new one, as in training; any other carries its state, as the library does.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { createSession, encodeText, loadModel, nodeEngine, write } from "../dist/advanced-node.js";
import { settingsOf } from "./record.mjs";

/** The lesson's own prompt. */
export const PROMPT = "for thos";
const how = { temperature: 0.8, seed: 1 };

/** The characters after the prompt; undefined if the folder has no model. */
export async function sampleOf(folder, length) {
  if (!existsSync(join(folder, "model.safetensors"))) return undefined;
  const stored = await loadModel(folder);
  const session = createSession(stored, nodeEngine("auto").engine);
  const prompt = encodeText(stored.field, stored.vocab, PROMPT, "error");
  const { resetState, bptt } = settingsOf(folder);
  if (resetState === "window") return writeByWindows(session, prompt, { length, window: bptt });
  session.feedIds(prompt);
  return write(session, { ...how, length });
}

function writeByWindows(session, prompt, { length, window }) {
  const zero = session.state;
  const ids = [...prompt];
  for (let written = 0; written < length; written++) {
    session.state = { ...zero, written };
    session.feedIds(Int32Array.from(ids.slice(-window)));
    ids.push(session.draw(how).id);
  }
  return session.text.vocab.decode(ids.slice(prompt.length));
}

/** The text on one line, with ⏎ for each newline. */
export const oneLine = (text) => text.replaceAll("\n", "⏎");
