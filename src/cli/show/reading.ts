// The status line while a text is read. Nothing is shown in the first half second, which is enough for most texts.

import { binarySize } from "../../base/size.js";
import type { ReadingProgress } from "../../node/files/texts.js";
import type { Terminal } from "./terminal.js";

const QUIET_MS = 500;
const FRAME_MS = 100;
/** Between lines, where the output is no terminal. */
const PLAIN_MS = 10_000;

export function showReading(terminal: Terminal): ReadingProgress {
  const begun = performance.now();
  let due = begun + (terminal.interactive ? QUIET_MS : PLAIN_MS);
  return (done, total) => {
    const now = performance.now();
    if (now < due) return;
    due = now + (terminal.interactive ? FRAME_MS : PLAIN_MS);
    const rate = `${((done / (now - begun)) * 1e-3).toFixed(0)} MB/s`;
    const of = total === undefined ? "" : ` of ${binarySize(total)}`;
    const share = total === undefined ? "" : `${Math.floor((100 * done) / total)}%, `;
    const text = `Reading the text: ${binarySize(done)}${of}, ${share}${rate}`;
    if (terminal.interactive) terminal.status(text);
    else terminal.line(text);
  };
}
