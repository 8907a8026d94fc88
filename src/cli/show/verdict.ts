// The last line of a training run: how it ended beside its n-gram, whether its loss was still falling or long past its
// best, and what to try.

import type { TrainEvent } from "../../training/loop/events.js";

type Of<Kind extends TrainEvent["kind"]> = Extract<TrainEvent, { kind: Kind }>;

/** What the verdict is drawn from. */
export interface Ended {
  readonly baseline: Of<"baseline"> | undefined;
  /** All validations of the run, in order. */
  readonly validations: readonly Of<"validation">[];
  readonly kept: "best" | "last";
  /** Tokens of the validation part. */
  readonly validTokens?: number | undefined;
  /** What set the run's length, and its lanes. */
  readonly settings: Readonly<Partial<Record<"epochs" | "steps" | "minutes" | "batch", number | undefined>>>;
}

/** A sentence, and the flags of the run to try next, if another run would tell more. */
export interface Verdict {
  readonly text: string;
  readonly flags: readonly string[];
}

/** Nats that a network may be above its n-gram, or a loss above its lowest, before it is worth a sentence. */
const CLEAR = 0.05;

/** A validation part of fewer tokens tells nothing of how a run went. */
const FEW = 100;

/** Undefined where the run ended well, or where nothing was validated. */
export function verdictOf({ baseline, validations, kept, settings, validTokens = FEW }: Ended): Verdict | undefined {
  const last = validations.at(-1);
  if (last === undefined) return undefined;
  const best = validations.reduce((least, each) => (each.nats < least.nats ? each : least));
  if (validTokens < FEW) {
    const text = `The validation part has ${validTokens} tokens, too few to judge the model by. Give a longer text, or --valid.`;
    return { text, flags: [] };
  }
  const ended = kept === "best" ? best : last;
  const above = baseline === undefined ? 0 : ended.nats - baseline.ngram.nats;
  const behind = baseline !== undefined && above > CLEAR;
  const rose = last.nats - best.nats;
  const past = rose > CLEAR && last.window > 1.3 * best.window;
  const earlier = validations.findLast(({ window }) => window <= 0.75 * last.window);
  const falling = !past && earlier !== undefined && earlier.nats - last.nats > CLEAR;
  if (!behind && !past && !falling) return undefined;
  const facts = [
    ...(behind ? [`the network is ${above.toFixed(2)} nats above the ${baseline.order}-gram`] : []),
    ...(past
      ? [
          `the validation loss was lowest at window ${best.window} and ${rose.toFixed(2)} nats higher at the end` +
            (kept === "last" ? ", whose weights are kept" : ""),
        ]
      : []),
    ...(falling ? ["the validation loss was still falling"] : []),
  ];
  const sentence = facts.join("; ");
  const text = `${sentence[0]!.toUpperCase()}${sentence.slice(1)}.`;
  return { text, flags: past ? shorter(best, last, settings) : longer(settings) };
}

/** A run that ends near its best, with some of the weights left out at each update. */
function shorter(best: Of<"validation">, last: Of<"validation">, settings: Ended["settings"]): string[] {
  const share = best.window / last.window;
  const dropout = ["--dropout", "0.3", "--layers", "2"];
  if (share > 0.5) return dropout;
  return lengthFlags(settings, Math.min(0.9, 1.3 * share));
}

/** Twice as long; in fewer lanes, which are more updates, if there are many. */
function longer(settings: Ended["settings"]): string[] {
  const batch = settings.batch ?? 1;
  const flags = lengthFlags(settings, 2);
  return batch >= 16 ? [...flags, "--batch", String(Math.floor(batch / 2))] : flags;
}

function lengthFlags({ epochs, steps, minutes }: Ended["settings"], factor: number): string[] {
  if (minutes !== undefined) return ["--minutes", String(Number((minutes * factor).toPrecision(2)))];
  if (steps !== undefined) return ["--steps", String(Math.max(1, Math.round(steps * factor)))];
  return ["--epochs", String(Math.max(1, Math.round((epochs ?? 10) * factor)))];
}
