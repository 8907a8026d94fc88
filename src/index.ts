// longhand, the portable door: everything that runs anywhere. Node's own door is longhand/node, the browser's longhand/browser;
// both give all of this too. In the order of the house, from the ground up.

// base
export { type Fault, LonghandError } from "./base/errors.js";
export type { Knob, KnobValue, KnobValues } from "./base/knob.js";
export type { ByteStream, FileSystem, Hash, NewHash, ReadHandle, WriteHandle } from "./base/ports.js";
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
export { type Baseline, baseline } from "./evaluation/baseline.js";
export { type Interval, type IntervalOptions, interval, type Stretch } from "./evaluation/bootstrap.js";
export {
  type Comparison,
  compareStretches,
  type Difference,
  type PairedStretch,
  verdict,
} from "./evaluation/compare.js";
// evaluation
export { type Context, measureContext } from "./evaluation/context.js";
export { type Copied, type CopiedOptions, copied, copyVerdict, type Novelty, type Span } from "./evaluation/copied.js";
export { type Evaluation, evaluate, type Score, score, scoredLanes } from "./evaluation/evaluate.js";
export { type Fading, measureFading } from "./evaluation/fading.js";
export { type Guess, type InnerSeries, type Inside, type InsideOptions, lookInside } from "./evaluation/inside.js";
export { type DocumentSurprisal, documentSurprisals } from "./evaluation/ranking.js";
export { countStretches, type ScoredStretch } from "./evaluation/stretches.js";
export { type LineSurprisal, surprisal, type TextSurprisal, type TokenSurprisal } from "./evaluation/surprisal.js";
// generation
export type { NextOptions, Written } from "./generation/draw.js";
export { type FilterOptions, filter, logProbabilities } from "./generation/filter.js";
export { lessonPieces } from "./generation/lesson.js";
export { type SamplePiece, type SamplesOptions, writeSamplePieces, writeSamples } from "./generation/samples.js";
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
  StateSlot,
} from "./model/cell.js";
export { inputProduct, inputProductBackward } from "./model/cell.js";
export { cells } from "./model/cells.js";
export { gradientError } from "./model/gradient-check.js";
export { LanguageModel } from "./model/language-model.js";
export { modelTensors, readModel, type StoredModel } from "./model/model-file.js";
export { type Plan, type PlanOptions, plan } from "./model/plan.js";
export type { ModelSpec } from "./model/spec.js";
export { type State, withLanes, zeroState } from "./model/state.js";
export { type Corpus, type CorpusOptions, readCorpus } from "./text/corpus.js";
// text
export { encodeText, Field, makeField, type TorchtextField, tokenize, type UnknownRule } from "./text/field.js";
export { evaluationLanes, type LaneReader, trainingLanes, type Window } from "./text/lanes.js";
export { lastTargets, type SectionOptions, sections } from "./text/sections.js";
export type { TokenSource, Tokens } from "./text/tokens.js";
export type { TextInput } from "./text/utf8.js";
export { Vocab } from "./text/vocab.js";
export { countWindows, type WindowRule, windowLength } from "./text/windows.js";
// training
export { type Advice, type AdviseOptions, advise } from "./training/adviser.js";
export type { TrainEvent } from "./training/events.js";
export { knobs } from "./training/knobs.js";
export { openSession, type Prepared, type PrepareOptions, prepare } from "./training/prepare.js";
export { serveTeam, type Threads, type WorkerSetup } from "./training/threads.js";
export { Trainer } from "./training/trainer.js";
export type { TrainerState } from "./training/trainer-state.js";
export { openWriter, type Writer, type WriterOptions } from "./training/writer.js";
