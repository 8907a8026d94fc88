// What the command line does besides training and writing, as functions: compare, copied, advise, info, rank, ablate.

import { checkOptions } from "../../base/options.js";
import type { DocumentSurprisal } from "../../evaluation/scoring/ranking.js";
import { evaluateOptionNames } from "../../face/evaluate.js";
import type { Model } from "../../face/model.js";
import type { TextReading, TextSource } from "../../face/text-source.js";
import { givenTexts, inputsOf } from "../../face/text-source.js";
import { planTraining, type TrainOptions } from "../../face/train.js";
import type { DocumentRule } from "../../text/encoding/documents.js";
import { readingOf } from "../../text/encoding/field.js";
import { wholeAsRead } from "../../text/reading/reading.js";
import type { Advice } from "../../training/adviser/adviser.js";
import { type Ablation, readAblation } from "../../training/settings/ablation.js";
import { type AblateOptions, type AblationEvent, ablate as ablateIn } from "../ablation/ablate.js";
import { adviseText } from "../runs/advise.js";
import { type RunInfo, readRunInfo } from "../runs/info.js";
import { type Compared, compareRuns } from "../scoring/compare.js";
import { type CopyReport, copiedText } from "../scoring/copied.js";
import type { ScoringOptions } from "../scoring/evaluate.js";
import { rankBytes } from "../scoring/rank.js";
import { namedSources, nodePlatform } from "./platform.js";

/**
 * Compares two runs on one text: the difference of their losses with a paired interval.
 *
 * @param text without it, the validation part of run `a`
 * @throws LonghandError `usage` for a text that one of the two was trained on, unless `force`
 * @example
 * const { difference } = await compare("runs/a", "runs/b", { file: "other.txt" });
 */
export async function compare(
  a: string,
  b: string,
  text?: TextSource,
  options: ScoringOptions = {},
): Promise<Compared> {
  checkOptions(options, [...evaluateOptionNames, "engine"], "compare");
  return compareRuns(a, b, text === undefined ? [] : await namedSources(text), options);
}

/** How copying is looked for. */
export interface CopiedTextOptions extends TextReading {
  /** Number of spans in the report, 10 by default. */
  readonly spans?: number | undefined;
  /** Where the training text is now, for file names and lines; by default at its recorded place. */
  readonly trainingText?: TextSource | undefined;
  /** Receives sentences for the user. */
  readonly notice?: ((text: string) => void) | undefined;
}

/**
 * Looks in a text for what is copied from the training text of a run: the longest spans, with file and line, and how
 * much of the run's validation part occurs there as well.
 *
 * @throws LonghandError `usage` if `trainingText` is not the text of the run
 * @example
 * const { verdict, text: { spans } } = await copied("runs/my", await model.generate("", { length: 20000 }));
 */
export async function copied(run: string, text: TextSource, options: CopiedTextOptions = {}): Promise<CopyReport> {
  checkOptions(options, ["spans", "trainingText", "encoding", "column", "notice"], "copied");
  const { spans, encoding, column, notice } = options;
  const trainingText = options.trainingText === undefined ? undefined : await namedSources(options.trainingText);
  return copiedText(run, await namedSources(text), {
    spans,
    trainingText,
    encoding,
    column,
    ...(notice && { notice }),
  });
}

/** How the adviser measures. */
export interface AdviseOptions extends TrainOptions {
  /** Bytes that a run may take; by default what this machine has. */
  readonly memory?: number | undefined;
  /** Receives the name of each stage of the measurement. */
  readonly stage?: ((text: string) => void) | undefined;
}

/**
 * Measures bptt, batch and clip for a text on this machine, in short trainings. Without `minutes`, `epochs` or `steps`
 * it plans for five minutes.
 *
 * @param options settings to keep as they are, such as `cell` and `hidden`
 * @example
 * const { advised } = await advise({ file: "my.txt" }, { minutes: 10 });
 * const run = train({ file: "my.txt" }, { minutes: 10, ...advised });
 */
export async function advise(text: TextSource, options: AdviseOptions = {}): Promise<Advice> {
  const { memory, stage } = options;
  const { settings, cell, control } = planTraining(options, ["memory", "stage"], "advise");
  return adviseText(await namedSources(text), {
    settings,
    memory,
    ...(cell && { cell }),
    ...(stage && { stage }),
    ...(control.notice && { notice: control.notice }),
  });
}

/**
 * Describes the run in a folder: settings, text, progress, best validation.
 *
 * @throws LonghandError `usage` if there is no run, `model-file` if its state is damaged
 * @example
 * const { ended, best } = await info("runs/my");
 */
export async function info(folder: string): Promise<RunInfo> {
  return (await readRunInfo(folder, () => {})).info;
}

/** How documents are ranked. */
export interface RankDocumentsOptions extends TextReading {
  /** What ends a document: `line` (the default) or `blank-line`. */
  readonly documents?: DocumentRule | undefined;
  /** Receives sentences for the user. */
  readonly notice?: ((text: string) => void) | undefined;
}

/**
 * Scores each document of a text by itself: the finder of anomalies. Sort by `nats / characters` for the strangest.
 *
 * @returns the documents in the order of the text, with their surprisal in nats
 * @example
 * const lines = await rank(model, { file: "server.log" });
 */
export async function rank(
  model: Model,
  text: TextSource,
  options: RankDocumentsOptions = {},
): Promise<DocumentSurprisal[]> {
  checkOptions(options, ["documents", "encoding", "column", "notice"], "rank");
  const { documents = "line", notice } = options;
  const texts = await givenTexts(text, nodePlatform.texts);
  const rules = readingOf(model.stored.field, options);
  const bytes = await wholeAsRead(inputsOf(texts), rules, { notice, gunzip: nodePlatform.gunzip });
  return rankBytes(model.stored, documents, bytes, texts[0]!.name, { ...(notice && { notice }) });
}

/**
 * Trains variants of one base with several seeds for the same processor time, and measures what each change is worth.
 * Stopped anywhere, the same call continues.
 *
 * @param recipe texts, seconds, seeds, base settings and variants
 * @param folder where the runs are kept
 * @example
 * for await (const event of ablate(recipe, "runs/ablation")) if (event.kind === "result") console.log(event.result);
 */
export function ablate(
  recipe: Ablation,
  folder: string,
  options: AblateOptions = {},
): AsyncGenerator<AblationEvent, void, void> {
  checkOptions(options, ["stopping", "notice", "jobs"], "ablate");
  return ablateIn(readAblation(recipe, "The recipe"), folder, options);
}
