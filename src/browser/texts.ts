// Reads a text that a page has: pasted, chosen as a file, or answered by a server.

import { type Corpus, corpusAsRead } from "../text/encoding/corpus.js";
import { readAs } from "../text/reading/reading.js";
import type { TextInput } from "../text/reading/utf8.js";
import { refuseBesideText } from "../training/settings/scope.js";
import type { Settings } from "../training/settings/settings.js";
import { fieldOf, partsOf, readingRulesOf } from "../training/settings/training-settings.js";
import { checkSettings } from "../training/settings/values.js";
import { gunzip } from "./gunzip.js";
import { nameOf, piecesOf } from "./sources.js";

/**
 * A corpus of one text, read in pieces. `settings` are the text's: unit, lower, minFreq, validFraction … A string is
 * the text itself, not an address. Throws a usage error for a text that is empty or not UTF-8, an io error where it
 * does not come.
 */
export async function readText(text: string | Blob | File | Response, settings: Settings = {}): Promise<Corpus> {
  const checked = checkSettings(settings);
  refuseBesideText(settings, "readText");
  const options = { field: fieldOf(checked), ...partsOf(checked) };
  return corpusAsRead(readAs([toInput(text)], readingRulesOf(checked), { gunzip }), options);
}

function toInput(text: string | Blob | Response): TextInput {
  if (typeof text === "string") return { name: "The text", bytes: [new TextEncoder().encode(text)], decoded: true };
  const name = nameOf(text, "The text");
  return { name, bytes: piecesOf(text, name) };
}
