// Training for the face: its options, and a run that is kept in memory.

import { LonghandError, usageError } from "../base/errors.js";
import { checkOptions } from "../base/options.js";
import type { SettingValues } from "../base/setting.js";
import type { Cell } from "../model/cells/cell.js";
import type { StoredModel } from "../model/file/model-file.js";
import { type Corpus, corpusAsRead } from "../text/encoding/corpus.js";
import { readAs } from "../text/reading/reading.js";
import { reportBuilder } from "../text/reading/report.js";
import type { WindowTransform } from "../text/windows/transform.js";
import { describeDivergence } from "../training/divergence/messages.js";
import type { TrainEvent } from "../training/loop/events.js";
import { measureWindows } from "../training/measure.js";
import { settingsFromModel } from "../training/settings/from-model.js";
import type { OpenSettings, Settings } from "../training/settings/settings.js";
import { settingRows } from "../training/settings/table.js";
import { fieldOf, partsOf, readingRulesOf } from "../training/settings/training-settings.js";
import { checkSettings } from "../training/settings/values.js";
import { prepare, type TrainingRun } from "../training/training-run.js";
import type { Model } from "./model.js";
import type { Platform } from "./platform.js";
import type { RunControlOptions, RunStart, RunWork } from "./run.js";
import { givenTexts, inputsOf, type TextSource } from "./text-source.js";

/** How a model is trained: all settings, a text to validate on, and how the run is controlled. */
export interface TrainOptions extends Omit<Settings, "cell">, RunControlOptions {
  /** A built-in cell by its kind, or a cell of your own. Default "gru". */
  readonly cell?: Settings["cell"] | Cell;
  /** Values for the settings that a cell of your own declares. */
  readonly cellSettings?: SettingValues | undefined;
  /** Changes the inputs that the model reads in training; the run's record names it. */
  readonly transform?: WindowTransform | undefined;
  /** A model to begin from: its shape, its rules of reading, and its weights, matched by token. */
  readonly from?: Model | undefined;
  /** Text to validate on; by default the last part of the training text, `validFraction` of it. */
  readonly valid?: TextSource | undefined;
}

/** Options sorted by what they are for. */
export interface TrainPlan {
  /** Settings as given, with the kind of an own cell. */
  readonly settings: OpenSettings;
  readonly cell: Cell | undefined;
  readonly transform: WindowTransform | undefined;
  readonly control: RunControlOptions;
  readonly valid: TextSource | undefined;
  /** The model to begin from. */
  readonly from: StoredModel | undefined;
}

/** Names that are options of `train` and no settings. */
const controlNames = ["signal", "notice", "valid", "from", "transform", "cellSettings"];

/**
 * Checks the options and sorts them. `more` are names that the platform takes besides. Samples are off unless their
 * settings ask for them. Throws a usage error for an unknown name or a setting outside its range.
 */
export function planTraining(options: TrainOptions, more: readonly string[], owner: string): TrainPlan {
  const { signal, notice, valid, from, cell, cellSettings, transform, ...rest } = options;
  const own = typeof cell === "object" ? cell : undefined;
  const rows = settingRows.map(({ name }) => name);
  checkOptions(options, [...controlNames, ...more, ...rows], owner);
  if (cellSettings !== undefined) {
    if (own === undefined) throw usageError("cellSettings does nothing without a cell of your own.", "Leave it out.");
    checkOptions(
      cellSettings,
      own.settings.map(({ name }) => name),
      `The cell ${own.kind}`,
    );
  }
  const settings = Object.fromEntries(Object.entries(rest).filter(([name]) => !more.includes(name)));
  const kind = typeof cell === "object" ? cell.kind : cell;
  return {
    settings: { ...settings, ...cellSettings, ...(kind !== undefined && { cell: kind }) },
    cell: own,
    transform,
    control: { signal, notice },
    valid,
    from: from?.stored,
  };
}

/** The settings of a new run, checked: samples only if they are asked for. */
export function quietSettings({ settings: given, cell, from }: TrainPlan): OpenSettings {
  const settings = from ? settingsFromModel(from, given) : given;
  const asked = settings.sampleEvery !== undefined || settings.sampleLength !== undefined;
  const quiet = asked ? settings : { ...settings, sampleLength: 0 };
  checkSettings(quiet, cell);
  return quiet;
}

/** Settings that only a run with a folder heeds. */
const folderSettings = ["saveEvery", "logEvery"];

/** Throws a usage error for a setting that a run in memory cannot heed. */
export function refuseFolderSettings(settings: OpenSettings): void {
  const idle = folderSettings.find((name) => settings[name] !== undefined);
  if (idle === undefined) return;
  throw usageError(`${idle} does nothing without a folder.`, "Give `out` as well, or leave it out.", idle);
}

/** Prepares a run that is kept in memory: nothing is written. */
export async function openMemoryRun(
  text: TextSource,
  plan: TrainPlan,
  platform: Platform,
  { stopping, notice }: RunStart,
): Promise<RunWork> {
  const given = quietSettings(plan);
  const checked = checkSettings(given, plan.cell);
  const field = fieldOf(checked);
  const read = async (source: TextSource) => {
    const report = reportBuilder();
    const inputs = inputsOf(await givenTexts(source, platform.texts));
    const context = { notice, gunzip: platform.gunzip, report };
    return { inputs: readAs(inputs, readingRulesOf(checked), context), report };
  };
  const ofValid = plan.valid === undefined ? undefined : await read(plan.valid);
  const ofTrain = await read(text);
  const corpus: Corpus = {
    ...(await corpusAsRead(ofTrain.inputs, {
      field,
      ...partsOf(checked),
      notice,
      ...(ofValid && { validInputs: ofValid.inputs }),
    })),
    reading: { train: ofTrain.report.finish(), valid: ofValid?.report.finish() },
  };
  const room = platform.memory();
  const options = {
    engine: platform.engine(checked.engine).engine,
    threads: platform.threads(),
    pause: () => platform.pause(),
    notice,
    stopping,
    cell: plan.cell,
    from: plan.from,
    ...(plan.transform && { transform: plan.transform }),
    ...(room && { room }),
    ...(platform.baseline && { baseline: platform.baseline }),
  };
  const { minutes } = checked;
  const steps = minutes === undefined ? undefined : await measureWindows(corpus, checked, options, minutes);
  const run = prepare(corpus, steps === undefined ? checked : { ...checked, steps }, options);
  let best: StoredModel | undefined;
  return {
    events: memoryEvents(run, (stored) => {
      best = stored;
    }),
    best: async () => ({ stored: best ?? run.stored(), origin: undefined }),
  };
}

/**
 * The trainer's events; `keep` receives a copy of the model at each best validation. Throws where the numbers break for
 * good.
 */
async function* memoryEvents(
  run: TrainingRun,
  keep: (best: StoredModel) => void,
): AsyncGenerator<TrainEvent, void, void> {
  const { reading } = run.corpus;
  if (reading) yield { kind: "reading", process: true, ...reading };
  for await (const event of run.trainer.events()) {
    if (event.kind === "validation" && event.best && run.kept === "best") keep(run.stored());
    yield event;
    if (event.kind === "diverged")
      throw new LonghandError("diverged", describeDivergence(event), { hint: event.advice });
  }
}
