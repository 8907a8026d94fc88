// A recipe of the lesson, for the scripts beside the climb: its text's path, all of its settings, and those of the text
// alone.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const TEXT = ["lower", "minFreq", "specials", "validFraction"];

export function recipe(name) {
  const from = new URL(`../recipes/lesson/${name}.json`, import.meta.url);
  const { text, settings } = JSON.parse(readFileSync(from, "utf8"));
  const ofText = Object.fromEntries(TEXT.flatMap((each) => (each in settings ? [[each, settings[each]]] : [])));
  return { path: fileURLToPath(new URL(text, from)), settings: { all: settings, text: ofText } };
}
