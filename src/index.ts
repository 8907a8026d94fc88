// The front of longhand, shared by Node and browsers. What each adds is in node.ts and browser.ts; the parts are in
// advanced.ts.

// Errors, settings, texts

export { type ErrorCode, LonghandError } from "./base/errors.js";
export type { EngineName } from "./compute/engines.js";
export type { TextFiles, TextReading, TextSource } from "./face/text-source.js";
export type { Settings } from "./training/settings/settings.js";

// Training

export { Run } from "./face/run.js";
export type { TrainOptions } from "./face/train.js";
export type { TrainEvent } from "./training/loop/events.js";

// Models and sessions

export { Model } from "./face/model.js";
export type { GenerateOptions, ModelInfo, NextOptions, SampleOptions, ScoreOptions } from "./face/model-types.js";
export type { DrawOptions } from "./generation/draw.js";
export type { EndingOptions } from "./generation/ending.js";
export type { FilterOptions } from "./generation/filter.js";
export type { LikelyToken } from "./generation/likeliest.js";
export { type SavedSession, Session, type SessionState } from "./generation/session.js";

// Scores

export type { Score } from "./evaluation/scoring/evaluate.js";
export type { TextSurprisal } from "./evaluation/scoring/surprisal.js";
export type { Evaluated, EvaluateOptions } from "./face/evaluate.js";
