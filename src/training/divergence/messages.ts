// The messages of a run whose numbers broke: what broke and where, what the run changes, and what to try where it ends.

import type { TrainEvent } from "../loop/events.js";
import type { EffectiveHyperparameters } from "../loop/trainer-state.js";
import type { DivergenceError, Finding } from "../step/step.js";

/** What to try, in order. `measured` is the window that broke; absent where a validation did. */
export function divergenceAdvice(h: EffectiveHyperparameters, measured: DivergenceError["measured"]): string {
  const { clip, bptt } = h;
  const rate = h.rate * h.scale;
  const length = measured?.window.steps ?? bptt;
  const tries = [
    `\`lr: ${shorter(rate / 4)}\` ` +
      `(${measured ? `this update's rate was ${shorter(measured.rate)}` : `it is ${shorter(rate)}`})`,
    clip > 0 ? `\`clip: ${shorter(clip / 4)}\`` : "`clip: 1` (it is off)",
    length > 8
      ? `\`bptt: ${Math.ceil(bptt / 2)}\` (${measured ? `this window had ${length} steps` : `it is ${bptt}`})`
      : "",
  ];
  return `Try one of these, in this order: ${tries.filter((each) => each !== "").join("; ")}.`;
}

type Of<Kind extends TrainEvent["kind"]> = Extract<TrainEvent, { kind: Kind }>;

/** What broke, and where: a sentence without its full stop. */
function describeFinding({ what, how, value, usual, ...at }: Finding): string {
  const number = Number(value);
  const than = usual === undefined ? "" : ` (usual is ${shorter(usual)})`;
  const element = [at.row === undefined ? "" : `row ${at.row}`, at.column === undefined ? "" : `column ${at.column}`];
  const place = [
    at.tensor === undefined ? "" : at.tensor,
    ...element,
    at.layer === undefined ? "" : `layer ${at.layer}`,
    at.lane === undefined ? "" : `lane ${at.lane}`,
    at.step === undefined ? "" : `step ${at.step}`,
  ].filter((each) => each !== "");
  const where = place.length === 0 ? "" : `: ${how === "exploded" ? "most in" : "first in"} ${place.join(", ")}`;
  const text = at.text ? `, at ${JSON.stringify(at.text)}` : "";
  const said = {
    ids: `the text gave ${value}, which is no token`,
    state: `the carried state is not finite (${value})`,
    weights: `a weight is not finite (${value})`,
    moments: `the optimizer's memory is not finite (${value})`,
    loss:
      how === "exploded" ? `the loss exploded to ${shorter(number)} nats${than}` : `the loss is not finite (${value})`,
    gradient:
      how === "exploded"
        ? `the gradient exploded to ${shorter(number)}${than}`
        : `the gradient is not finite (${value})`,
    validation: `the loss on the validation part is not finite (${value})`,
  }[what];
  return `${said}${where}${text}`;
}

/** Two lines of a retry: what broke, and what the run changes. */
export function describeRetry(event: Of<"retry">): readonly [string, string] {
  const { from, to, setting } = event.change;
  const changes = {
    lr: `with the rate at a quarter (\`lr: ${shorter(to)}\`)`,
    bptt: `with windows of ${to} steps (\`bptt: ${to}\`)`,
    clip:
      from === 0
        ? `with gradients clipped (\`clip: ${shorter(to)}\`)`
        : `with gradients clipped harder (\`clip: ${shorter(to)}\`)`,
    none: "to read the text again",
  };
  return [
    `Window ${event.window}: ${describeFinding(event.finding)}.`,
    `Back to window ${event.back}, ${changes[setting]}; attempt ${event.attempt} of ${event.tries}.`,
  ];
}

/** The message of a run that ends because no attempt is left. */
export function describeDivergence(event: Of<"diverged">): string {
  const tried =
    event.tries === 0
      ? ""
      : ` After ${event.tries} ${event.tries === 1 ? "attempt" : "attempts"} from window ${event.back} the run ends.`;
  return `Window ${event.window}: ${describeFinding(event.finding)}.${tried} The last good model is kept.`;
}

/** Three significant digits: 0.00025, 1e-7. */
function shorter(x: number): string {
  return String(Number(x.toPrecision(3)));
}
