// longhand/advanced, the portable part: fields, vocabularies, lanes, cells, engines, arenas, kernels, plans,
// checkpoints, the trainer. In the order of the rooms, from the lowest.
//
// There is no promise of stability below 1.0: names and signatures here change from version to version.

// base

export { type ErrorCode, type ErrorDetails, LonghandError } from "./base/errors.js";
export type {
  ByteStream,
  FileSystem,
  Hash,
  NewHash,
  ReadHandle,
  Spawn,
  Thread,
  ThreadFailed,
  Threads,
  WriteHandle,
} from "./base/ports.js";
export type { SettingBase, SettingGroup, SettingRow, SettingValue, SettingValues } from "./base/setting.js";
export type { Clock } from "./base/time.js";

// text

export { type Corpus, type CorpusOptions, readCorpus } from "./text/encoding/corpus.js";
export type { DocumentRule } from "./text/encoding/documents.js";
export {
  createField,
  encodeText,
  type Field,
  type TorchtextField,
  tokenize,
  torchtextField,
  type UnknownRule,
} from "./text/encoding/field.js";
export type { PartReport, TextReport } from "./text/encoding/text-report.js";
export type { END_OF_LINE, NewlineRule, PADDING, TokenRule, UNKNOWN, Unit } from "./text/encoding/tokenizer.js";
export type { ValidSplit, validSplits } from "./text/encoding/validation-split.js";
export { type TextDecoding, Vocab, type VocabData } from "./text/encoding/vocab.js";
export type { ChunkSketch } from "./text/matching/fingerprints.js";
export type { OriginalSizes } from "./text/reading/original.js";
export type {
  CorpusReading,
  Facts,
  ReadingReport,
  ReportBuilder,
  SkippedEntries,
  SkipReason,
} from "./text/reading/report.js";
export type { ByteSearch, ReadingContext, ReadingRules, SourceRules } from "./text/reading/rules.js";
export type { Notice, TextInput } from "./text/reading/utf8.js";
export type { TokenSource, Tokens } from "./text/storage/tokens.js";
export { evaluationLanes, type LaneReader, trainingLanes, type Window } from "./text/windows/lanes.js";
export { lastTargets, type SectionOptions, sections } from "./text/windows/sections.js";
export type { TransformContext, WindowTransform } from "./text/windows/transform.js";
export { countWindows, type WindowPlan, type WindowRule, windowLength } from "./text/windows/windows.js";

// compute

export type { Arena, Engine, Precision, Reals, SharedMemory } from "./compute/arena.js";
export {
  chooseEngine,
  type EngineChoice,
  type EngineIdentity,
  type EngineName,
  type engineNames,
} from "./compute/engines.js";
export { type Handle, type Kernels, NONE } from "./compute/kernels.js";
export type { AddonFound, AddonLevel, NativeAddon, NativeLevel } from "./compute/native/engine.js";
export type { Meter, Phase, Profile, ProfileReport } from "./compute/profile.js";
export type { WorkerPool } from "./compute/worker-pool.js";

// checkpoint

export {
  type Arrays,
  type Dtype,
  type NamedTensor,
  readSafetensors,
  type SafetensorsFile,
  type Tensor,
  writeSafetensors,
} from "./checkpoint/safetensors.js";

// model

export {
  type BufferSpec,
  type Cell,
  type CellCall,
  type Contribution,
  type GradientSource,
  type Initial,
  inputProduct,
  inputProductBackward,
  type LayerShape,
  type PackedWeight,
  type ParameterSpec,
  type SeenValue,
  type StateTensor,
} from "./model/cells/cell.js";
export { cells } from "./model/cells/index.js";
export { modelTensors, readModel, type StoredModel } from "./model/file/model-file.js";
export type { Transfer } from "./model/file/transfer.js";
export { gradientError } from "./model/gradient-check.js";
export { type DropoutPosition, LanguageModel } from "./model/language-model.js";
export type { WindowShape } from "./model/layer.js";
export type { InputProjection } from "./model/layout/input-projection.js";
export {
  type ArenaSection,
  type ModelOptions,
  type PlacedParameter,
  type Plan,
  type PlanOptions,
  plan,
  type Region,
} from "./model/layout/plan.js";
export type { ModelContribution, ModelParameter, ModelSpec } from "./model/layout/spec.js";
export {
  type LaneChange,
  type State,
  type StateArray,
  withLanes,
  zeroState,
} from "./model/layout/state.js";
export type { LaneVerb, ModelItem } from "./model/work-items.js";

// evaluation

export { type Baseline, type BaselineOptions, baseline } from "./evaluation/baseline/baseline.js";
export type { Compressed, CompressorComparison } from "./evaluation/baseline/compressor.js";
export {
  type Copied,
  type CopiedOptions,
  copied,
  copyVerdict,
  type Novelty,
  type Span,
} from "./evaluation/copying/copied.js";
export { type Context, type ContextOptions, type ContextRow, measureContext } from "./evaluation/inside/context.js";
export {
  type GradientDecay,
  type GradientDecayOptions,
  measureGradientDecay,
} from "./evaluation/inside/gradient-decay.js";
export {
  type InnerSeries,
  type Inspection,
  type InspectOptions,
  inspect,
  type Prediction,
} from "./evaluation/inside/inside.js";
export { type Block, type Interval, type IntervalOptions, interval } from "./evaluation/intervals/bootstrap.js";
export {
  type Comparison,
  compareBlocks,
  type Difference,
  type PairedBlock,
  verdict,
} from "./evaluation/intervals/compare.js";
export type { PairedDifference } from "./evaluation/intervals/paired.js";
export { countBlocks, type ScoredBlock, type Tokenization } from "./evaluation/scoring/blocks.js";
export {
  type Evaluation,
  evaluate,
  type LaneScoringOptions,
  type Score,
  type ScoredPieces,
  type ScoredSizes,
  score,
  scoredLanes,
  type ValidationReader,
} from "./evaluation/scoring/evaluate.js";
export { type DocumentSurprisal, documentSurprisals, type RankOptions } from "./evaluation/scoring/ranking.js";
export {
  type LineSurprisal,
  surprisal,
  type TextSurprisal,
  type TokenSurprisal,
} from "./evaluation/scoring/surprisal.js";

// generation

export { createSession } from "./generation/create-session.js";
export type { DrawOptions, Written } from "./generation/draw.js";
export { type FilterOptions, filter, logProbabilities } from "./generation/filter.js";
export { lessonPieces } from "./generation/lesson.js";
export { type SamplePiece, type SamplesOptions, writeSamplePieces, writeSamples } from "./generation/samples.js";
export { Session, type SessionState, type SessionText } from "./generation/session.js";
export { type Piece, type WriteOptions, write, writeOn, writePieces } from "./generation/write.js";

// training

export { type Advice, type AdviseOptions, advise } from "./training/adviser/adviser.js";
export type { Speed } from "./training/adviser/costs.js";
export type { HalvingRow, Round } from "./training/adviser/halving.js";
export type { Noise } from "./training/adviser/noise.js";
export type { Candidate, Ranked, Timed } from "./training/adviser/rule.js";
export type { LossHistory } from "./training/divergence/guard.js";
export type { Decode } from "./training/divergence/locate.js";
export type {
  RecoverableState,
  RecoveringTrainer,
  RecoveringTrainerOptions,
  RecoverySettings,
  RecoveryState,
  Snapshot,
} from "./training/divergence/recovering-trainer.js";
export type { Change, ProcessEvent, TrainEvent } from "./training/loop/events.js";
export { Trainer } from "./training/loop/trainer.js";
export type {
  EffectiveHyperparameters,
  LoopSettings,
  Progress,
  TrainerOptions,
  TrainerState,
  WindowMeasure,
} from "./training/loop/trainer-state.js";
export type { Footprint, MemoryBudget } from "./training/memory.js";
export type { RUN_FORMAT, RunConfig } from "./training/run/run-state.js";
export type { TextRecord } from "./training/run/text-record.js";
export type { Optimizer, OptimizerSettings, OptimizerStep } from "./training/settings/optimizer.js";
export type { Schedule, SchedulePlace } from "./training/settings/schedule.js";
export type { CheckedSettings, Defaulted, OpenSettings, Settings } from "./training/settings/settings.js";
export type { StatePolicy } from "./training/settings/state-policy.js";
export { settingRows } from "./training/settings/table.js";
export type { ResolvedSettings } from "./training/settings/training-settings.js";
export type { Finding, StepItem } from "./training/step/step.js";
export { servePool, type WorkerSetup } from "./training/step/threads.js";
export { type OwnCellOptions, prepare, type TrainingRun, type TrainingRunOptions } from "./training/training-run.js";

// face

export type { TextSizes } from "./evaluation/scoring/evaluate.js";
export { asyncDispose, dispose } from "./face/dispose.js";
export type { EvaluatedModel, Platform } from "./face/platform.js";
export type { RunControlOptions, RunStart, RunWork } from "./face/run.js";
export type { GivenText, TextOpener } from "./face/text-source.js";
export type { EarlierPlans, PlannedLength } from "./training/settings/training-settings.js";
