// Settings of the source of a text: they say how its files are found and read, and belong to no model.

import { usageError } from "../../base/errors.js";
import type { SettingRow } from "../../base/setting.js";
import { checkEncoding, encodingSetting } from "./encodings.js";

const columnSetting = {
  name: "column",
  group: "text",
  type: "text",
  default: undefined,
  form: "the name of a column",
  help: "read this column of a CSV, TSV or JSONL file; each row is a document",
} as const satisfies SettingRow;

/** Those that a text to score has too. */
export const readingFlags = [encodingSetting, columnSetting] as const;

export const sourceSettings = [
  encodingSetting,
  columnSetting,
  {
    name: "include",
    group: "text",
    type: "text",
    default: undefined,
    form: "patterns with commas between, like *.txt,*.md",
    help: "files of a folder to read; unset: all texts",
  },
  {
    name: "exclude",
    group: "text",
    type: "text",
    default: undefined,
    form: "patterns with commas between, like drafts,*.log",
    help: "files of a folder to leave out",
  },
] as const satisfies readonly SettingRow[];

/** Throws a usage error for values that name nothing. */
export function checkSource(values: { readonly encoding: string; readonly column?: string | undefined }): void {
  checkEncoding(values.encoding);
  if (values.column === "") throw usageError('column wants the name of a column; got "".', undefined, "column");
}
