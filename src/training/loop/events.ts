// What a training run tells. Terminal, log file, server and page all read these; nobody looks inside the loop.
//
// Two marks decide what is compared between runs. `clock` fields hold wall time. `process` events tell about the process (saved,
// interrupted, resumed …), not about the run. Everything else is the same bits in a run that was stopped and resumed.

import type { ProfileReport } from "../../compute/profile.js";
import type { Score } from "../../evaluation/scoring/evaluate.js";
import type { Finding } from "../divergence/finding.js";
import type { Change } from "../divergence/recovery.js";

/** One wall-clock group, so that it can be dropped as one. */
export interface Clock {
  /** Seconds this process has trained. */
  readonly seconds: number;
  /** Over the last second or so. */
  readonly tokensPerSecond: number;
}

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
    }
  | {
      readonly kind: "window";
      /** Windows done, this one included. */
      readonly window: number;
      readonly epoch: number;
      /** Tokens trained on, counted over all epochs. */
      readonly tokens: number;
      /** Mean loss of this window in nats; and a running mean, an average with decay 0.98 without the bias of its start. */
      readonly nats: number;
      readonly smooth: number;
      readonly rate: number;
      /** Norm of the mean gradient before clipping. */
      readonly norm: number;
      readonly length: number;
      readonly clock: Clock;
    }
  /** What a uniform guess and the n-gram reach on the validation part. */
  | { readonly kind: "baseline"; readonly uniform: Score; readonly ngram: Score; readonly order: number }
  | ({
      readonly kind: "validation";
      readonly window: number;
      readonly epoch: number;
      readonly best: boolean;
      /** Nats a token as the lesson takes them, where `lessonValidation` asks for it. */
      readonly lesson?: number;
    } & Score)
  | { readonly kind: "epoch"; readonly epoch: number; readonly window: number; readonly nats: number }
  /** A cycle of the schedule has ended, from 1; a run keeps the model of that moment. */
  | { readonly kind: "cycle"; readonly cycle: number; readonly window: number }
  | { readonly kind: "sample"; readonly window: number; readonly text: string }
  /** Numbers broke in `found.window`: the run goes back to where it had done `back` windows, and goes on with one thing changed. */
  | {
      readonly kind: "retry";
      readonly window: number;
      readonly found: Finding;
      readonly back: number;
      /** From 1, of so many. */
      readonly try: number;
      readonly tries: number;
      readonly change: Change;
      /** Windows that the run will have in all: more, where they were cut shorter. */
      readonly windows: number;
    }
  /** They broke, and there is no try left: the run ends with the model of its last good moment, of so many windows. */
  | {
      readonly kind: "diverged";
      readonly window: number;
      readonly what: Finding["what"];
      readonly found: Finding;
      readonly back: number;
      readonly tries: number;
      readonly advice: string;
    }
  | { readonly kind: "end"; readonly window: number; readonly best: number | undefined }
  | ProcessEvent;

/** Events about the process itself. */
export type ProcessEvent =
  | { readonly kind: "saved"; readonly process: true; readonly window: number; readonly clock: Clock }
  | { readonly kind: "interrupted"; readonly process: true; readonly window: number }
  | { readonly kind: "resumed"; readonly process: true; readonly window: number; readonly engine: string }
  | { readonly kind: "warning"; readonly process: true; readonly text: string }
  /** Where the time went, the last of all; only where it was asked for. */
  | ({ readonly kind: "profile"; readonly process: true } & ProfileReport);

export function isProcessEvent(event: TrainEvent): event is ProcessEvent {
  return "process" in event;
}
