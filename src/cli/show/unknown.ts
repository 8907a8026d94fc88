// Sentences about unknown tokens, for the commands that print figures.

import { counted, grouped } from "./terminal.js";

/** What an unknown token costs. */
export const CHARGED = "each costs <unk> and 8 bits a byte";

/** "12 of 2,080 tokens (0.6%) are unknown; …"; undefined where none is. */
export function unknownLine(unknown: number, tokens: number): string | undefined {
  if (unknown === 0) return undefined;
  const share = `${grouped(unknown)} of ${counted(tokens, "token")} (${percent(unknown / tokens)})`;
  return unknown === 1 ? `${share} is unknown; ${CHARGED.replace("each", "it")}.` : `${share} are unknown; ${CHARGED}.`;
}

/** "0.6%", "43%". */
export function percent(share: number): string {
  return `${share < 0.1 ? Number((100 * share).toPrecision(1)) : Math.round(100 * share)}%`;
}
