// Whole training runs against PyTorch's: losses of every step, norms, final weights. State carried and detached, epochs
// wrapped.

import { describe, expect, test } from "vitest";
import type { Engine } from "../../src/compute/arena.js";
import { findCell } from "../../src/model/cells/index.js";
import { LanguageModel } from "../../src/model/language-model.js";
import { zeroState } from "../../src/model/layout/state.js";
import type { Window } from "../../src/text/windows/lanes.js";
import { trainWindow } from "../../src/training/loop/trainer.js";
import { findOptimizer, type OptimizerSettings } from "../../src/training/settings/optimizer.js";
import { f64, float32Engines } from "../helpers/engines.js";
import { distance, type Golden, golden } from "../helpers/golden.js";

/** Everything a case needs, from either generation of golden files. */
function settingsOf(g: Golden) {
  const about = g.about;
  const extended = about.knobs !== undefined;
  const torch = extended ? JSON.parse(about.knobs!) : { lr: g.size("lr") };
  const settings: OptimizerSettings = {
    beta1: torch.betas?.[0] ?? 0.9,
    beta2: torch.betas?.[1] ?? 0.999,
    eps: torch.eps ?? 1e-8,
    weightDecay: torch.weight_decay ?? 0,
    momentum: torch.momentum ?? 0,
    alpha: torch.alpha ?? 0.99,
  };
  const clipBy = about.clip === "value" ? "value" : "norm";
  const clip = extended ? (about.clip === "none" ? 0 : g.size("clip_at")) : g.size("clip");
  return {
    settings,
    clip,
    clipBy: clipBy as "norm" | "value",
    optimizer: findOptimizer(about.optimizer ?? "adam"),
    rates: g.has("rates") ? g.numbers("rates") : new Float64Array(g.size("steps")).fill(torch.lr),
    never: about.policy === "never",
    cellSettings: { nonlinearity: about.nonlinearity || "tanh", qrnnWindow: Number(about.window ?? 1) },
    tied: about.tied === "true",
  };
}

/** The windows of a case: either as its file says (starts_at, lengths), or whole windows that wrap. */
function windowAt(g: Golden, step: number): { at: number; steps: number } {
  if (g.has("starts_at")) return { at: g.numbers("starts_at")[step]!, steps: g.numbers("lengths")[step]! };
  const [T, lane] = [g.size("T"), g.size("lane")];
  const each = Math.floor((lane - 1) / T);
  return { at: (step % each) * T, steps: T };
}

function cut(g: Golden, at: number, steps: number): Window {
  const [B, lane] = [g.size("B"), g.size("lane")];
  const ids = g.numbers("ids");
  const given = g.has("targets") ? g.numbers("targets") : undefined;
  const inputs = new Int32Array(steps * B);
  const targets = new Int32Array(steps * B);
  for (let t = 0; t < steps; t++) {
    for (let b = 0; b < B; b++) {
      inputs[t * B + b] = ids[b * lane + at + t]!;
      targets[t * B + b] = given ? given[(at + t) * B + b]! : ids[b * lane + at + t + 1]!;
    }
  }
  return { steps, lanes: B, inputs, targets, counted: targets.filter((y) => y >= 0).length };
}

async function replay(g: Golden, engine: Engine) {
  const s = settingsOf(g);
  const spec = {
    vocabulary: g.size("V"),
    embedding: g.size("D"),
    hidden: g.size("H"),
    layers: g.size("L"),
    cell: findCell(g.about.cell!),
    cellSettings: s.cellSettings,
    dropout: 0,
    tied: s.tied,
  };
  const steps = g.size("steps");
  const longest = Math.max(...Array.from({ length: steps }, (_, i) => windowAt(g, i).steps));
  const moments = s.optimizer.moments(s.settings);
  const model = new LanguageModel(spec, engine, { lanes: g.size("B"), steps: longest, training: { moments } });
  for (const { name } of model.plan.parameters) model.setParameter(name, g.numbers(`init.${name}`));
  model.pack();
  let state = zeroState(spec, g.size("B"), engine.precision);
  const losses: number[] = [];
  const norms: number[] = [];
  for (let i = 0; i < steps; i++) {
    const { at, steps: length } = windowAt(g, i);
    if (at === 0 && !s.never) state = zeroState(spec, g.size("B"), engine.precision);
    model.setState(state);
    const dropout = { seed: 1, token: 0, lane0: 0 };
    const result = await trainWindow(model, cut(g, at, length), { ...s, rate: s.rates[i]!, done: i, dropout });
    state = model.state();
    losses.push(result.nats / result.counted);
    norms.push(result.norm);
  }
  const finals = model.plan.parameters.map(({ name }) => ({
    name,
    ...distance(model.parameter(name), g.numbers(`final.${name}`)),
  }));
  return { losses, norms, worst: Math.max(...finals.map((each) => each.absolute)), state };
}

const first = ["train_rnn", "train_gru", "train_lstm"];
const later = [
  "wrap_rnn",
  "wrap_gru",
  "wrap_lstm",
  "wrap_lstm_never",
  "tied_gru",
  "relu_rnn",
  "ignore_gru",
  "awd_adam",
  "sgd",
  "sgd_momentum",
  "adam_l2",
  "adamw",
  "rmsprop",
  "rmsprop_decay",
];
const more = [...later.map((name) => `more/${name}`), "qrnn/wrap1", "qrnn/wrap2"];

describe("forty golden losses", () => {
  test.each(first)("%s in f64 has PyTorch's float32 losses to 1e-6 and final weights to 1e-5", async (name) => {
    const g = golden(name);
    const { losses, norms, worst } = await replay(g, f64);
    expect(losses.length).toBe(40);
    expect(distance(losses, g.numbers("losses")).relative).toBeLessThan(1e-6);
    expect(distance(norms, g.numbers("grad_norms")).relative).toBeLessThan(2e-5);
    expect(worst).toBeLessThan(1e-5);
  });

  test.each(more)("%s in f64 has PyTorch's float64 losses, norms and weights to 1e-9", async (name) => {
    const g = golden(name);
    const { losses, norms, worst, state } = await replay(g, f64);
    expect(distance(losses, g.numbers("losses")).relative).toBeLessThan(1e-9);
    expect(distance(norms, g.numbers("grad_norms")).relative).toBeLessThan(1e-9);
    expect(worst).toBeLessThan(1e-9);
    const last = state.arrays.filter((a) => a.name.endsWith(".h")).flatMap((a) => [...a.data]);
    expect(distance(last, g.numbers("hn")).absolute).toBeLessThan(1e-9);
  });

  test.each(float32Engines)("every case on %s stays within float32 of them", async (_, engine) => {
    for (const name of [...first, ...more]) {
      const g = golden(name);
      const { losses, worst } = await replay(g, engine);
      expect(distance(losses, g.numbers("losses")).relative, name).toBeLessThan(2e-4);
      expect(worst, name).toBeLessThan(2e-3);
    }
  });
});
