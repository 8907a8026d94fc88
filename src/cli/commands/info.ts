// longhand info: prints a run's settings and progress.

import type { Command } from "commander";
import { joinPath } from "../../base/ports.js";
import { readLines } from "../../checkpoint/jsonl.js";
import { loadModel } from "../../node/files/models.js";
import { nodeRunPorts } from "../../node/runs/runs.js";
import type { RecoveryState } from "../../training/divergence/recovering-trainer.js";
import { loadRun, RunFile } from "../../training/run/run.js";
import type { CheckedSettings } from "../../training/settings/settings.js";
import { settingRows } from "../../training/settings/table.js";
import { settingNamed } from "../../training/settings/values.js";
import { flagOf, flagValue, withFlags } from "../flags.js";
import { requireFolder } from "../folders.js";
import { commandLine } from "../invocation.js";
import { describeModel } from "../show/model.js";
import { counted, grouped, print } from "../show/terminal.js";

export function define(command: Command, exit: (code: number) => void): void {
  command
    .description("Prints a run's model, text, settings, progress and validations.")
    .argument("<run>", "the run's folder")
    .option("--json", "print one JSON object")
    .addHelpText("after", "\nExample:\n  npx longhand info runs/my\n")
    .action(async (folder: string, options: Record<string, unknown>) => {
      await requireFolder(folder);
      const notice = (text: string) => void process.stderr.write(`${withFlags(text)}\n`);
      const { config, trainer } = await loadRun(nodeRunPorts, folder, notice);
      const model = await loadModel(folder);
      const log = await readLines(nodeRunPorts.fs, joinPath(folder, RunFile.log));
      const validations = log.filter(isValidation);
      const { position, best, ended, recovery } = trainer;
      if (options.json === true) {
        const { chunks: _, ...text } = config.text;
        const about = {
          folder,
          ...config,
          text,
          position,
          best: best ?? null,
          ended,
          hyperparameters: recovery.hyperparameters,
          parameters: trainer.weights.length,
          vocabulary: model.vocab.size,
          validations,
        };
        await print(`${JSON.stringify(about)}\n`);
        return exit(0);
      }
      const set = settingRows.flatMap((row) => {
        const value = settingNamed(config.settings, row.name);
        return value === undefined || value === row.default ? [] : [`${flagOf(row)} ${flagValue(value)}`];
      });
      const lines = [
        `run        ${folder}: ${ended ? "finished" : "not finished"}, ${counted(position.window, "window")}, ` +
          `epoch ${position.epoch + (position.at > 0 ? 1 : 0)}, ${counted(position.tokens, "token")}`,
        `model      ${describeModel(config.settings)}, ${grouped(trainer.weights.length)} weights, vocabulary ` +
          `of ${grouped(model.vocab.size)} (${model.field.unit})`,
        `text       ${config.text.names.join(", ")} (${grouped(config.text.bytes)} bytes, sha256 ` +
          `${config.text.sha256.slice(0, 12)}…)`,
        ...(model.vocab.endId === undefined
          ? []
          : [
              `documents  ${grouped(model.counts[model.vocab.endId]! - 1)} for training; each begins with a ` +
                "zero state and ends with <end>",
            ]),
        `engine     ${config.engine}`,
        `settings   ${set.length === 0 ? "all at their defaults" : set.join(" ")}`,
        ...changedLines(recovery, config.settings),
        "best       " +
          `${best === undefined ? "not validated yet" : `${best.nats.toFixed(4)} nats at window ${grouped(best.window)}`}`,
        ...validations.map(
          (v) =>
            `  window ${grouped(v.window).padStart(9)}  ${v.nats.toFixed(4)} nats  ${v.bpc.toFixed(4)} ` +
            `bits/char${v.best ? "  best" : ""}`,
        ),
        ended
          ? `next       ${commandLine("generate", folder, "--length", "500")}`
          : `next       ${commandLine("resume", folder)}`,
      ];
      await print(`${lines.join("\n")}\n`);
      exit(0);
    });
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

interface Validation {
  readonly window: number;
  readonly nats: number;
  readonly bpc: number;
  readonly best: boolean;
}

function isValidation(line: unknown): line is Validation {
  return typeof line === "object" && line !== null && "kind" in line && line.kind === "validation";
}
