// longhand/advanced, the portable part: fields, vocabularies, lanes, cells, engines, arenas, kernels, plans,
// checkpoints, the trainer. In the order of the rooms, from the lowest.
//
// There is no promise of stability below 1.0: names and signatures here change from version to version.

// base
export { type ErrorCode, type ErrorDetails, LonghandError } from "./base/errors.js";
export type { ByteStream, FileSystem, Hash, NewHash, ReadHandle, Threads, WriteHandle } from "./base/ports.js";
export type { SettingRow, SettingValue, SettingValues } from "./base/setting.js";
// checkpoint
export {
  type NamedTensor,
  readSafetensors,
  type SafetensorsFile,
  type Tensor,
  writeSafetensors,
} from "./checkpoint/safetensors.js";
// compute
export type { Arena, Engine, Precision, Reals } from "./compute/arena.js";
export { chooseEngine, type EngineChoice, type EngineName } from "./compute/engines.js";
export { type Handle, type Kernels, NONE } from "./compute/kernels.js";
export { type Baseline, baseline } from "./evaluation/baseline/baseline.js";
export {
  type Copied,
  type CopiedOptions,
  copied,
  copyVerdict,
  type Novelty,
  type Span,
} from "./evaluation/copying/copied.js";
// evaluation
export { type Context, measureContext } from "./evaluation/inside/context.js";
export { type GradientDecay, measureGradientDecay } from "./evaluation/inside/gradient-decay.js";
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
export { countBlocks, type ScoredBlock } from "./evaluation/scoring/blocks.js";
export { type Evaluation, evaluate, type Score, score, scoredLanes } from "./evaluation/scoring/evaluate.js";
export { type DocumentSurprisal, documentSurprisals } from "./evaluation/scoring/ranking.js";
export {
  type LineSurprisal,
  surprisal,
  type TextSurprisal,
  type TokenSurprisal,
} from "./evaluation/scoring/surprisal.js";
// face
export { asyncDispose, dispose } from "./face/dispose.js";
export type { EvaluatedModel, Platform } from "./face/platform.js";
export type { RunStart, RunWork } from "./face/run.js";
export type { GivenText, TextOpener } from "./face/text-source.js";
// generation
export { createSession } from "./generation/create-session.js";
export type { DrawOptions, Written } from "./generation/draw.js";
export { type FilterOptions, filter, logProbabilities } from "./generation/filter.js";
export { lessonPieces } from "./generation/lesson.js";
export { type SamplePiece, type SamplesOptions, writeSamplePieces, writeSamples } from "./generation/samples.js";
export type { SessionText } from "./generation/session.js";
export { Session, type SessionState } from "./generation/session.js";
export { type Piece, type WriteOptions, write, writeOn, writePieces } from "./generation/write.js";
// model
export type {
  BufferSpec,
  Cell,
  CellCall,
  Contribution,
  GradientSource,
  Initial,
  LayerShape,
  PackedWeight,
  ParameterSpec,
  SeenValue,
  StateTensor,
} from "./model/cells/cell.js";
export { inputProduct, inputProductBackward } from "./model/cells/cell.js";
export { cells } from "./model/cells/index.js";
export { modelTensors, readModel, type StoredModel } from "./model/file/model-file.js";
export { gradientError } from "./model/gradient-check.js";
export { LanguageModel } from "./model/language-model.js";
export { type Plan, type PlanOptions, plan } from "./model/layout/plan.js";
export type { ModelSpec } from "./model/layout/spec.js";
export { type State, withLanes, zeroState } from "./model/layout/state.js";
export { type Corpus, type CorpusOptions, readCorpus } from "./text/encoding/corpus.js";
export type { DocumentRule } from "./text/encoding/documents.js";
// text
export {
  createField,
  encodeText,
  type Field,
  type TorchtextField,
  tokenize,
  torchtextField,
  type UnknownRule,
} from "./text/encoding/field.js";
export { Vocab } from "./text/encoding/vocab.js";
export type { TextInput } from "./text/reading/utf8.js";
export type { TokenSource, Tokens } from "./text/storage/tokens.js";
export { evaluationLanes, type LaneReader, trainingLanes, type Window } from "./text/windows/lanes.js";
export { lastTargets, type SectionOptions, sections } from "./text/windows/sections.js";
export type { TransformContext, WindowTransform } from "./text/windows/transform.js";
export { countWindows, type WindowRule, windowLength } from "./text/windows/windows.js";
// training
export { type Advice, type AdviseOptions, advise } from "./training/adviser/adviser.js";
export type { TrainEvent } from "./training/loop/events.js";
export { Trainer } from "./training/loop/trainer.js";
export type { TrainerState } from "./training/loop/trainer-state.js";
export type { CheckedSettings, OpenSettings, Settings } from "./training/settings/settings.js";
export { settingRows } from "./training/settings/table.js";
export { servePool, type WorkerSetup } from "./training/step/threads.js";
export { prepare, type TrainingRun, type TrainingRunOptions } from "./training/training-run.js";
