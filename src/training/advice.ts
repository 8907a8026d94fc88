// What a run says where something broke: what to try when its numbers stopped being finite, with the numbers at hand; and that it
// goes on without the n-gram.

import type { TrainEvent } from "./events.js";
import type { TrainerState } from "./trainer-state.js";

/** `step` is the length and the rate of the window that broke; absent where a validation did. */
export function divergenceAdvice(
  inForce: TrainerState["inForce"],
  step?: { readonly length: number; readonly rate: number },
): string {
  const { rate, clip, bptt } = inForce;
  const length = step?.length ?? bptt;
  const tries = [
    `--lr ${shorter(rate / 4)} (${step ? `this step's rate was ${shorter(step.rate)}` : `it is ${shorter(rate)}`})`,
    clip > 0 ? `--clip ${shorter(clip / 4)}` : "--clip 1 (it is off)",
    length > 8 ? `--bptt ${Math.ceil(bptt / 2)} (${step ? `this window had ${length} steps` : `it is ${bptt}`})` : "",
  ];
  return `Try one of these, in this order: ${tries.filter((each) => each !== "").join("; ")}.`;
}

/** Three significant digits: 0.00025, 1e-7. */
function shorter(x: number): string {
  return String(Number(x.toPrecision(3)));
}

/** The n-gram could not be counted: that ends no run. */
export function withoutBaseline(error: unknown): Extract<TrainEvent, { kind: "warning" }> {
  const why = (error instanceof Error ? error.message : String(error)).replace(/\.$/, "");
  return { kind: "warning", process: true, text: `There is no n-gram to beat: counting it failed (${why}).` };
}
