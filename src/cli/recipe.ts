// A recipe: a named experiment as a JSON file. Its field `result` tells the loss, the machine and the time.

import { dirname, join } from "node:path";
import { usageError } from "../base/errors.js";
import { readWhole } from "../node/files/inputs.js";
import { type Ablation, readAblation } from "../training/settings/ablation.js";
import type { Settings } from "../training/settings/settings.js";
import { checkSettings, readSettings } from "../training/settings/values.js";

export interface Recipe {
  readonly result: string;
  /** Paths of the text. */
  readonly text: readonly string[];
  readonly out?: string;
  readonly settings: Settings;
}

/** Reads a recipe, and resolves its paths from the recipe's folder. */
export async function readRecipe(path: string): Promise<Recipe> {
  const value = await parsed(path);
  const { result, text, out, settings } = (typeof value === "object" && value !== null ? value : {}) as Record<
    string,
    unknown
  >;
  const texts = typeof text === "string" ? [text] : text;
  if (typeof result !== "string" || !isPaths(texts) || typeof settings !== "object" || settings === null) {
    throw usageError(
      `${path} is no recipe: a recipe has "result" (a sentence), "text" (one path or several) and "settings" (an object).`,
      "The files in recipes/ are examples.",
    );
  }
  const checked = readSettings(settings);
  checkSettings(checked);
  return {
    result,
    text: texts.map((each) => join(dirname(path), each)),
    ...(typeof out === "string" && { out }),
    settings: checked,
  };
}

function isPaths(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}

/** Reads an ablation's recipe, and resolves its paths from the recipe's folder. */
export async function readAblationRecipe(path: string): Promise<Ablation> {
  const recipe = readAblation(await parsed(path), path);
  const from = (paths: readonly string[]) => paths.map((each) => join(dirname(path), each));
  return { ...recipe, text: from(recipe.text), ...(recipe.valid && { valid: from(recipe.valid) }) };
}

async function parsed(path: string): Promise<unknown> {
  const text = new TextDecoder().decode(await readWhole(path, "Name a recipe: a JSON file like those in recipes/."));
  try {
    return JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message.split("\n", 1)[0] : "";
    throw usageError(`${path} is no recipe, because it is not JSON: ${why}.`, "The files in recipes/ are examples.");
  }
}
