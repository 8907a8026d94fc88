// Result of an ablation: each variant compared with base, over the seeds. Arithmetic over the scores of the runs.

import type { Block } from "../../evaluation/intervals/bootstrap.js";
import { type PairedDifference, paired } from "../../evaluation/intervals/paired.js";
import { type Ablation, BASE, settingsOf, variantsOf } from "../../training/settings/ablation.js";

/** Score of a run. */
export interface RunScore {
  readonly variant: string;
  readonly seed: number;
  readonly windows: number;
  /** Processor seconds of training; null if the run was resumed, since they were not all counted. */
  readonly seconds: number | null;
  /** Why there is no score: the run diverged. */
  readonly diverged?: string;
  /** Sum of −log p and number of tokens, for each block of the held-out text. */
  readonly blocks: readonly Block[];
  readonly characters: number;
  /** Nats that spell unknown tokens. */
  readonly spelling: number;
}

export interface VariantScore {
  readonly variant: string;
  readonly windows: number;
  /** Mean processor seconds of its runs; null if those of one are unknown. */
  readonly seconds: number | null;
  /** Means over the seeds that base has too; NaN if there is none. */
  readonly nats: number;
  readonly bpc: number;
  /** Difference from base in nats per token. Undefined for base itself, and if no seed has both. */
  readonly against?: PairedDifference;
  readonly diverged: readonly number[];
}

export interface Ablated {
  readonly folder: string;
  /** Name of the held-out text. */
  readonly heldOut: string;
  readonly tokens: number;
  readonly seconds: number;
  readonly seeds: readonly number[];
  readonly variants: readonly VariantScore[];
}

/** Averages each variant over the seeds with which it and base did not diverge. */
export function ablationResult(a: Ablation, folder: string, scores: readonly RunScore[]): Ablated {
  const whole = scores.filter(({ diverged }) => diverged === undefined);
  const found = (variant: string, seed: number) => whole.find((each) => each.variant === variant && each.seed === seed);
  const total = (rows: readonly Block[], of: keyof Block) => rows.reduce((sum, each) => sum + each[of], 0);
  const variants = variantsOf(a).map((variant): VariantScore => {
    const its = scores.filter((each) => each.variant === variant);
    const seeds = a.seeds.filter((seed) => found(variant, seed) && found(BASE, seed));
    const rows = seeds.map((seed) => found(variant, seed)!);
    const sum = rows.reduce((all, { blocks }) => all + total(blocks, "sum"), 0);
    const over = (of: (row: RunScore) => number) => rows.reduce((all, row) => all + of(row), 0);
    const spent = its.map(({ seconds }) => seconds);
    const against = paired(
      seeds.map((seed) => found(BASE, seed)!.blocks),
      rows.map(({ blocks }) => blocks),
    );
    return {
      variant,
      windows: its[0]!.windows,
      seconds: spent.includes(null) ? null : spent.reduce((all: number, each) => all + each!, 0) / spent.length,
      nats: sum / over((row) => total(row.blocks, "size")),
      bpc: (sum + over(({ spelling }) => spelling)) / over(({ characters }) => characters) / Math.LN2,
      ...(variant !== BASE && against && { against }),
      diverged: its.filter(({ diverged }) => diverged !== undefined).map(({ seed }) => seed),
    };
  });
  const tokens = total(whole[0]?.blocks ?? [], "size");
  const share = 100 * settingsOf(a, BASE, a.seeds[0]!, 1).validFraction;
  const heldOut = a.valid ? a.valid.join(", ") : `the last ${Number(share.toPrecision(3))}% of ${a.text.join(", ")}`;
  return { folder, heldOut, tokens, seconds: a.seconds, seeds: a.seeds, variants };
}
