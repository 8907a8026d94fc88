// Results in a run's log that screens show again. The log is a file that anyone may change, so its lines are checked; a
// line that longhand would not write is skipped.

import type { TrainEvent } from "../loop/events.js";

type Of<Kind extends TrainEvent["kind"]> = Extract<TrainEvent, { kind: Kind }>;

/** Baseline and validations of a log. */
export interface LoggedResults {
  readonly baseline: Of<"baseline"> | undefined;
  readonly validations: readonly Of<"validation">[];
  /** A sentence about skipped lines, if there are any. */
  readonly warning: string | undefined;
}

/** The results in the lines of the log `path`. */
export function loggedResults(lines: readonly unknown[], path: string): LoggedResults {
  const baselines = lines.filter(isBaseline);
  const validations = lines.filter(isValidation);
  const odd = lines.filter((line) => kindOf(line) === undefined).length;
  const broken = lines.filter((line) => ["baseline", "validation"].includes(kindOf(line) ?? "")).length;
  const skipped = odd + broken - baselines.length - validations.length;
  const warning =
    skipped === 0
      ? undefined
      : `${path}: ${skipped} ${skipped === 1 ? "line is" : "lines are"} skipped, which longhand did not write.`;
  return { baseline: baselines.at(-1), validations, warning };
}

function kindOf(line: unknown): string | undefined {
  if (typeof line !== "object" || line === null || !("kind" in line)) return undefined;
  return typeof line.kind === "string" ? line.kind : undefined;
}

function isValidation(line: unknown): line is Of<"validation"> {
  return (
    kindOf(line) === "validation" && hasNumbers(line, ["window", "epoch", ...SCORE]) && isNumberOrAbsent(line, "lesson")
  );
}

function isBaseline(line: unknown): line is Of<"baseline"> {
  if (kindOf(line) !== "baseline" || !hasNumbers(line, ["order"])) return false;
  const { uniform, ngram } = line as Record<string, unknown>;
  return hasNumbers(uniform, SCORE) && hasNumbers(ngram, SCORE);
}

const SCORE = ["nats", "bpc", "bpb", "perplexity", "tokens"] as const;

function hasNumbers(value: unknown, names: readonly string[]): boolean {
  if (typeof value !== "object" || value === null) return false;
  return names.every((name) => typeof (value as Record<string, unknown>)[name] === "number");
}

function isNumberOrAbsent(value: unknown, name: string): boolean {
  return !(typeof value === "object" && value !== null && name in value) || hasNumbers(value, [name]);
}
