// A model in a few words.

import type { CheckedSettings } from "../../training/settings/settings.js";

/** `gru 2 × 256`: the cell, layers and hidden units. */
export function describeModel(settings: CheckedSettings): string {
  return `${settings.cell} ${settings.layers} × ${settings.hidden}`;
}
