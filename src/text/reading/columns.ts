// Reads one column of a CSV, TSV or JSONL file as it comes. Each row ends as documents do.

import { textError } from "../../base/errors.js";
import { report } from "./facts.js";
import { peek } from "./peek.js";
import { type ReadingContext, type ReadingRules, ROW_END } from "./rules.js";
import { looksLikeTable } from "./table-looks.js";
import { rowsOf } from "./tables.js";
import type { TextInput } from "./utf8.js";
import { strictDecoder } from "./utf8.js";

/** The texts of a column, or the text as it is where no column is named. */
export async function* column(
  input: TextInput,
  { column: name, rowEnd }: ReadingRules,
  context: ReadingContext,
): AsyncGenerator<Uint8Array> {
  const peeked = await peek(input.bytes);
  try {
    if (name === undefined) {
      const looks = await looksLikeTable(peeked.head, input.name);
      if (looks !== undefined) context.notice?.(looks);
      yield* peeked.bytes;
      return;
    }
    const encoder = new TextEncoder();
    const decoder = strictDecoder(input.name);
    const rows = await rowsOf(peeked.head, input.name, name);
    const written = (texts: readonly string[]) =>
      encoder.encode(
        texts.map((text) => (rowEnd === ROW_END ? text.replaceAll(ROW_END, " ") : text) + rowEnd).join(""),
      );
    let some = false;
    for await (const piece of peeked.bytes) {
      const texts = rows.push(decoder.push(piece));
      some ||= texts.length > 0;
      if (texts.length > 0) yield written(texts);
    }
    decoder.end();
    const rest = rows.end();
    if (rest.length > 0) yield written(rest);
    else if (!some) throw textError(`${input.name} has no text in the column ${name}.`, "Name another `column`.");
    if (rows.empty > 0) report(context, input.name, "emptyRows", { count: rows.empty, column: name });
  } finally {
    await peeked.close();
  }
}
