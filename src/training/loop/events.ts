// The events of a training run. Terminal, log file, server and page read these; nobody looks inside the loop.
//
// Two marks decide what is compared between runs. `clock` fields hold wall time. `process` events concern the process
// (saved, interrupted, resumed …), not the run. Everything else has the same bits in a run that was stopped and
// resumed.

import type { Clock } from "../../base/time.js";
import type { ProfileReport } from "../../compute/profile.js";
import type { Score } from "../../evaluation/scoring/evaluate.js";
import type { TextReport } from "../../text/encoding/text-report.js";
import type { CorpusReading } from "../../text/reading/report.js";
import type { Finding } from "../step/step.js";

export type { Clock };

/** One setting that a retry changes. `none`: the run does the same again. */
export interface Change {
  readonly setting: "lr" | "bptt" | "clip" | "none";
  /** Values of the setting; of `lr` the highest rate of the schedule. */
  readonly from: number;
  readonly to: number;
}

/** An event of a training run; `kind` tells which. Losses are in nats per token. */
export type TrainEvent =
  | {
      readonly kind: "start";
      readonly parameters: number;
      readonly vocabulary: number;
      readonly trainTokens: number;
      readonly validTokens: number;
      /** Tokens at the end of the training part that fill no lane. */
      readonly trimmed: number;
      readonly lanes: number;
      readonly windows: number;
      readonly epochs: number;
      readonly bytes: Readonly<Record<string, number>>;
      readonly text: TextReport;
    }
  | {
      readonly kind: "window";
      /** Windows done, this one included. */
      readonly window: number;
      readonly epoch: number;
      /** Tokens trained on, over all epochs. */
      readonly tokens: number;
      /** Mean loss of this window in nats; and a running mean with decay 0.98, corrected for its start. */
      readonly nats: number;
      readonly smooth: number;
      readonly rate: number;
      /** Norm of the mean gradient before clipping. */
      readonly norm: number;
      readonly length: number;
      readonly clock: Clock;
    }
  /** The scores of a uniform guess and of the n-gram on the validation part. */
  | { readonly kind: "baseline"; readonly uniform: Score; readonly ngram: Score; readonly order: number }
  | ({
      readonly kind: "validation";
      readonly window: number;
      readonly epoch: number;
      readonly best: boolean;
      /** Nats a token as the fastai lesson measures them; present with `lessonValidation`. */
      readonly lesson?: number;
    } & Score)
  | { readonly kind: "epoch"; readonly epoch: number; readonly window: number; readonly nats: number }
  /** A cycle of the schedule has ended, from 1; a run keeps the model of that window. */
  | { readonly kind: "cycle"; readonly cycle: number; readonly window: number }
  | { readonly kind: "sample"; readonly window: number; readonly text: string }
  /** Numbers broke: the run goes back to its state after `back` windows and changes one setting. */
  | {
      readonly kind: "retry";
      readonly window: number;
      readonly finding: Finding;
      readonly back: number;
      /** From 1, of `tries`. */
      readonly attempt: number;
      readonly tries: number;
      readonly change: Change;
      /** Windows that the whole run will have: more than before where windows became shorter. */
      readonly windows: number;
    }
  /** Numbers broke, and no attempt is left: the run ends with its last good model, that after `back` windows. */
  | {
      readonly kind: "diverged";
      readonly window: number;
      readonly what: Finding["what"];
      readonly finding: Finding;
      readonly back: number;
      readonly tries: number;
      readonly advice: string;
    }
  | {
      readonly kind: "end";
      readonly window: number;
      readonly best: number | undefined;
      /** The weights of model.safetensors: of the best validation, or the last, where validation chooses nothing. */
      readonly kept: "best" | "last";
    }
  | ProcessEvent;

/** Events that concern the process. */
export type ProcessEvent =
  /** How the text of a new run was read: the same text may stand in other files, of another encoding. */
  | ({ readonly kind: "reading"; readonly process: true } & CorpusReading)
  | { readonly kind: "saved"; readonly process: true; readonly window: number; readonly clock: Clock }
  | { readonly kind: "interrupted"; readonly process: true; readonly window: number }
  | { readonly kind: "resumed"; readonly process: true; readonly window: number; readonly engine: string }
  | { readonly kind: "warning"; readonly process: true; readonly text: string }
  /** Where the time went: the last event, where it was asked for. */
  | ({ readonly kind: "profile"; readonly process: true } & ProfileReport);

export function isProcessEvent(event: TrainEvent): event is ProcessEvent {
  return "process" in event;
}
