// Comparison of two models on one text by the paired difference of their losses. A block that is hard for one is hard
// for both, so the difference has a much narrower interval than either loss.

import { interval } from "./bootstrap.js";

/** The losses of both models on a block of the text, and the block's size. */
export interface PairedBlock {
  /** Nats. */
  readonly a: number;
  readonly b: number;
  readonly characters: number;
  readonly bytes: number;
}

/** B's mean minus A's: below 0, B is better. */
export interface Difference {
  readonly a: number;
  readonly b: number;
  readonly difference: number;
  /** Its 95% interval. */
  readonly low: number;
  readonly high: number;
}

export interface Comparison {
  /** Nats a character. */
  readonly perCharacter: Difference;
  /** Bits a byte. */
  readonly perByte: Difference;
  /** Undefined if the interval contains 0 or is NaN: there is no significant difference. */
  readonly better: "a" | "b" | undefined;
  readonly characters: number;
  readonly bytes: number;
}

/** Compares the models over blocks in the order of the text. */
export function compareBlocks(blocks: readonly PairedBlock[]): Comparison {
  const sum = (of: (block: PairedBlock) => number) => blocks.reduce((total, each) => total + of(each), 0);
  const characters = sum((each) => each.characters);
  const bytes = sum((each) => each.bytes);
  const difference = (size: "characters" | "bytes", unit: number): Difference => {
    const all = (size === "characters" ? characters : bytes) * unit;
    const differences = blocks.map((each) => ({ sum: each.b - each.a, size: each[size] * unit }));
    const a = sum((each) => each.a) / all;
    const b = sum((each) => each.b) / all;
    return { a, b, difference: b - a, ...interval(differences) };
  };
  const perCharacter = difference("characters", 1);
  const better = perCharacter.high < 0 ? "b" : perCharacter.low > 0 ? "a" : undefined;
  return { perCharacter, perByte: difference("bytes", Math.LN2), better, characters, bytes };
}

/** "B is better by 0.0123 nats a character (95%: 0.0101 to 0.0147)." */
export function verdict({ perCharacter, better }: Comparison, names: { a: string; b: string }): string {
  const { difference, low, high } = perCharacter;
  if (!Number.isFinite(low)) return "The text is too short for an interval, so the models cannot be compared.";
  if (better === undefined) {
    const bounds = `95%: ${four(low)} to ${four(high)}`;
    return (
      `There is no significant difference (${names.b} minus ${names.a}: ` +
      `${four(difference)} nats a character, ${bounds}).`
    );
  }
  const from = better === "b" ? -high : low;
  const to = better === "b" ? -low : high;
  const bounds = `95%: ${four(from)} to ${four(to)}`;
  return `${names[better]} is better by ${four(Math.abs(difference))} nats a character (${bounds}).`;
}

function four(value: number): string {
  return value.toFixed(4).replace("-", "−");
}
