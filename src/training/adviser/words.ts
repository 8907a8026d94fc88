// What the adviser says: one reason for each of its choices, in plain words, from the evidence that the rule had.

import { binarySize } from "../../base/size.js";
import { quantile } from "../../base/statistics.js";
import { fitNoise } from "./noise.js";
import { ALIKE, type Candidate, type Evidence, enoughContext, LITTLE, lostIn, type Ranked, reachOf } from "./rule.js";

export interface Choice {
  readonly ranked: readonly Ranked[];
  readonly advised: Candidate & { readonly clip: number };
  /** Names that were not chosen. */
  readonly given: readonly string[];
  readonly unit: string;
}

export function reasonsOf(e: Evidence, c: Choice): Readonly<Record<"bptt" | "batch" | "clip", string>> {
  return { bptt: bpttReason(e, c), batch: batchReason(e, c), clip: clipReason(e, c) };
}

/**
 * "gradients past 23 characters are 1% of the whole …; context past 128 characters gains nothing, and the carried state
 * …"
 */
function bpttReason(e: Evidence, { advised, unit }: Choice): string {
  const reach = reachOf(e.fading, LITTLE);
  const longest = e.fading.lags.at(-1)!;
  const faded =
    reach === undefined
      ? `gradients have not faded after ${longest} ${unit}`
      : `gradients past ${reach} ${unit} are 1% of the whole`;
  const lost = `windows of ${advised.bptt} cut off ${percent(lostIn(e.fading, advised.bptt))} of all`;
  const enough = enoughContext(e.context);
  const last = e.context.rows.at(-1)!.tokens;
  const helps =
    enough === undefined
      ? `context helps past ${last} ${unit}, and the carried state gives it`
      : `context past ${enough} ${unit} gains nothing, and the carried state already gives it`;
  return `${faded}, ${lost}; ${helps}`;
}

/** By the rule's effort: what half and twice the lanes would cost at this bptt. */
function batchReason(e: Evidence, { ranked, advised, unit }: Choice): string {
  const { bptt, batch } = advised;
  const of = (lanes: number) => ranked.find((each) => each.bptt === bptt && each.batch === lanes);
  const mine = of(batch)!;
  const dearer = (lanes: number, why: string) => {
    const other = of(lanes);
    if (other === undefined) return undefined;
    const ratio = other.effort / mine.effort;
    return `${lanes} would take ${changed(ratio)}${ratio <= ALIKE ? "" : ` (${why})`}`;
  };
  const others = [dearer(batch / 2, "each costs more"), dearer(2 * batch, "fewer updates")];
  const noise = fitNoise(e.tried, e.noise).noise(e.budget.seconds / mine.seconds);
  const by = e.tried.length > 0 ? `by ${e.tried.length} short trainings` : "by the noise of gradients";
  const size =
    `${Math.round(mine.windows)} updates of ${bptt * batch} ${unit}, where ${by} ` +
    `${Number(noise.toPrecision(2))} would hold as much noise as gradient`;
  const said = others.filter((each) => each !== undefined);
  return said.length === 0 ? size : `${size}; to the same loss ${said.join(", ")}`;
}

function clipReason({ norms }: Evidence, { advised, given, unit }: Choice): string {
  const middle = quantile(norms.norms, 0.5).toPrecision(2);
  const seen =
    `gradients of ${norms.tokens} ${unit} had a norm of ${middle} in the middle ` +
    `and ${quantile(norms.norms, 1).toPrecision(2)} at most`;
  if (given.includes("clip")) return seen; // or clipped by value
  return `${seen}; of ${advised.bptt * advised.batch}, one in a hundred would pass this`;
}

/** 1.08 → "8% longer". */
function changed(ratio: number): string {
  return ratio <= ALIKE ? "about as long" : `${percent(ratio - 1)} longer`;
}

function percent(share: number): string {
  return share < 0.1 ? `${(100 * share).toFixed(1)}%` : `${Math.round(100 * share)}%`;
}

/** "5 minutes", "40 seconds", and bytes as people say them. */
export function budgetOf({ seconds, bytes }: { readonly seconds: number; readonly bytes: number | null }): string {
  const time =
    seconds < 120 ? `${Number(seconds.toPrecision(2))} seconds` : `${Number((seconds / 60).toPrecision(2))} minutes`;
  return bytes === null ? time : `${time} and ${binarySize(bytes)} of memory`;
}
