// Whether a text that is read as it is looks like a table, whose column was probably meant.

import { isJson } from "./tables.js";

/** Lines that are looked at. */
const LINES = 20;
/** Lines of a table, at least; of a file whose name does not say that it is one. */
const FEWEST = 3;
const FEWEST_UNNAMED = 6;

/** A sentence with the way to read a column; undefined where the text looks like no table. */
export async function looksLikeTable(head: Uint8Array, file: string): Promise<string | undefined> {
  const text = new TextDecoder().decode(head.subarray(0, 16384));
  const whole = head.length < 16384;
  const lines = text.split(/\r?\n|\r/);
  if (!whole || lines.at(-1) === "") lines.pop();
  const found = isJson(text) ? jsonTable(lines.slice(0, LINES)) : await csvTable(text, file);
  if (found === undefined) return undefined;
  return (
    `${file} looks like ${found.kind}, and is read as it is, with names and quotes. ` +
    `To read one column, set \`column: ${JSON.stringify(found.column)}\`.`
  );
}

function jsonTable(lines: readonly string[]): { kind: string; column: string } | undefined {
  const rows: Record<string, unknown>[] = [];
  for (const line of lines.slice(0, lines.length === LINES ? LINES : undefined)) {
    try {
      const value: unknown = JSON.parse(line);
      if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
      rows.push(value as Record<string, unknown>);
    } catch {
      return undefined;
    }
  }
  const texts = Object.entries(rows[0] ?? {}).filter(([, value]) => typeof value === "string");
  return rows.length < 2 || texts.length === 0
    ? undefined
    : {
        kind: "JSONL",
        column: longest(texts.map(([name]) => ({ name, length: total(rows.map((row) => row[name])) }))),
      };
}

async function csvTable(text: string, file: string): Promise<{ kind: string; column: string } | undefined> {
  const named = /\.(csv|tsv|tab)$/i.test(file);
  const newline = text.includes("\n") ? "\n" : "\r";
  const { CsvParser } = await import("../../libraries/papaparse.js");
  for (const [delimiter, kind] of [
    ["\t", "TSV"],
    [",", "CSV"],
    [";", "CSV"],
  ] as const) {
    if (!text.includes(delimiter)) continue;
    const { data, errors } = new CsvParser({ delimiter, newline, preview: LINES }).parse(text, 0, true);
    const [names = [], ...rows] = data;
    if (errors.length > 0 || data.length < (named ? FEWEST : FEWEST_UNNAMED)) continue;
    if (names.length < (named || delimiter === "\t" ? 2 : 3)) continue;
    const plain = names.every((name) => /^[\p{L}_#][\p{L}\p{M}\p{N} _./#-]{0,39}$/u.test(name.trim()));
    if (!plain || new Set(names).size < names.length || rows.some((row) => row.length !== names.length)) continue;
    const column = longest(names.map((name, i) => ({ name: name.trim(), length: total(rows.map((row) => row[i])) })));
    return { kind, column };
  }
  return undefined;
}

function total(values: readonly unknown[]): number {
  return values.reduce((sum: number, value) => sum + (typeof value === "string" ? value.length : 0), 0);
}

function longest(columns: readonly { readonly name: string; readonly length: number }[]): string {
  return columns.reduce((best, each) => (each.length > best.length ? each : best)).name;
}
