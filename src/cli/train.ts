// What train, resume and start share: a run shown to its end, and how it ended.

import { joinPath } from "../base/ports.js";
import { readLines } from "../checkpoint/jsonl.js";
import { nodeRunPorts, type Run, type RunControl } from "../node/runs/runs.js";
import type { TrainEvent } from "../training/loop/events.js";
import { RunFile } from "../training/run/run.js";
import type { CheckedSettings } from "../training/settings/settings.js";
import { withFlags } from "./flags.js";
import { createProgress, type RunTitle } from "./show/progress.js";
import { showReading } from "./show/reading.js";
import { createTerminal, print } from "./show/terminal.js";
import { listenForStop } from "./signals.js";

export interface ShowOptions {
  /** Print events as NDJSON. */
  readonly json?: boolean;
  readonly quiet?: boolean;
  /** Tell at the end where the time went. */
  readonly profile?: boolean;
}

/** Opens a run, trains it to its end or to a signal, and returns the exit code. */
export async function showRun(open: (control: RunControl) => Promise<Run>, o: ShowOptions): Promise<number> {
  const terminal = createTerminal(process.stdout, o.quiet || o.json);
  const stop = listenForStop();
  try {
    const notice = (text: string) => {
      terminal.done();
      if (!o.quiet) process.stderr.write(`${withFlags(text)}\n`);
    };
    const reading = showReading(terminal);
    const run = await open({ stopping: stop.asked, notice, profile: o.profile === true, reading });
    terminal.done();
    stop.begin(() => terminal.line("Stopping after this window and saving. Once more to stop at once."));
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
      vocabulary: corpus.vocab.size,
      charactersPerToken: corpus.train.characters / corpus.train.length,
      documents: documentsOf(run),
    };
    const progress = createProgress(terminal, title);
    for await (const event of run.events) {
      if (o.json) await print(`${JSON.stringify(event)}\n`);
      else progress.show(event);
      if (event.kind === "resumed" && !o.json) for (const told of await lastTold(run.folder)) progress.show(told);
    }
    const { position, best, ended } = run.trainingRun.trainer.stateInPlace();
    if (!ended) {
      terminal.line(
        `Stopped after window ${position.window} of ${run.trainingRun.trainer.windows}. Go on with: longhand resume ${run.folder}`,
      );
      return stop.code();
    }
    const reached = best === undefined ? "" : ` Best: ${best.nats.toFixed(4)} nats at window ${best.window}.`;
    terminal.line(`Done.${reached} The model is ${joinPath(run.folder, RunFile.model)}.`);
    terminal.line(`Let it write: longhand generate ${run.folder} --length 500 --temperature 0.8`);
    return 0;
  } finally {
    terminal.done();
    stop.release();
  }
}

/** How many documents each part has; each ends with its `<end>`, and one stands before the first. */
function documentsOf({ config, trainingRun: { corpus } }: Run): RunTitle["documents"] {
  const { endId } = corpus.vocab;
  if (endId === undefined) return undefined;
  const train = corpus.counts[endId]! - 1;
  return { train, valid: config.valid ? undefined : corpus.documents - train };
}

/** What a person had beside the loss when the run was stopped: the numbers to beat and the last validation. */
async function lastTold(folder: string): Promise<TrainEvent[]> {
  const lines = (await readLines(nodeRunPorts.fs, joinPath(folder, RunFile.log))) as TrainEvent[];
  const last = (kind: TrainEvent["kind"]) => lines.findLast((line) => line.kind === kind);
  return [last("baseline"), last("validation")].filter((event) => event !== undefined);
}

/** gru 2 × 256: layers and hidden units. */
export function describeModel(settings: CheckedSettings): string {
  return `${settings.cell} ${settings.layers} × ${settings.hidden}`;
}
