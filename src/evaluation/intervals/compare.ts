// Two models on one text: the paired difference. What makes a stretch of a text hard is hard for both, so the difference of the two is
// known far better than either.

import { interval } from "./bootstrap.js";

/** What a stretch of the text cost each of the two, and how much text it is. */
export interface PairedBlock {
  /** Nats. */
  readonly a: number;
  readonly b: number;
  readonly characters: number;
  readonly bytes: number;
}

/** B's mean less A's: below 0, B is better. */
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
  /** Undefined where the interval holds 0 or is not known: no difference can be told. */
  readonly better: "a" | "b" | undefined;
  readonly characters: number;
  readonly bytes: number;
}

/** Compares stretches, which come in the text's order. The interval's draws are a function of `seed`. */
export function compareBlocks(stretches: readonly PairedBlock[], seed = 1): Comparison {
  const sum = (of: (stretch: PairedBlock) => number) => stretches.reduce((total, each) => total + of(each), 0);
  const [characters, bytes] = [sum((each) => each.characters), sum((each) => each.bytes)];
  const difference = (size: "characters" | "bytes", unit: number): Difference => {
    const all = (size === "characters" ? characters : bytes) * unit;
    const blocks = stretches.map((each) => ({ sum: each.b - each.a, size: each[size] * unit }));
    const [a, b] = [sum((each) => each.a) / all, sum((each) => each.b) / all];
    return { a, b, difference: b - a, ...interval(blocks, { seed }) };
  };
  const perCharacter = difference("characters", 1);
  const better = perCharacter.high < 0 ? "b" : perCharacter.low > 0 ? "a" : undefined;
  return { perCharacter, perByte: difference("bytes", Math.LN2), better, characters, bytes };
}

/** "B is better by 0.0123 nats a character (95%: 0.0101 to 0.0147)." */
export function verdict({ perCharacter, better }: Comparison, names: { a: string; b: string }): string {
  const { difference, low, high } = perCharacter;
  if (!Number.isFinite(low)) return "No difference can be told: the text is too short for an interval.";
  if (better === undefined) {
    const told = `${names.b} less ${names.a} is ${four(difference)} nats a character, 95%: ${four(low)} to ${four(high)}`;
    return `No difference can be told (${told}).`;
  }
  const [from, to] = better === "b" ? [-high, -low] : [low, high];
  return `${names[better]} is better by ${four(Math.abs(difference))} nats a character (95%: ${four(from)} to ${four(to)}).`;
}

function four(value: number): string {
  return value.toFixed(4).replace("-", "−");
}
