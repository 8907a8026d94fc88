// The only list of the cells that come with the package. A cell of one's own needs no place here: it is passed as an object.

import { keyword } from "../../base/errors.js";
import type { Cell } from "./cell.js";
import { gru } from "./gru.js";
import { charConcat, charLoop } from "./lesson-cells.js";
import { lstm } from "./lstm.js";
import { qrnn } from "./qrnn.js";
import { rnn } from "./rnn.js";

export const cells: readonly Cell[] = [rnn, gru, lstm, qrnn, charLoop, charConcat];

/** The cell of that kind among ours and `own`; an unknown kind is a usage error that lists what there is. */
export function findCell(kind: string, own: readonly Cell[] = []): Cell {
  const all = [...own, ...cells];
  const name = keyword(
    "cell",
    kind,
    all.map((cell) => cell.kind),
  );
  return all.find((cell) => cell.kind === name)!;
}
