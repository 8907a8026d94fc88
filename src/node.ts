// longhand in Node: the front, with files and runs that can be resumed.

export * from "./index.js";

// Training and loading

export { type LoadOptions, load } from "./node/face/load.js";
export { type NodeTrainOptions, type ResumeOptions, resume, train } from "./node/face/train.js";

// What the command line does besides

export type { AblateOptions } from "./node/ablation/ablate.js";
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
export type { Ablation } from "./training/settings/ablation.js";
