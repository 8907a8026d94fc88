// Trains a run and shows it: shared by train, resume and start.

import { LonghandError } from "../base/errors.js";
import { joinPath } from "../base/ports.js";
import { readLines } from "../checkpoint/jsonl.js";
import { nodeRunPorts, type Run, type RunControl } from "../node/runs/runs.js";
import type { TrainEvent } from "../training/loop/events.js";
import { loggedResults } from "../training/run/logged.js";
import { RunFile } from "../training/run/run.js";
import { againWith, commandLine } from "./invocation.js";
import { printResult } from "./show/json.js";
import { describeModel } from "./show/model.js";
import { createTrainingScreen } from "./show/progress.js";
import { showReading } from "./show/reading.js";
import { createTerminal, grouped, print, tell } from "./show/terminal.js";
import { type Ended, verdictOf } from "./show/verdict.js";
import { listenForStop } from "./signals.js";

export interface OutputOptions {
  /** Print events as JSON, one a line. */
  readonly json?: boolean;
  readonly quiet?: boolean;
  /** Print at the end where the time went. */
  readonly profile?: boolean;
  /** The words of the command, to which flags of another try are added; none for a run that goes on. */
  readonly again?: readonly string[];
}

/** Opens a run, trains it to its end or to a signal, and returns the exit code. */
export async function showRun(open: (control: RunControl) => Promise<Run>, o: OutputOptions): Promise<number> {
  const terminal = createTerminal(process.stdout, o.quiet || o.json);
  const stop = listenForStop();
  try {
    const notice = (text: string) => {
      terminal.done();
      if (!o.quiet) tell(text);
    };
    const reading = showReading(terminal);
    const run = await open({
      stopping: stop.asked,
      notice,
      profile: o.profile === true,
      reading,
      timed: !o.quiet && !o.json,
    });
    terminal.done();
    stop.begin(() => terminal.line("Stopping after this window, then saving. Press Ctrl-C again to stop at once."));
    const { settings, engine } = run.config;
    const { threads, corpus } = run.trainingRun;
    const title = {
      folder: run.folder,
      model: describeModel(settings),
      engine: threads > 1 ? `${engine}, ${threads} threads` : engine,
      skipped: run.skipped,
      windows: run.trainingRun.trainer.windows,
      epochs: run.trainingRun.settings.epochs,
      bySteps: settings.steps !== undefined,
      seconds: run.seconds,
      kept: run.trainingRun.kept,
      vocabulary: corpus.vocab.size,
      charactersPerToken: corpus.train.characters / corpus.train.length,
      spellingPerToken: corpus.train.spelling / corpus.train.length,
      texts: run.config.text.names,
      validTexts: run.config.valid?.names,
    };
    const screen = createTrainingScreen(terminal, title);
    for await (const event of run.events) {
      if (o.json) await print(`${JSON.stringify(event)}\n`);
      else screen.show(event);
      if (event.kind === "resumed" && !o.json)
        for (const last of await lastResults(run.folder, notice)) screen.show(last);
    }
    const { position, best, ended } = run.trainingRun.trainer.stateInPlace();
    const failure = stop.failure();
    if (failure !== undefined) throw outputFailed(failure, run.folder, ended);
    if (o.json) {
      await printResult({
        folder: run.folder,
        ended,
        window: position.window,
        nats: best?.nats ?? null,
        bestWindow: best?.window ?? null,
        kept: run.trainingRun.kept,
        model: joinPath(run.folder, RunFile.model),
      });
    }
    if (!ended) {
      terminal.line(
        `Stopped after window ${grouped(position.window)} of ${grouped(run.trainingRun.trainer.windows)}. ` +
          `Resume with: ${commandLine("resume", run.folder)}`,
      );
      return stop.code();
    }
    const { kept } = run.trainingRun;
    const reached = best && ` Best validation loss: ${best.nats.toFixed(4)} nats, at window ${grouped(best.window)}.`;
    const is = best && kept === "last" ? "The model, of the last weights, is" : "The model is";
    terminal.line(`Done.${reached ?? ""} ${is} ${joinPath(run.folder, RunFile.model)}.`);
    terminal.line(
      `Generate text with: ${commandLine("generate", run.folder, "--length", "500", "--temperature", "0.8")}`,
    );
    const verdict = verdictOf(await endOf(run));
    if (verdict !== undefined) {
      const { text, flags } = verdict;
      const words = o.again ?? [];
      const next = words.length > 0 ? againWith(words, [...flags, "--out", `${run.folder}-2`]) : flags.join(" ");
      terminal.line(flags.length > 0 ? `${text} Try: ${next}` : text);
    }
    return 0;
  } finally {
    terminal.done();
    stop.release();
  }
}

/** Standard output failed, and the run was saved. */
function outputFailed(failure: unknown, folder: string, ended: boolean): LonghandError {
  const next = commandLine(ended ? "info" : "resume", folder);
  const message = failure instanceof Error ? failure.message : String(failure);
  return new LonghandError("io", message, { hint: `The run was saved. Go on with: ${next}`, cause: failure });
}

/** What the last line of a run is drawn from. */
async function endOf({ folder, config, trainingRun }: Run): Promise<Ended> {
  const lines = (await readLines(nodeRunPorts.fs, joinPath(folder, RunFile.log))) as TrainEvent[];
  return {
    baseline: lines.findLast((line) => line.kind === "baseline"),
    validations: lines.filter((line) => line.kind === "validation"),
    kept: trainingRun.kept,
    validTokens: trainingRun.corpus.valid?.length,
    settings: { ...config.settings, epochs: trainingRun.settings.epochs },
  };
}

/** The baseline and the last validation, from the log of a run that was stopped. */
async function lastResults(folder: string, notice: (text: string) => void): Promise<TrainEvent[]> {
  const path = joinPath(folder, RunFile.log);
  const { baseline, validations, warning } = loggedResults(await readLines(nodeRunPorts.fs, path), path);
  if (warning !== undefined) notice(warning);
  return [baseline, validations.at(-1)].filter((event) => event !== undefined);
}
