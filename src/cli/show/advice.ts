// Advice on a terminal: two charts, a table of costs, and the three choices with their reasons.

import { log } from "../../base/math.js";
import { binarySize } from "../../base/size.js";
import type { Advice } from "../../training/adviser/adviser.js";
import { budgetOf } from "../../training/adviser/words.js";
import { flagOf } from "../flags.js";
import { createTerminal, grouped, threeDigits } from "./terminal.js";

const WIDTH = 32; // columns of the longest bar
const ENDS = " ▏▎▍▌▋▊▉";
/** Bars of gradients are empty below this share of the largest. */
const FAINT = 1e-4;

export function adviceLines(a: Advice): string[] {
  const { unit, trained, advised } = a;
  return [
    `budget   ${budgetOf(a.budget)}, on ${a.engine}; measured in ${Math.round(a.spent)} seconds`,
    `trained  ${grouped(trained.windows)} windows of ${trained.batch} lanes and ${trained.bptt} ${unit}: ` +
      `loss ${trained.nats.toFixed(3)} nats`,
    "",
    `gradient  norm of the gradient that reaches back this many ${unit}`,
    `          (mean over ${a.gradientDecay.places} losses; logarithmic bars)`,
    ...gradientLines(a),
    "",
    `context   loss in nats of the same ${grouped(a.context.scored)} ${unit}, after this many ${unit} of context`,
    `          (difference from the carried state, with 95% interval)`,
    ...contextLines(a),
    "",
    `cost      microseconds per token, and memory; * estimated from the others`,
    ...costLines(a),
    ...(a.rounds.length === 0 ? [] : ["", ...candidatesHead(a), ...candidateLines(a.rounds)]),
    "",
    ...(["bptt", "batch", "clip"] as const).map(
      (name) =>
        `${`${flagOf({ name })} ${advised[name]}`.padEnd(12)} ` +
        `${a.given.includes(name) ? "(given) " : ""}${a.reasons[name]}`,
    ),
  ];
}

/** For `train --advise`: shows each stage on the status line, and then the advice. */
export function showAdvice(quiet: boolean): (advice: Advice | undefined, stage: string) => void {
  const terminal = createTerminal(process.stdout, quiet);
  return (advice, stage) => {
    if (advice === undefined) return terminal.status(`Advising: ${stage} …`);
    terminal.done();
    for (const line of [...adviceLines(advice), ""]) terminal.line(line);
  };
}

/** A bar of eighths of a character. */
function bar(share: number): string {
  const eighths = Math.round(8 * WIDTH * Math.min(1, Math.max(0, share)));
  return "█".repeat(eighths >> 3) + (eighths % 8 === 0 ? "" : ENDS[eighths % 8]);
}

function gradientLines({ gradientDecay: { lags, norms } }: Advice): string[] {
  const most = Math.max(...norms);
  return lags.map((lag, i) => {
    const share = norms[i]! / most;
    const shown = share > FAINT ? 1 - log(share) / log(FAINT) : 0;
    return `${String(lag).padStart(6)}  ${bar(shown).padEnd(WIDTH)}  ${norms[i]!.toPrecision(3)}`;
  });
}

function contextLines({ context }: Advice): string[] {
  const { rows, carried, carriedTokens } = context;
  const most = Math.max(...rows.map(({ nats }) => nats));
  const line = (name: string, nats: number, more: string) =>
    `${name.padStart(6)}  ${bar(nats / most).padEnd(WIDTH)}  ${nats.toFixed(4)}${more}`;
  return [
    ...rows.map(({ tokens, nats, above }) => {
      const { mean, low, high } = above;
      const between = Number.isNaN(low) ? "" : `  (${signed(low)} to ${signed(high)})`;
      return line(String(tokens), nats, `  ${signed(mean)}${between}`);
    }),
    line("all", carried, `  the carried state, after at least ${grouped(carriedTokens)}`),
  ];
}

const signed = (x: number) => `${x < 0 ? "−" : "+"}${Math.abs(x).toFixed(4)}`;

/** Values of bptt or batch that the table shows: powers of two, measured ones, and the advised one. */
export function shownOf({ speeds, advised }: Advice, name: "bptt" | "batch"): number[] {
  const measured = speeds.filter((each) => each.measured).map((each) => each[name]);
  const all = [...new Set(speeds.map((each) => each[name]))].sort((a, b) => a - b);
  return all.filter((n) => (n & (n - 1)) === 0 || n === advised[name] || measured.includes(n));
}

/** A row for each bptt, a column for each batch; a star marks estimates. */
function costLines(a: Advice): string[] {
  const { speeds } = a;
  const batches = shownOf(a, "batch");
  const bptts = shownOf(a, "bptt");
  const cell = (bptt: number, batch: number) => {
    const timed = speeds.find((each) => each.bptt === bptt && each.batch === batch);
    if (timed === undefined) return "–";
    return (
      `${threeDigits(1e6 * (timed.measured ?? timed.seconds))}${timed.measured ? "" : "*"} ` +
      `${binarySize(timed.bytes)}`
    );
  };
  const row = (head: string, cells: readonly string[]) =>
    `${head.padStart(10)}${cells.map((each) => each.padStart(18)).join("")}`;
  const grew = speeds.filter((each) => (each.grew ?? 0) > 0);
  const ratios = grew.map((each) => each.grew! / each.bytes).sort((a, b) => a - b);
  return [
    row(
      "bptt",
      batches.map((batch) => `${batch} lanes`),
    ),
    ...bptts.map((bptt) =>
      row(
        String(bptt),
        batches.map((batch) => cell(bptt, batch)),
      ),
    ),
    ...(ratios.length === 0
      ? []
      : [
          `          the process grew by up to ${ratios.at(-1)!.toFixed(2)} of the planned memory ` +
            `in ${ratios.length} of the timed candidates`,
        ]),
  ];
}

function candidatesHead({ learning: { residual } }: Advice): string[] {
  const fit = residual === null ? "" : `; ${residual.toFixed(3)} nats (RMS) from one learning curve`;
  return [`tried     short trainings with the run's own schedule, scored on held-out text${fit}`];
}

function candidateLines(rounds: Advice["rounds"]): string[] {
  return rounds.flatMap(({ seconds, rows }) =>
    rows.map(({ bptt, batch, windows, nats }) => {
      const loss = nats === null ? "diverged" : `${nats.toFixed(4)} nats`;
      return (
        `  ${`${seconds.toPrecision(2)} s`.padEnd(8)}bptt ${String(bptt).padEnd(4)} ` +
        `${String(batch).padEnd(4)}lanes  ${grouped(windows).padStart(6)} windows  ${loss}`
      );
    }),
  );
}
