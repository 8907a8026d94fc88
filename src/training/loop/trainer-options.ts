// What a trainer is given: a model, its texts, settings, and who computes, tells and waits.

import type { Profile } from "../../compute/profile.js";
import type { WorkerPool } from "../../compute/worker-pool.js";
import type { Baseline } from "../../evaluation/baseline/baseline.js";
import type { LanguageModel } from "../../model/language-model.js";
import type { LaneReader } from "../../text/windows/lanes.js";
import type { Decode } from "../divergence/finding.js";
import type { ValidationReader } from "../settings/reading.js";
import type { ResolvedSettings } from "../settings/training-settings.js";
import type { StepItem } from "../step/step.js";
import type { TrainerState } from "./trainer-state.js";

export interface TrainerOptions {
  readonly model: LanguageModel;
  readonly settings: ResolvedSettings;
  readonly train: LaneReader;
  /** The validation part, and the sizes its score is divided by. */
  readonly valid?: ValidationReader;
  /** Bytes of the whole run, for the `start` event; the model's alone where absent. */
  readonly memory?: Readonly<Record<string, number>>;
  /** Facts of the text for the `start` event. */
  readonly about: { readonly trainTokens: number; readonly validTokens: number; readonly trimmed: number };
  /** What uniform and n-gram reach; awaited just before the first validation. */
  readonly baseline?: Promise<Baseline> | undefined;
  /** Writes a sample with the model's present weights; `number` tells one from another. Undefined where they are broken. */
  readonly sample?: ((model: LanguageModel, number: number) => Promise<string | undefined>) | undefined;
  /** Who computes; the caller alone where absent. Its workers are sent home when `events` ends. */
  readonly pool?: WorkerPool<StepItem> | undefined;
  /** Ids as text, for the place where numbers break. */
  readonly decode?: Decode;
  /** Told of every step. */
  readonly profile?: Profile | undefined;
  /** Goes on from here. */
  readonly resume?: TrainerState | undefined;
  /** Asked between windows; true ends the loop with a state that can be resumed. */
  readonly stopping?: () => boolean;
  /** Lets the event loop turn; called about every 50 ms. */
  readonly pause?: () => Promise<void>;
}
