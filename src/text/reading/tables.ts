// Readers of tables: CSV with any of four separators (RFC 4180), and JSON Lines. Text goes in, the texts of a column
// come out.

import { type LonghandError, shown, textError } from "../../base/errors.js";

export interface RowReader {
  /** The column's texts in the rows that are complete. */
  push(text: string): string[];
  /** Those of the last row. */
  end(): string[];
  /** Number of rows without a text. */
  readonly empty: number;
}

/** The most characters of one row. */
const LONGEST_ROW = 2 ** 24;
const separators = [",", "\t", ";", "|"];

/** A reader of the kind of table that begins so. */
export async function rowsOf(head: Uint8Array, file: string, column: string): Promise<RowReader> {
  const begin = new TextDecoder().decode(head);
  return isJson(begin) ? jsonRows(file, column) : csvRows(begin, file, column);
}

export function isJson(begin: string): boolean {
  return /^\s*[{[]/.test(begin);
}

function missing(file: string, column: string, names: readonly string[]): LonghandError {
  const list = names.slice(0, 20).map(shown).join(", ");
  const more = names.length > 20 ? ` and ${names.length - 20} more` : "";
  return textError(`${file} has no column ${shown(column)}. It has ${list}${more}.`, "Name one of these as `column`.");
}

async function csvRows(begin: string, file: string, column: string): Promise<RowReader> {
  const { CsvParser } = await import("../../libraries/papaparse.js");
  const newline = begin.includes("\n") ? "\n" : "\r";
  const headers = separators.map((delimiter) => {
    const { data } = new CsvParser({ delimiter, newline, preview: 1 }).parse(begin, 0, false);
    return { delimiter, names: (data[0] ?? []).map((name) => name.trim()) };
  });
  const widest = headers.reduce((best, each) => (each.names.length > best.names.length ? each : best));
  const { delimiter, names } = headers.find((each) => each.names.includes(column)) ?? widest;
  const at = names.indexOf(column);
  if (at < 0) throw missing(file, column, names);
  const parser = new CsvParser({ delimiter, newline });
  let pending = "";
  let wanted = 0; // no row is complete in fewer characters: a long row is not read again with each piece
  let row = 0; // of the next, the header being 0
  let empty = 0;
  const take = (open: boolean): string[] => {
    const { data, errors, meta } = parser.parse(pending, 0, open);
    const [bad] = errors;
    if (bad !== undefined) {
      throw textError(
        `${file}: row ${row + bad.row + 1} has a quote that is not closed, or text after a closing quote.`,
        'In CSV a quote within a quoted field is doubled: "".',
      );
    }
    pending = open ? pending.slice(meta.cursor) : "";
    wanted = data.length === 0 ? 2 * pending.length : 0;
    if (pending.length > LONGEST_ROW) {
      throw textError(`${file}: row ${row + data.length + 1} does not end; a quote in it may not be closed.`);
    }
    const texts: string[] = [];
    for (const cells of data) {
      const blank = cells.length === 1 && cells[0]!.trim() === "";
      const cell = cells[at]?.replace(/\r$/, "") ?? "";
      if (row > 0 && !blank) {
        if (cell === "") empty += 1;
        else texts.push(cell);
      }
      row += 1;
    }
    return texts;
  };
  return {
    push(text) {
      pending += text;
      return pending.length < wanted ? [] : take(true);
    },
    end: () => (pending === "" ? [] : take(false)),
    get empty() {
      return empty;
    },
  };
}

function jsonRows(file: string, column: string): RowReader {
  let pending = "";
  let line = 0;
  let empty = 0;
  let found = false;
  let names: readonly string[] = [];
  const textIn = (source: string): string | undefined => {
    line += 1;
    if (source.trim() === "") return undefined;
    const object = objectIn(source, file, line);
    const value = valueAt(object, column);
    names = names.length === 0 ? Object.keys(object) : names;
    if (value !== undefined) found = true;
    else if (line === 1) throw missing(file, column, names);
    if (typeof value === "object" && value !== null) {
      throw textError(`${file}: line ${line} has no text in the column ${column}, but ${shown(value)}.`);
    }
    const text = value === undefined || value === null ? "" : String(value);
    if (text === "") empty += 1;
    return text === "" ? undefined : text;
  };
  const texts = (lines: readonly string[]) => lines.map(textIn).filter((text) => text !== undefined);
  return {
    push(text) {
      const lines = text.split("\n");
      lines[0] = pending + lines[0]!;
      pending = lines.pop()!;
      return texts(lines);
    },
    end() {
      const rest = pending === "" ? [] : texts([pending]);
      if (!found && line > 0) throw missing(file, column, names);
      return rest;
    },
    get empty() {
      return empty;
    },
  };
}

function objectIn(source: string, file: string, line: number): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch {
    throw textError(
      `${file}: line ${line} is not JSON: ${shown(source)}.`,
      line === 1 ? "JSONL has an object in each line; jq -c '.[]' writes the objects of a list so." : "Mend the line.",
    );
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw textError(
    `${file}: line ${line} is not a JSON object: ${shown(source)}.`,
    "JSONL has an object in each line; jq -c '.[]' writes the objects of a list so.",
  );
}

/** A value by its key, or by a path with dots. */
function valueAt(object: Record<string, unknown>, column: string): unknown {
  if (Object.hasOwn(object, column)) return object[column];
  let value: unknown = object;
  for (const key of column.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}
