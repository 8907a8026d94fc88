// From what a step says is wrong to a finding with a name and a place. Causes before effects: what a window began with, then what
// it computed, in the order in which it was computed.

import type { LanguageModel } from "../../model/language-model.js";
import type { State } from "../../model/layout/state.js";
import type { Window } from "../../text/windows/lanes.js";
import {
  badBackward,
  badForward,
  badId,
  badState,
  badWeights,
  type Decode,
  type Finding,
  type Found,
  worstGradient,
  worstLoss,
} from "../divergence/finding.js";
import type { Explosion } from "../divergence/loss-history.js";
import type { StepResult } from "../step/step.js";

/** What is wrong with a window and its incoming state before anything is computed. `number` is the window's, from 1. */
export function refuse(
  window: Window,
  carried: State,
  vocabulary: number,
  number: number,
  decode?: Decode,
): Finding | undefined {
  const id = badId(window, vocabulary, decode);
  if (id) return { how: "out of range", window: number, ...id };
  return notFinite(badState(carried), number);
}

/** What is wrong with all that outlives a window: before it is validated, or ends the run. */
export function inspect(model: LanguageModel, carried: State, number: number, decode?: Decode): Finding | undefined {
  return notFinite(badState(carried) ?? badWeights(model, decode), number);
}

/** Why a step broke. */
export function diagnose(
  model: LanguageModel,
  window: Window,
  { broken, nats, counted, norm }: StepResult,
  explosion: Explosion | undefined,
  number: number,
  decode?: Decode,
): Finding | undefined {
  if (broken === undefined) return undefined;
  const mean = nats / Math.max(counted, 1);
  const exploded = { how: "exploded", window: number, ...(explosion && { usual: explosion.usual }) } as const;
  if (explosion?.what === "loss") {
    return { what: "loss", ...exploded, value: String(mean), ...worstLoss(model, window, decode) };
  }
  const worst = () => worstGradient(model, window, decode);
  if (explosion) return { what: "gradient", ...exploded, value: String(norm), ...worst() };
  const look = broken === "loss" ? badForward : badBackward;
  const found = badWeights(model, decode) ?? look(model, window, decode);
  if (found) return notFinite(found, number);
  if (broken === "loss") return { what: "loss", how: "not finite", window: number, value: String(mean) };
  return { what: "gradient", ...exploded, value: String(norm), ...worst() }; // finite, and too large to be squared
}

function notFinite(found: Found | undefined, window: number): Finding | undefined {
  return found && { how: "not finite", window, ...found };
}
