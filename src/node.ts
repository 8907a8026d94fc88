// longhand in Node: the front, with files and runs that can be resumed.

export * from "./index.js";

// Training and loading

export { type LoadOptions, load } from "./node/face/load.js";
export { type NodeTrainOptions, type ResumeOptions, resume, train } from "./node/face/train.js";

// What the command line does besides

export type { DocumentSurprisal } from "./evaluation/scoring/ranking.js";
export type { AblateOptions, AblationEvent } from "./node/ablation/ablate.js";
export {
  type AdviseOptions,
  ablate,
  advise,
  type CopiedTextOptions,
  compare,
  copied,
  info,
  type RankDocumentsOptions,
  rank,
} from "./node/face/tools.js";
export type { RunInfo } from "./node/runs/info.js";
export type { Compared } from "./node/scoring/compare.js";
export type { CopyReport } from "./node/scoring/copied.js";
export type { ScoringOptions } from "./node/scoring/evaluate.js";
export type { Advice } from "./training/adviser/adviser.js";
export type { Ablation } from "./training/settings/ablation.js";
