// Training as a person sees it: a few lines that stay, and one line that moves. Drawn from events alone.

import { log } from "../base/math.js";
import type { TrainEvent } from "../training/events.js";
import { duration, grouped, mebibytes, oneLine, shorten, type Terminal } from "./terminal.js";

export interface Progress {
  show(event: TrainEvent): void;
}

/** What stands at the top. */
export interface RunTitle {
  readonly folder: string;
  readonly model: string;
  readonly engine: string;
  readonly passedOver: readonly { readonly name: string; readonly reason: string }[];
  readonly windows: number;
  readonly epochs: number;
  /** The run counts windows, not epochs. */
  readonly bySteps: boolean;
}

/** Lines for a terminal; without one, a plain line now and then. */
export function openProgress(terminal: Terminal, title: RunTitle): Progress {
  const { paint } = terminal;
  let baseline: Extract<TrainEvent, { kind: "baseline" }> | undefined;
  let validation: Extract<TrainEvent, { kind: "validation" }> | undefined;
  let vocabulary = 0;
  let trained: number | undefined;
  let plainAt = 0;
  let lanes = 1;

  const beside = (): string => {
    if (baseline === undefined) return vocabulary > 0 ? `uniform ${log(vocabulary).toFixed(2)}` : "";
    return `${baseline.order}-gram ${baseline.ngram.nats.toFixed(3)} · uniform ${baseline.uniform.nats.toFixed(2)}`;
  };
  function moving(event: Extract<TrainEvent, { kind: "window" }>): Painted[] {
    const share = event.window / title.windows;
    const left = ((title.windows - event.window) * event.length * lanes) / Math.max(event.clock.tokensPerSecond, 1);
    const epoch = title.bySteps ? `epoch ${event.epoch + 1}` : `epoch ${event.epoch + 1}/${title.epochs}`;
    const known = validation ? `valid ${validation.nats.toFixed(3)}` : "";
    const context = [known, beside()].filter((each) => each !== "").join(" · ");
    const room = terminal.width >= 110 ? 20 : 10;
    const full = Math.round(share * room);
    const speed = `${grouped(event.clock.tokensPerSecond)} tokens/s  ${duration(left)} left  `;
    return [
      ["━".repeat(full), paint.cyan],
      ["─".repeat(room - full), paint.dim],
      [` ${String(Math.floor(100 * share)).padStart(3)}%  ${epoch}  ${speed}`],
      [`${event.smooth.toFixed(3)} nats  ${(event.smooth / Math.LN2).toFixed(2)} bits`, paint.bold],
      [`  ${context}`, paint.dim],
    ];
  }

  return {
    show(event) {
      switch (event.kind) {
        case "start":
          vocabulary = event.vocabulary;
          lanes = event.lanes;
          for (const text of opening(event, title)) terminal.line(text);
          return;
        case "window": {
          if (terminal.interactive) terminal.status(fitParts(moving(event), terminal.width - 1));
          else if (event.window === title.windows || event.window >= plainAt) {
            plainAt = event.window + Math.max(1, Math.floor(title.windows / 20));
            terminal.line(fitParts(moving(event), Number.POSITIVE_INFINITY));
          }
          return;
        }
        case "epoch":
          trained = event.nats;
          return;
        case "baseline":
          baseline = event;
          return;
        case "validation": {
          validation = event;
          const mine = `valid ${paint.bold(event.nats.toFixed(4))} nats  ${event.bpc.toFixed(3)} bits/char  perplexity ${event.perplexity.toFixed(2)}`;
          const learnt = trained === undefined ? "" : `train ${trained.toFixed(4)}  `;
          const mark = event.best ? paint.green("  best so far") : "";
          terminal.line(`window ${grouped(event.window)}  ${learnt}${mine}${mark}  ${paint.dim(beside())}`);
          trained = undefined;
          return;
        }
        case "sample":
          terminal.line(paint.dim(`  ${shorten(oneLine(event.text), terminal.width - 3)}`));
          return;
        case "warning":
          terminal.line(paint.yellow(event.text));
          return;
        case "resumed":
          terminal.line(
            `Going on with ${title.folder} after window ${grouped(event.window)} of ${grouped(title.windows)} (${title.engine}).`,
          );
          return;
        case "saved":
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

function opening(event: Extract<TrainEvent, { kind: "start" }>, title: RunTitle): string[] {
  const rest = event.trimmed > 0 ? ` (${grouped(event.trimmed)} at the end fill no lane)` : "";
  const memory = Object.entries(event.bytes).map(([name, bytes]) => `${name} ${mebibytes(bytes)}`);
  const length = title.bySteps ? "" : ` (${event.epochs} epochs)`;
  return [
    `${title.model}: ${grouped(event.parameters)} weights, vocabulary of ${grouped(event.vocabulary)}`,
    `text    ${grouped(event.trainTokens)} tokens to train on${rest}, ${grouped(event.validTokens)} to validate; ${event.lanes} lanes, ${grouped(event.windows)} windows${length}`,
    `memory  ${memory.join(", ")}`,
    `engine  ${title.engine}${title.passedOver.map((each) => `; passed over ${each.name}: ${each.reason}`).join("")}`,
    `run     ${title.folder}`,
  ];
}

type Painted = readonly [text: string, paint?: (text: string) => string];

/** Parts of a line, cut to a width before they are coloured. */
function fitParts(parts: readonly Painted[], width: number): string {
  let room = width;
  return parts
    .map(([text, paint = (plain: string) => plain]) => {
      const shown = [...text].slice(0, Math.max(0, room)).join("");
      room -= [...text].length;
      return paint(shown);
    })
    .join("");
}
