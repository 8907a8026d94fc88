// Defaults that follow the text: the number of lanes and of epochs of a run that sets neither. They depend on the
// number of training tokens alone, and are recorded with the run's settings.

import { findSchedule } from "./schedule.js";
import type { CheckedSettings } from "./settings.js";

/** Settings with a batch size. */
export type FittedSettings = CheckedSettings & { readonly batch: number };

/** One row of the rule: texts of at least so many training tokens. */
interface Fit {
  readonly tokens: number;
  readonly batch: number;
  readonly epochs: number;
}

/** A short text has few updates in an epoch, so it is read in fewer lanes and more often. */
export const fits: readonly Fit[] = [
  { tokens: 0, batch: 1, epochs: 200 },
  { tokens: 200, batch: 2, epochs: 100 },
  { tokens: 1000, batch: 4, epochs: 40 },
  { tokens: 5000, batch: 4, epochs: 20 },
  { tokens: 20_000, batch: 8, epochs: 20 },
  { tokens: 100_000, batch: 8, epochs: 10 },
  { tokens: 200_000, batch: 16, epochs: 10 },
  { tokens: 500_000, batch: 32, epochs: 10 },
  { tokens: 5_000_000, batch: 32, epochs: 4 },
  { tokens: 20_000_000, batch: 32, epochs: 2 },
  { tokens: 50_000_000, batch: 32, epochs: 1 },
];

/** The row for a text. */
export function fitOf(tokens: number): Fit {
  return fits.findLast((fit) => tokens >= fit.tokens) ?? fits[0]!;
}

/** The settings with lanes and epochs that fit a training text, where nothing else decides them. */
export function fitToText(k: CheckedSettings, tokens: number): FittedSettings {
  const fit = fitOf(tokens);
  const lengths = [k.epochs, k.steps, k.minutes, findSchedule(k.schedule).epochs?.(k)];
  const epochs = lengths.some((length) => length !== undefined) ? {} : { epochs: fit.epochs };
  return { ...k, batch: k.batch ?? fit.batch, ...epochs };
}
