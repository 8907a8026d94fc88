// The screen of a training run: lines that stay, and a status line that is rewritten. Drawn from events alone.

import { log } from "../../base/math.js";
import { binarySize } from "../../base/size.js";
import { describeRetry } from "../../training/divergence/messages.js";
import type { TrainEvent } from "../../training/loop/events.js";
import { sizesOf } from "../../training/memory.js";
import { cycleFileOf } from "../../training/run/run.js";
import { withFlags } from "../flags.js";
import { fitParts, joinParts, type LinePart, widthOf } from "./parts.js";
import { profileLines } from "./profile.js";
import { counted, duration, grouped, oneLine, type Terminal, threeDigits } from "./terminal.js";
import { textLines, wrapped } from "./text.js";
import { shorten } from "./width.js";

export interface TrainingScreen {
  show(event: TrainEvent): void;
}

/** Data of a run's opening lines. */
export interface RunTitle {
  readonly folder: string;
  readonly model: string;
  readonly engine: string;
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
  readonly windows: number;
  readonly epochs: number;
  /** The run's length was set in windows, not in epochs. */
  readonly bySteps: boolean;
  /** Seconds that the run will take, as measured before it; undefined where nothing was measured. */
  readonly seconds?: number | undefined;
  /** The weights that the run keeps. */
  readonly kept: "best" | "last";
  readonly vocabulary: number;
  /** Of the training part: turn a loss per token into bits per character. */
  readonly charactersPerToken: number;
  readonly spellingPerToken: number;
  /** Names of the texts, and of those to validate on. */
  readonly texts: readonly string[];
  readonly validTexts?: readonly string[] | undefined;
}

type Of<Kind extends TrainEvent["kind"]> = Extract<TrainEvent, { kind: Kind }>;

/** Number of progress lines of a run if the output is no terminal. */
const PLAIN_LINES = 20;
/** Epochs of a run whose validations and samples are shown; the log has them all. */
const SHOWN = 20;
/** A run's own speed is believed after so many seconds and windows. */
const SURE_SECONDS = 5;
const SURE_WINDOWS = 20;
/** The status line changes no faster, in milliseconds. */
const FRAME_MS = 50;

/** If the output is no terminal, plain lines replace the status line. */
export function createTrainingScreen(terminal: Terminal, title: RunTitle): TrainingScreen {
  const { paint } = terminal;
  let baseline: Of<"baseline"> | undefined;
  let validation: Of<"validation"> | undefined;
  let reading: Of<"reading"> | undefined;
  let trained: number | undefined;
  let { windows } = title; // a recovery that shortens the windows makes more of them
  let since: { readonly at: number; readonly window: number } | undefined;
  let passed = false; // the last validation, and so its sample
  const showEvery = title.bySteps ? 1 : Math.max(1, Math.ceil(title.epochs / SHOWN));
  let plainAt = 0;
  let frameAt = Number.NEGATIVE_INFINITY;

  function showWindow(event: Of<"window">): void {
    const last = event.window === windows;
    if (!terminal.interactive) {
      if (!last && event.window < plainAt) return;
      plainAt = event.window + Math.max(1, Math.floor(windows / PLAIN_LINES));
      terminal.line(joinParts(fitParts(parts(event), Number.POSITIVE_INFINITY), Number.POSITIVE_INFINITY));
      return;
    }
    const now = performance.now();
    if (!last && now - frameAt < FRAME_MS) return;
    frameAt = now;
    terminal.status(withBar(parts(event), Math.min(1, event.window / windows)));
  }

  /** On a narrow terminal, parts that repeat another are left out first, then those that change least. */
  function parts(event: Of<"window">): LinePart[] {
    const charged = event.smooth + title.spellingPerToken;
    const left = secondsLeft(event);
    return [
      { text: `${Math.min(100, Math.floor((100 * event.window) / windows))}%`.padStart(4), rank: 5 },
      { text: title.bySteps ? "" : `epoch ${event.epoch + 1}/${title.epochs}`, rank: 6 },
      { text: `${threeDigits(event.clock.tokensPerSecond).padStart(5)} tok/s`, rank: 1 },
      { text: Number.isFinite(left) ? `${duration(left)} left` : "", rank: 2 },
      { text: `${event.smooth.toFixed(3)} nats`, paint: paint.bold },
      { text: `${(charged / Math.LN2 / title.charactersPerToken).toFixed(2)} bits`, paint: paint.bold, rank: 3 },
      { text: validation ? `valid ${validation.nats.toFixed(2)}` : "", paint: paint.dim },
      { text: baseline ? `${baseline.order}-gram ${baseline.ngram.nats.toFixed(2)}` : "", paint: paint.dim, rank: 1 },
      { text: `uniform ${log(title.vocabulary).toFixed(2)}`, paint: paint.dim, rank: 4 },
    ];
  }

  /** By what was measured before the run; after some seconds by the run itself, its validations included. */
  function secondsLeft(event: Of<"window">): number {
    since ??= { at: performance.now(), window: event.window };
    const gone = (performance.now() - since.at) / 1000;
    const done = event.window - since.window;
    if (gone > SURE_SECONDS && done >= SURE_WINDOWS) return ((windows - event.window) * gone) / done;
    return title.seconds === undefined ? Number.NaN : title.seconds * (1 - event.window / windows);
  }

  /** The bar takes the columns that are left, from 4 to 24. */
  function withBar(all: readonly LinePart[], share: number): string {
    const width = terminal.width - 3; // a terminal echoes ^C behind the line
    const fitting = fitParts(all, width - 6);
    const barWidth = Math.min(24, width - 2 - widthOf(fitting));
    if (barWidth < 4) return joinParts(fitting, width);
    const full = Math.round(share * barWidth);
    return `${paint.cyan("━".repeat(full))}${paint.dim("─".repeat(barWidth - full))}  ${joinParts(fitting, width)}`;
  }

  function validated(event: Of<"validation">): string {
    const all: LinePart[] = [
      { text: `window ${grouped(event.window)}`, rank: 1 },
      { text: trained === undefined ? "" : `train ${trained.toFixed(3)}`, rank: 2 },
      { text: `valid ${event.nats.toFixed(4)} nats`, paint: paint.bold },
      { text: `${event.bpc.toFixed(3)} bits/char` },
      { text: `perplexity ${event.perplexity.toFixed(2)}` },
      { text: event.lesson === undefined ? "" : `as in the lesson ${event.lesson.toFixed(4)}`, rank: 3 },
      { text: event.best ? "best" : "    ", paint: paint.green },
    ];
    const width = terminal.interactive ? terminal.width - 1 : Number.POSITIVE_INFINITY;
    return joinParts(fitParts(all, width), width).trimEnd();
  }

  return {
    show(event) {
      switch (event.kind) {
        case "reading":
          reading = event;
          return;
        case "start":
          for (const text of opening(event, reading, title)) terminal.line(text);
          return;
        case "window":
          return showWindow(event);
        case "epoch":
          trained = event.nats;
          return;
        case "baseline":
          baseline = event;
          terminal.line(
            paint.dim(
              `baseline  ${event.order}-gram ${event.ngram.nats.toFixed(4)} nats, uniform guess ${event.uniform.nats.toFixed(4)} ` +
                "nats",
            ),
          );
          return;
        case "validation":
          validation = event;
          passed = event.window < windows && (event.epoch + 1) % showEvery !== 0;
          if (!passed) terminal.line(validated(event));
          trained = undefined;
          return;
        case "cycle":
          terminal.line(
            paint.dim(
              `cycle ${event.cycle} of the schedule has ended; its model is saved as ${cycleFileOf(event.cycle)}`,
            ),
          );
          return;
        case "sample":
          if (passed) return;
          terminal.line(paint.dim(`  ${shorten(oneLine(event.text), terminal.width - 3)}`));
          return;
        case "warning":
          terminal.line(paint.yellow(withFlags(event.text)));
          return;
        case "resumed":
          terminal.line(
            `Resuming ${title.folder} after window ${grouped(event.window)} of ${grouped(title.windows)} ` +
              `(${title.engine}).`,
          );
          return;
        case "retry":
          windows = event.windows;
          plainAt = 0;
          for (const text of describeRetry(event)) terminal.line(paint.yellow(withFlags(text)));
          return;
        case "saved":
          return;
        case "profile":
          for (const text of profileLines(event)) terminal.line(text);
          return;
        case "diverged":
        case "interrupted":
        case "end":
          terminal.done();
          return;
        default:
          return event satisfies never;
      }
    },
  };
}

function opening(event: Of<"start">, reading: Of<"reading"> | undefined, title: RunTitle): string[] {
  const { total, ...parts } = event.bytes;
  const length = title.bySteps ? "" : `, ${counted(event.epochs, "epoch")}`;
  return [
    `model   ${title.model}, ${grouped(event.parameters)} weights, vocabulary of ${grouped(event.vocabulary)}`,
    ...textLines(event, reading, title),
    ...(title.kept === "last" && event.validTokens > 0
      ? ["        too few validation tokens to choose weights by: the last weights are kept"]
      : []),
    `length  ${counted(event.windows, "window")} of ${counted(event.lanes, "lane")}${length}${timeOf(title)}`,
    ...wrapped(`memory  ${binarySize(total ?? 0)}: `, sizesOf(parts).split(", "), ", "),
    `engine  ${title.engine}`,
    ...title.skipped.map((each) => `        skipped ${each.name}: ${each.reason}`),
    `run     ${title.folder}`,
  ];
}

function timeOf({ seconds }: RunTitle): string {
  if (seconds === undefined || !Number.isFinite(seconds)) return "";
  return `: about ${seconds < 90 ? counted(Math.max(1, seconds), "second") : counted(seconds / 60, "minute")}`;
}
