// Type test of settings: what is wrong must not compile. `tsc -p test/tsconfig.json` checks this file; it is never run.

import type { startRun } from "../../src/advanced-node.js";
import type { Settings, train } from "../../src/node.js";
import type { CheckedSettings } from "../../src/training/settings/settings.js";

declare const call: { train: typeof train; startRun: typeof startRun };
declare const checked: CheckedSettings;

export const right: Settings = { cell: "gru", hidden: 64, tied: undefined, schedule: "piecewise", rates: "1:0.1" };
export const width: number = checked.hidden;
export const epochs: number | undefined = checked.epochs;

export function wrong(): void {
  // @ts-expect-error: a misspelt name
  call.train("text", { hiden: 3 });
  // @ts-expect-error: no such cell
  call.train("text", { cell: "gruu" });
  // @ts-expect-error: a text where a number belongs
  call.train("text", { hidden: "3" });
  // @ts-expect-error: on and off are words of the command line
  call.train("text", { tied: "on" });
  // @ts-expect-error: the same, where a run is started in a folder
  void call.startRun({ paths: ["a.txt"], settings: { hiden: 3 } });
  // @ts-expect-error: no such schedule
  void call.startRun({ paths: ["a.txt"], settings: { schedule: "step" } });
  // @ts-expect-error: what has no default may be absent
  checked.epochs.toFixed();
  // @ts-expect-error: checked values are not changed
  checked.hidden = 3;
}
