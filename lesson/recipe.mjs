// Reads a recipe of the lesson: the path of its text, all of its settings, those of the text, and the rest.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const TEXT = ["lower", "minFreq", "specials", "validFraction"];

export function recipe(name) {
  const from = new URL(`../recipes/lesson/${name}.json`, import.meta.url);
  const { text, settings } = JSON.parse(readFileSync(from, "utf8"));
  const pick = (wanted) => Object.fromEntries(Object.entries(settings).filter(([setting]) => wanted(setting)));
  const ofText = pick((setting) => TEXT.includes(setting));
  const training = pick((setting) => !TEXT.includes(setting));
  return { path: fileURLToPath(new URL(text, from)), settings: { all: settings, text: ofText, training } };
}
