// Settings of a run that begins from a model's weights: the shape of the model, and the rules by which it reads text.

import { shown, usageError } from "../../base/errors.js";
import type { StoredModel } from "../../model/file/model-file.js";
import { fieldSettings } from "../../text/encoding/field.js";
import type { OpenSettings } from "./settings.js";

/** Rules of a vocabulary, which the new text has one of its own. */
const ofVocabulary: ReadonlySet<string> = new Set(["minFreq", "maxSize"]);

/**
 * The given settings with those of the model: its shape and unit, and where nothing else is given its dropout and its
 * rules of reading. Throws a usage error for a given setting that contradicts the model.
 */
export function settingsFromModel({ spec, field }: StoredModel, given: OpenSettings): OpenSettings {
  const { cell, cellSettings, embedding, hidden, layers, tied, dropout } = spec;
  const shape: OpenSettings = { cell: cell.kind, ...cellSettings, embedding, hidden, layers, tied, unit: field.unit };
  for (const [name, value] of Object.entries(shape)) {
    if (given[name] === undefined || value === undefined || given[name] === value) continue;
    throw usageError(
      `${name} cannot be ${shown(given[name])}: the model to begin from has ${shown(value)}.`,
      "Leave it out, or train without `from`.",
      name,
    );
  }
  const known: Readonly<Record<string, unknown>> = { ...field };
  const rules = fieldSettings.filter(({ name }) => !ofVocabulary.has(name) && known[name] !== undefined);
  const reading = Object.fromEntries(rules.map(({ name }) => [name, known[name]])) as OpenSettings;
  const specials = field.specials.length === 0 ? {} : { specials: field.specials.join(",") };
  const filled = Object.entries(shape).filter(([, value]) => value !== undefined);
  return { dropout, ...reading, ...specials, ...given, ...Object.fromEntries(filled) };
}
