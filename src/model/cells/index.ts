// List of the cells of the package. A custom cell is passed as an object and needs no entry here.

import { keyword } from "../../base/errors.js";
import type { Cell } from "./cell.js";
import { gru } from "./gru.js";
import { charConcat, charLoop } from "./lesson-cells.js";
import { lstm } from "./lstm.js";
import { qrnn } from "./qrnn.js";
import { rnn } from "./rnn.js";

export const cells: readonly Cell[] = [rnn, gru, lstm, qrnn, charLoop, charConcat];

/** The cell of this kind, first from `own`, then from the package. Throws a usage error that lists the known kinds. */
export function findCell(kind: string, own: readonly Cell[] = []): Cell {
  const all = [...own, ...cells];
  const name = keyword(
    "cell",
    kind,
    all.map((cell) => cell.kind),
  );
  return all.find((cell) => cell.kind === name)!;
}
