// What an ablation comes to: each variant over its seeds, against base. Arithmetic over what the runs scored.

import type { Block } from "../../evaluation/intervals/bootstrap.js";
import { type PairedDifference, paired } from "../../evaluation/intervals/paired.js";
import { type Ablation, BASE, settingsOf, variantsOf } from "../../training/settings/ablation.js";

/** What a run came to. */
export interface RunScore {
  readonly variant: string;
  readonly seed: number;
  readonly windows: number;
  /** Of processor time, in training; null where the run was stopped on the way and not all of it was counted. */
  readonly seconds: number | null;
  /** Why there is no score. */
  readonly diverged?: string;
  /** Σ −log p and tokens. */
  readonly stretches: readonly Block[];
  readonly characters: number;
}

export interface VariantScore {
  readonly variant: string;
  readonly windows: number;
  /** Mean seconds of its runs; null where one was not counted whole. */
  readonly seconds: number | null;
  /** Means over the seeds that base has too; NaN where there is none. */
  readonly nats: number;
  readonly bpc: number;
  /** Against base, in nats a token. Undefined for base itself, and where no seed has both. */
  readonly against?: PairedDifference;
  readonly diverged: readonly number[];
}

export interface Ablated {
  readonly folder: string;
  /** What the losses are of, in words. */
  readonly heldOut: string;
  readonly tokens: number;
  readonly seconds: number;
  readonly seeds: readonly number[];
  readonly variants: readonly VariantScore[];
}

/** Of each variant over the seeds that ended well with it and with base. */
export function ablationResult(a: Ablation, folder: string, scores: readonly RunScore[]): Ablated {
  const whole = scores.filter(({ diverged }) => diverged === undefined);
  const found = (variant: string, seed: number) => whole.find((each) => each.variant === variant && each.seed === seed);
  const total = (rows: readonly Block[], of: keyof Block) => rows.reduce((sum, each) => sum + each[of], 0);
  const variants = variantsOf(a).map((variant): VariantScore => {
    const its = scores.filter((each) => each.variant === variant);
    const seeds = a.seeds.filter((seed) => found(variant, seed) && found(BASE, seed));
    const rows = seeds.map((seed) => found(variant, seed)!);
    const sum = rows.reduce((all, { stretches }) => all + total(stretches, "sum"), 0);
    const per = (size: (row: RunScore) => number) => sum / rows.reduce((all, row) => all + size(row), 0);
    const spent = its.map(({ seconds }) => seconds);
    const against = paired(
      seeds.map((seed) => found(BASE, seed)!.stretches),
      rows.map(({ stretches }) => stretches),
    );
    return {
      variant,
      windows: its[0]!.windows,
      seconds: spent.includes(null) ? null : spent.reduce((all: number, each) => all + each!, 0) / spent.length,
      nats: per((row) => total(row.stretches, "size")),
      bpc: per((row) => row.characters) / Math.LN2,
      ...(variant !== BASE && against && { against }),
      diverged: its.filter(({ diverged }) => diverged !== undefined).map(({ seed }) => seed),
    };
  });
  const tokens = total(whole[0]?.stretches ?? [], "size");
  const share = 100 * settingsOf(a, BASE, a.seeds[0]!, 1).validFraction;
  const heldOut = a.valid ? a.valid.join(", ") : `the last ${Number(share.toPrecision(3))}% of ${a.text.join(", ")}`;
  return { folder, heldOut, tokens, seconds: a.seconds, seeds: a.seeds, variants };
}
