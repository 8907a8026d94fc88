// Reasons of the adviser: one for each of its choices, from the rule's evidence.

import { binarySize } from "../../base/size.js";
import { quantile } from "../../base/statistics.js";
import { fitNoise } from "./noise.js";
import {
  type Candidate,
  EQUAL_EFFORT,
  type Evidence,
  enoughContext,
  gradientReach,
  lostGradient,
  NEGLIGIBLE,
  type Ranked,
} from "./rule.js";

export interface Choice {
  readonly ranked: readonly Ranked[];
  readonly advised: Candidate & { readonly clip: number };
  /** Settings that the adviser did not choose. */
  readonly given: readonly string[];
  readonly unit: string;
}

export function reasonsOf(e: Evidence, c: Choice): Readonly<Record<"bptt" | "batch" | "clip", string>> {
  return { bptt: bpttReason(e, c), batch: batchReason(e, c), clip: clipReason(e, c) };
}

function bpttReason(e: Evidence, { advised, unit }: Choice): string {
  const reach = gradientReach(e.gradientDecay, NEGLIGIBLE);
  const longest = e.gradientDecay.lags.at(-1)!;
  const reaches =
    reach === undefined
      ? `gradients reach further back than ${longest} ${unit}`
      : `99% of the gradient comes from the last ${reach} ${unit}`;
  const lost = `windows of ${advised.bptt} cut off ${percent(lostGradient(e.gradientDecay, advised.bptt))} of it`;
  const enough = enoughContext(e.context);
  const last = e.context.rows.at(-1)!.tokens;
  const helps =
    enough === undefined
      ? `more than ${last} ${unit} of context still help, and the carried state has them`
      : `more than ${enough} ${unit} of context gain nothing`;
  return `${reaches}, ${lost}; ${helps}`;
}

/** Compares half and twice the batch, at this bptt, by the time to the same loss. */
function batchReason(e: Evidence, { ranked, advised, unit }: Choice): string {
  const { bptt, batch } = advised;
  const of = (lanes: number) => ranked.find((each) => each.bptt === bptt && each.batch === lanes);
  const chosen = of(batch)!;
  const costOf = (lanes: number, why: string) => {
    const other = of(lanes);
    if (other === undefined) return undefined;
    const ratio = other.effort / chosen.effort;
    return `${lanes} would take ${changed(ratio)}${ratio <= EQUAL_EFFORT ? "" : ` (${why})`}`;
  };
  const others = [costOf(batch / 2, "an update costs more per token"), costOf(2 * batch, "fewer updates")];
  const noise = fitNoise(e.tried, e.noise).noise(e.budget.seconds / chosen.seconds);
  const source = e.tried.length > 0 ? `${e.tried.length} short trainings` : "gradient norms";
  const size =
    `${Math.round(chosen.windows).toLocaleString("en")} updates of ${bptt * batch} ${unit}; critical batch about ` +
    `${Number(noise.toPrecision(2)).toLocaleString("en")} ${unit} (from ${source})`;
  const known = others.filter((each) => each !== undefined);
  return known.length === 0 ? size : `${size}; to the same loss, ${known.join(", ")}`;
}

function clipReason({ norms }: Evidence, { advised, given, unit }: Choice): string {
  const middle = quantile(norms.norms, 0.5).toPrecision(2);
  const measured =
    `gradient norms over ${norms.tokens} ${unit}: median ${middle}, ` +
    `largest ${quantile(norms.norms, 1).toPrecision(2)}`;
  if (given.includes("clip")) return measured; // or clipped by value
  return `${measured}; one in a hundred updates of ${advised.bptt * advised.batch} ${unit} would exceed this`;
}

/** 1.08 → "8% longer". */
function changed(ratio: number): string {
  return ratio <= EQUAL_EFFORT ? "about as long" : `${percent(ratio - 1)} longer`;
}

function percent(share: number): string {
  return share < 0.1 ? `${(100 * share).toFixed(1)}%` : `${Math.round(100 * share)}%`;
}

/** "5 minutes", "40 seconds", with the memory limit if there is one. */
export function budgetOf({ seconds, bytes }: { readonly seconds: number; readonly bytes: number | null }): string {
  const time =
    seconds < 120 ? `${Number(seconds.toPrecision(2))} seconds` : `${Number((seconds / 60).toPrecision(2))} minutes`;
  return bytes === null ? time : `${time} and ${binarySize(bytes)} of memory`;
}
