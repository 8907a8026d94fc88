// A copy report as a table, and the collector of a model's samples, for `copied` and `generate --copied`.

import { usageError } from "../../base/errors.js";
import { EXAMINED_LIMIT, type Novelty } from "../../evaluation/copying/copied.js";
import type { SamplePiece } from "../../generation/samples.js";
import type { Copying, CopyReport, PlacedSpan } from "../../node/scoring/copied.js";
import { grouped, oneLine, visibleLine } from "./terminal.js";
import { shorten } from "./width.js";

export function copyTable(r: CopyReport, width: number): string {
  const { text, heldOut, unit } = r;
  const shorter = heldOut !== undefined && heldOut.tokens < text.tokens;
  const columns = text.novelty.map(({ n }, i) => `${i === 0 ? "new: " : ""}${n}-grams`.padStart(COLUMN));
  return [
    `${r.name}: ${many(text.tokens, unit)}, compared with the ${grouped(r.trained)} of the training text of ${r.run}`,
    `  ${"".padEnd(14)}${"tokens".padStart(10)}${columns.join("")}${"longest span".padStart(14)}`,
    ...rowsOf("this text", text),
    ...(heldOut ? rowsOf("held-out text", heldOut) : []),
    ...(shorter ? ["  The held-out text is shorter, so its longest span may be too."] : []),
    r.verdict,
    ...spanTable(
      "Its longest copied spans, how often each occurs in it and in the training text, and where first:",
      text.spans,
      width,
    ),
    ...(heldOut ? spanTable("Longest copied spans of the held-out text:", heldOut.spans.slice(0, SHOWN), width) : []),
    "",
  ]
    .map(visibleLine)
    .join("\n");
}

const COLUMN = 15;
/** Number of spans that are shown of the held-out text. */
const SHOWN = 3;

/** A row of shares, and a row of their 95% intervals. */
function rowsOf(name: string, { tokens, novelty, longest }: Copying): string[] {
  const row = (first: string, size: string, cells: readonly string[]) =>
    `  ${first.padEnd(14)}${size.padStart(10)}${cells.map((cell) => cell.padStart(COLUMN)).join("")}`;
  const shares = row(name, grouped(tokens), novelty.map(percent)) + grouped(longest).padStart(14);
  return novelty.every(({ low }) => Number.isNaN(low)) ? [shares] : [shares, row("  95%", "", novelty.map(between))];
}

function between({ low, high }: Novelty): string {
  return Number.isNaN(low) ? "" : `${inPercent(low)} to ${inPercent(high)}%`;
}

function inPercent(share: number): string {
  return (100 * share).toFixed(1).replace("100.0", "100");
}

function spanTable(title: string, spans: readonly PlacedSpan[], width: number): string[] {
  if (spans.length === 0) return [];
  const locations = spans.map(({ file, line }) =>
    file === undefined ? `line ${line}` : `${visibleLine(file)}:${line}`,
  );
  const place = spans.some(({ file }) => file === undefined) ? " the training text" : "";
  const wide = Math.max(8, ...locations.map(({ length }) => length));
  const rows = spans.map(({ length, here, times, shown }, i) => {
    const text = shorten(oneLine(shown), Math.max(20, width - wide - 32));
    return (
      `  ${grouped(length).padStart(6)}  ${grouped(here).padStart(6)}  ${grouped(times).padStart(6)}  ${locations[i]!.padEnd(wide)} ` +
      ` “${text}”`
    );
  });
  return [title, `  ${"length".padStart(6)}  ${"here".padStart(6)}  ${"there".padStart(6)}  first in${place}`, ...rows];
}

function percent({ grams, novel }: Novelty): string {
  if (grams === 0) return "–";
  return `${novel === grams ? "100" : Math.min(99.9, (100 * novel) / grams).toFixed(1)}%`; // 100% only if nothing is copied
}

function many(n: number, unit: string): string {
  return `${grouped(n)} ${unit}${n === 1 ? "" : "s"}`;
}

export interface CollectedSamples {
  /** Passes the pieces on, and keeps their ids. */
  collect(pieces: Iterable<SamplePiece>): Generator<SamplePiece, void, void>;
  /** The ids of each sample, in order. */
  ids(): Int32Array[];
}

/** Throws if the samples may be longer than `copied` can examine. */
export function collectSamples(length: number, count: number): CollectedSamples {
  if (length * count > EXAMINED_LIMIT) {
    throw usageError(
      `--copied examines at most ${grouped(EXAMINED_LIMIT)} tokens; --length ${length} and --count ${count} ` +
        `may give ${grouped(length * count)}.`,
      "Write less, or write to a file and examine parts of it with: npx longhand copied",
    );
  }
  const samples: number[][] = [];
  return {
    *collect(pieces) {
      for (const piece of pieces) {
        samples[piece.sample] ??= [];
        for (const { id } of piece.tokens) samples[piece.sample]!.push(id);
        yield piece;
      }
    },
    ids: () => samples.map((ids) => Int32Array.from(ids)),
  };
}
