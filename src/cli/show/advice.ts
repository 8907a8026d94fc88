// Advice as a person reads it on a terminal: two charts, a table of what a token costs, and three choices with a reason
// each.

import { log } from "../../base/math.js";
import { binarySize } from "../../base/size.js";
import type { Advice } from "../../training/adviser/adviser.js";
import { budgetOf } from "../../training/adviser/words.js";
import { flagOf } from "../flags.js";
import { createTerminal, grouped, threeDigits } from "./terminal.js";

const WIDTH = 32; // of the longest bar
const ENDS = " ▏▎▍▌▋▊▉";
/** Bars of gradients end at this share of the largest. */
const FAINT = 1e-4;

export function adviceLines(a: Advice): string[] {
  const { unit, trained, advised } = a;
  return [
    `for      ${budgetOf(a.budget)}, on ${a.engine}; measured in ${Math.round(a.spent)} seconds`,
    `trained  ${grouped(trained.windows)} windows of ${trained.batch} lanes and ${trained.bptt} ${unit}, to ${trained.nats.toFixed(3)} ` +
      "nats",
    "",
    `gradient  how much of a loss comes back after so many ${unit}: a mean over ${a.fading.places} losses; ` +
      "bars by the logarithm",
    ...fadingLines(a),
    "",
    `context   loss in nats, of the same ${grouped(a.context.scored)} ${unit}, with a state that has read so many`,
    ...contextLines(a),
    "",
    `cost      microseconds a token, and what the plan holds; * as the others tell`,
    ...costLines(a),
    ...(a.race.length === 0 ? [] : ["", raceHead(a), ...raceLines(a.race)]),
    "",
    ...(["bptt", "batch", "clip"] as const).map(
      (name) =>
        `${`${flagOf({ name })} ${advised[name]}`.padEnd(12)} ` +
        `${a.given.includes(name) ? "as it was set: " : ""}${a.reasons[name]}`,
    ),
  ];
}

/** For `train --advise`: what is being done on the line that moves, and the advice when it is there. */
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

function fadingLines({ fading: { lags, norms } }: Advice): string[] {
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
    line("all", carried, `  the carried state, of ${grouped(carriedTokens)} and more`),
  ];
}

const signed = (x: number) => `${x < 0 ? "−" : "+"}${Math.abs(x).toFixed(4)}`;

/**
 * Of the numbers of lanes, or the bptts, whose costs are known, those that are worth a line: powers of two, measured,
 * or advised.
 */
export function shownOf({ speeds, advised }: Advice, name: "bptt" | "batch"): number[] {
  const measured = speeds.filter((each) => each.measured).map((each) => each[name]);
  const all = [...new Set(speeds.map((each) => each[name]))].sort((a, b) => a - b);
  return all.filter((n) => (n & (n - 1)) === 0 || n === advised[name] || measured.includes(n));
}

/** A row for each bptt, a column for each number of lanes; those that were not measured bear a star. */
function costLines(a: Advice): string[] {
  const { speeds } = a;
  const [batches, bptts] = [shownOf(a, "batch"), shownOf(a, "bptt")];
  const cell = (bptt: number, batch: number) => {
    const found = speeds.find((each) => each.bptt === bptt && each.batch === batch);
    if (found === undefined) return "–";
    return (
      `${threeDigits(1e6 * (found.measured ?? found.seconds))}${found.measured ? "" : "*"} ` +
      `${binarySize(found.bytes)}`
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
          `          while ${ratios.length} were timed the process grew by up to ${ratios.at(-1)!.toFixed(2)} ` +
            "of the plan",
        ]),
  ];
}

function raceHead({ learning: { beside } }: Advice): string {
  const near = beside === null ? "" : `; they lie within ${beside.toFixed(3)} nats of one curve of progress`;
  return `tried     from the start, by the run's own schedule, scored on text that none saw${near}`;
}

function raceLines(heats: Advice["race"]): string[] {
  return heats.flatMap(({ seconds, rows }) =>
    rows.map(({ bptt, batch, windows, nats }) => {
      const loss = nats === null ? "numbers broke" : `${nats.toFixed(4)} nats`;
      return (
        `  ${`${seconds.toPrecision(2)} s`.padEnd(8)}bptt ${String(bptt).padEnd(4)} ` +
        `${String(batch).padEnd(4)}lanes  ${grouped(windows).padStart(6)} windows  ${loss}`
      );
    }),
  );
}
