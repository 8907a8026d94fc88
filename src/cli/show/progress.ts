// Training as a person sees it: a few lines that stay, and one line that moves. Drawn from events alone.

import { log } from "../../base/math.js";
import { binarySize } from "../../base/size.js";
import { retryWords } from "../../training/divergence/advice.js";
import type { TrainEvent } from "../../training/loop/events.js";
import { sizesOf } from "../../training/memory.js";
import { cycleFileOf } from "../../training/run/run.js";
import { withFlags } from "../flags.js";
import { fitParts, joinParts, type Part, widthOf } from "./parts.js";
import { profileLines } from "./profile.js";
import { duration, grouped, oneLine, shorten, type Terminal, threeDigits } from "./terminal.js";

export interface Progress {
  show(event: TrainEvent): void;
}

/** What stands at the top. */
export interface RunTitle {
  readonly folder: string;
  readonly model: string;
  readonly engine: string;
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
  readonly windows: number;
  readonly epochs: number;
  /** The run counts windows, not epochs. */
  readonly bySteps: boolean;
  readonly vocabulary: number;
  /** Of the training part: its loss comes by tokens, and is told in bits a character too. */
  readonly charactersPerToken: number;
  /** Where they are kept apart, how many; undefined to validate where texts of their own are for that. */
  readonly documents?: { readonly train: number; readonly valid: number | undefined } | undefined;
}

type Of<Kind extends TrainEvent["kind"]> = Extract<TrainEvent, { kind: Kind }>;

const PLAIN_LINES = 20; // of progress in a run, where the output is no terminal
const FRAME_MS = 50; // a moving line that changes faster is not read

/** Lines for a terminal; without one, a plain line now and then. */
export function createProgress(terminal: Terminal, title: RunTitle): Progress {
  const { paint } = terminal;
  let baseline: Of<"baseline"> | undefined;
  let validation: Of<"validation"> | undefined;
  let trained: number | undefined;
  let { windows } = title; // more, where a run that went back cut them shorter
  let plainAt = 0;
  let frameAt = Number.NEGATIVE_INFINITY;

  function moving(event: Of<"window">): void {
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

  /** Where a row is short, what another part tells too goes first, then what changes least. */
  function parts(event: Of<"window">): Part[] {
    const left = ((windows / event.window - 1) * event.tokens) / event.clock.tokensPerSecond;
    return [
      { text: `${Math.min(100, Math.floor((100 * event.window) / windows))}%`.padStart(4), rank: 5 },
      { text: title.bySteps ? "" : `epoch ${event.epoch + 1}/${title.epochs}`, rank: 6 },
      { text: `${threeDigits(event.clock.tokensPerSecond).padStart(5)} tok/s`, rank: 1 },
      { text: Number.isFinite(left) ? `${duration(left)} left` : "", rank: 2 },
      { text: `${event.smooth.toFixed(3)} nats`, paint: paint.bold },
      { text: `${(event.smooth / Math.LN2 / title.charactersPerToken).toFixed(2)} bits`, paint: paint.bold, rank: 3 },
      { text: validation ? `valid ${validation.nats.toFixed(2)}` : "", paint: paint.dim },
      { text: baseline ? `${baseline.order}-gram ${baseline.ngram.nats.toFixed(2)}` : "", paint: paint.dim, rank: 1 },
      { text: `uniform ${log(title.vocabulary).toFixed(2)}`, paint: paint.dim, rank: 4 },
    ];
  }

  /** A bar takes what room is left, from 4 to 24 characters. */
  function withBar(all: readonly Part[], share: number): string {
    const width = terminal.width - 3; // room for the ^C that a terminal echoes
    const kept = fitParts(all, width - 6);
    const room = Math.min(24, width - 2 - widthOf(kept));
    if (room < 4) return joinParts(kept, width);
    const full = Math.round(share * room);
    return `${paint.cyan("━".repeat(full))}${paint.dim("─".repeat(room - full))}  ${joinParts(kept, width)}`;
  }

  function validated(event: Of<"validation">): string {
    const all: Part[] = [
      { text: `window ${grouped(event.window)}`, rank: 1 },
      { text: trained === undefined ? "" : `train ${trained.toFixed(3)}`, rank: 2 },
      { text: `valid ${event.nats.toFixed(4)} nats`, paint: paint.bold },
      { text: `${event.bpc.toFixed(3)} bits/char` },
      { text: `perplexity ${event.perplexity.toFixed(2)}` },
      { text: event.lesson === undefined ? "" : `the lesson's way ${event.lesson.toFixed(4)}`, rank: 3 },
      { text: event.best ? "best" : "    ", paint: paint.green },
    ];
    const width = terminal.interactive ? terminal.width - 1 : Number.POSITIVE_INFINITY;
    return joinParts(fitParts(all, width), width).trimEnd();
  }

  return {
    show(event) {
      switch (event.kind) {
        case "start":
          for (const text of opening(event, title)) terminal.line(text);
          return;
        case "window":
          return moving(event);
        case "epoch":
          trained = event.nats;
          return;
        case "baseline":
          baseline = event;
          terminal.line(
            paint.dim(
              `to beat, in nats: ${event.order}-gram ${event.ngram.nats.toFixed(4)}, uniform ${event.uniform.nats.toFixed(4)}`,
            ),
          );
          return;
        case "validation":
          validation = event;
          terminal.line(validated(event));
          trained = undefined;
          return;
        case "cycle":
          terminal.line(
            paint.dim(`cycle ${event.cycle} of the schedule has ended: ${cycleFileOf(event.cycle)} is kept`),
          );
          return;
        case "sample":
          terminal.line(paint.dim(`  ${shorten(oneLine(event.text), terminal.width - 3)}`));
          return;
        case "warning":
          terminal.line(paint.yellow(withFlags(event.text)));
          return;
        case "resumed":
          terminal.line(
            `Going on with ${title.folder} after window ${grouped(event.window)} of ${grouped(title.windows)} (${title.engine}).`,
          );
          return;
        case "retry":
          windows = event.windows;
          plainAt = 0;
          for (const text of retryWords(event)) terminal.line(paint.yellow(withFlags(text)));
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

function opening(event: Of<"start">, title: RunTitle): string[] {
  const rest = event.trimmed > 0 ? ` (${grouped(event.trimmed)} left over)` : "";
  const { total, ...parts } = event.bytes;
  const length = title.bySteps ? "" : `, ${grouped(event.epochs)} epoch${event.epochs === 1 ? "" : "s"}`;
  return [
    `model   ${title.model}, ${grouped(event.parameters)} weights, vocabulary of ${grouped(event.vocabulary)}`,
    `text    ${grouped(event.trainTokens)} tokens to train on${rest}, ${grouped(event.validTokens)} to validate`,
    ...(title.documents ? [`        ${documentsTold(title.documents)}`] : []),
    `length  ${grouped(event.windows)} windows of ${event.lanes} lane${event.lanes === 1 ? "" : "s"}${length}`,
    `memory  ${binarySize(total ?? 0)}: ${sizesOf(parts)}`,
    `engine  ${title.engine}`,
    ...title.skipped.map((each) => `        skipped ${each.name}: ${each.reason}`),
    `run     ${title.folder}`,
  ];
}

function documentsTold({ train, valid }: NonNullable<RunTitle["documents"]>): string {
  const rest = valid === undefined ? "" : `, ${grouped(valid)} to validate`;
  return `${grouped(train)} document${train === 1 ? "" : "s"} to train on${rest}, each from a state of zeros to <end>`;
}
