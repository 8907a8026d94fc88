// Description of a run, read from its folder: settings, text, progress, validations.

import { joinPath } from "../../base/ports.js";
import { readLines } from "../../checkpoint/jsonl.js";
import type { StoredModel } from "../../model/file/model-file.js";
import type { RecoveryState } from "../../training/divergence/recovering-trainer.js";
import type { TrainEvent } from "../../training/loop/events.js";
import type { TrainerState } from "../../training/loop/trainer-state.js";
import { loggedResults } from "../../training/run/logged.js";
import { loadRun, RunFile } from "../../training/run/run.js";
import type { RunConfig } from "../../training/run/run-state.js";
import type { TextRecord } from "../../training/run/text-record.js";
import { loadModel } from "../files/models.js";
import { nodeRunPorts } from "./runs.js";

/** The event of a validation. */
export type Validation = Extract<TrainEvent, { kind: "validation" }>;

/** A run, without its weights. */
export interface RunInfo
  extends Omit<RunConfig, "text">,
    Pick<TrainerState, "position" | "ended">,
    Pick<RecoveryState, "hyperparameters"> {
  /** Folder of the run. */
  readonly folder: string;
  /** Record of the training text. */
  readonly text: Omit<TextRecord, "chunks">;
  /** The best validation so far: its window and its loss in nats. */
  readonly best: { readonly window: number; readonly nats: number } | null;
  /** Number of weights. */
  readonly parameters: number;
  /** Number of tokens in the vocabulary. */
  readonly vocabularySize: number;
  /** All validations so far. */
  readonly validations: readonly Validation[];
}

/** Reads a run's folder and its model. Throws a LonghandError where it holds no run, or a damaged one. */
export async function readRunInfo(
  folder: string,
  notice: (text: string) => void,
): Promise<{ readonly info: RunInfo; readonly model: StoredModel; readonly recovery: RecoveryState }> {
  const { config, trainer } = await loadRun(nodeRunPorts, folder, notice);
  const model = await loadModel(folder);
  const log = joinPath(folder, RunFile.log);
  const { validations, warning } = loggedResults(await readLines(nodeRunPorts.fs, log), log);
  if (warning !== undefined) notice(warning);
  const { chunks: _, ...text } = config.text;
  const { position, best, ended, recovery } = trainer;
  const info = {
    folder,
    ...config,
    text,
    position,
    best: best ?? null,
    ended,
    hyperparameters: recovery.hyperparameters,
    parameters: trainer.weights.length,
    vocabularySize: model.vocab.size,
    validations,
  };
  return { info, model, recovery };
}
