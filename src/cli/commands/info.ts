// longhand info: prints a run's settings and progress.

import type { Command } from "commander";
import { readRunInfo } from "../../node/runs/info.js";
import type { RecoveryState } from "../../training/divergence/recovering-trainer.js";
import { namesOf } from "../../training/run/resume.js";
import { RunFile } from "../../training/run/run.js";
import type { CheckedSettings } from "../../training/settings/settings.js";
import { settingRows } from "../../training/settings/table.js";
import { settingNamed } from "../../training/settings/values.js";
import { flagOf, flagValue } from "../flags.js";
import { requireFolder } from "../folders.js";
import { commandLine } from "../invocation.js";
import { JSON_HELP, printResult } from "../show/json.js";
import { describeModel } from "../show/model.js";
import { counted, grouped, print, printLines, tell } from "../show/terminal.js";

export function define(command: Command, exit: (code: number) => void): void {
  command
    .description("Prints a run's model, text, settings, progress and validations.")
    .argument("[run]", "the run's folder (default: list the runs in this folder and in runs/)")
    .option("--json", JSON_HELP)
    .addHelpText("after", "\nExamples:\n  npx longhand info runs/my\n  npx longhand info\n")
    .action(async (folder: string | undefined, options: Record<string, unknown>) => {
      if (folder === undefined) {
        await listAll(options.json === true);
        return exit(0);
      }
      await requireFolder(folder);
      const notice = (text: string) => tell(text);
      const { info, model, recovery } = await readRunInfo(folder, notice);
      const { best, ended, parameters, position, settings, text, validations } = info;
      if (options.json === true) {
        const { vocabularySize: vocabulary, ...about } = info;
        await printResult({ ...about, vocabulary });
        return exit(0);
      }
      const set = settingRows.flatMap((row) => {
        const value = settingNamed(settings, row.name);
        return value === undefined || value === row.default ? [] : [`${flagOf(row)} ${flagValue(value)}`];
      });
      const lines = [
        `run        ${folder}: ${ended ? "finished" : "not finished"}, ${counted(position.window, "window")}, ` +
          `epoch ${position.epoch + (position.at > 0 ? 1 : 0)}, ${counted(position.tokens, "token")}`,
        `model      ${describeModel(settings)}, ${grouped(parameters)} weights, vocabulary ` +
          `of ${grouped(model.vocab.size)} (${model.field.unit})`,
        `text       ${namesOf(text.names)} (${grouped(text.bytes)} bytes, sha256 ` + `${text.sha256.slice(0, 12)}…)`,
        ...(model.vocab.endId === undefined
          ? []
          : [
              `documents  ${grouped(model.counts[model.vocab.endId]! - 1)} for training; each begins with a ` +
                "zero state and ends with <end>",
            ]),
        `holds      the text, as tokens, in ${RunFile.tokens}; ${RunFile.model} holds the weights and the vocabulary`,
        `engine     ${info.engine}`,
        `settings   ${set.length === 0 ? "all at their defaults" : set.join(" ")}`,
        ...changedLines(recovery, settings),
        "best       " +
          `${best === null ? "not validated yet" : `${best.nats.toFixed(4)} nats at window ${grouped(best.window)}`}`,
        ...validations.map(
          (v) =>
            `  window ${grouped(v.window).padStart(9)}  ${v.nats.toFixed(4)} nats  ${v.bpc.toFixed(4)} ` +
            `bits/char${v.best ? "  best" : ""}`,
        ),
        ended
          ? `next       ${commandLine("generate", folder, "--length", "500")}`
          : `next       ${commandLine("resume", folder)}`,
      ];
      await printLines(lines);
      exit(0);
    });
}

/** Prints the runs in this folder and in runs/. */
async function listAll(json: boolean): Promise<void> {
  const { listRuns } = await import("../../node/runs/list.js");
  const runs = await listRuns([".", "runs"]);
  if (json) return printResult({ runs });
  if (runs.length === 0) {
    return print(`There is no run in this folder, nor in runs/. Begin one with: ${commandLine("train", "my.txt")}\n`);
  }
  const width = Math.max(...runs.map((run) => run.folder.length));
  const lines = runs.map(({ folder, ended, window, nats }) => {
    const best = nats === null ? "not validated yet" : `${nats.toFixed(4)} nats`;
    return `${folder.padEnd(width)}  ${(ended ? "finished" : "not finished").padEnd(12)}  ${`window ${grouped(window)}`.padEnd(16)}  ${best}`;
  });
  await printLines(lines);
}

/** The settings that a recovery from divergence has changed. */
function changedLines({ hyperparameters, brokeAt }: RecoveryState, set: CheckedSettings): string[] {
  if (brokeAt === 0) return [];
  const now = {
    lr: hyperparameters.rate * hyperparameters.scale,
    bptt: hyperparameters.bptt,
    clip: hyperparameters.clip,
  };
  const changed = Object.entries(now).filter(([name, value]) => value !== settingNamed(set, name));
  if (changed.length === 0) return [];
  const flags = changed.map(([name, value]) => `${flagOf({ name })} ${Number(value.toPrecision(3))}`);
  return [`recovered  ${flags.join(" ")}, since it diverged in window ${grouped(brokeAt)}`];
}
