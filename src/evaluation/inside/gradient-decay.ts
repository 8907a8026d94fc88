// Gradient decay: the norm of ∂loss_t/∂(state k steps before) as a function of k. For each k it backpropagates through
// one long window of a model that it only reads; training/adviser/rule.ts derives bptt from the result.

import { Purpose, uniform } from "../../base/random.js";
import type { LanguageModel } from "../../model/language-model.js";
import { region, rowAt } from "../../model/layout/plan.js";
import { layerName, stateTensorsOf } from "../../model/layout/spec.js";
import { type State, zeroState } from "../../model/layout/state.js";
import type { TokenSource } from "../../text/storage/tokens.js";
import type { Window } from "../../text/windows/lanes.js";

export interface GradientDecay {
  /** k, time steps back, ascending from 0. */
  readonly lags: readonly number[];
  /**
   * Mean over all losses of ‖∂loss_t/∂(state of all layers k steps before)‖, in nats. At 0: by the top layer's output
   * alone.
   */
  readonly norms: readonly number[];
  /** The same for each layer's state: `layers[l]` has one number per lag. */
  readonly layers: readonly (readonly number[])[];
  /** Number of losses that were followed back. */
  readonly places: number;
}

export interface GradientDecayOptions {
  /** k in addition to 0, no longer than the model's windows. Lags that the text is too short for are skipped. */
  readonly lags: readonly number[];
  /** Losses followed back in each lane. */
  readonly rounds: number;
  /** Tokens read from a zero state before the longest lag begins. */
  readonly lead: number;
  readonly seed: number;
  /** Called between windows; returns false to end with the rounds that are done, at least one. */
  readonly between?: () => boolean | Promise<boolean>;
}

export const LAGS: readonly number[] = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512];

/** Measures gradient decay. The model must be planned for training. Positions are random, and the same for every k. */
export async function measureGradientDecay(
  model: LanguageModel,
  source: TokenSource,
  o: GradientDecayOptions,
): Promise<GradientDecay> {
  const { lanes, steps } = model.plan.options;
  const { layers } = model.spec;
  const lags = [...o.lags].filter((lag) => lag <= steps && 2 * lag < source.length).sort((a, b) => b - a);
  const longest = lags[0] ?? 0;
  const lead = Math.min(o.lead, source.length - longest - 1);
  const length = lead + longest;
  const sums = new Map([...lags, 0].map((lag) => [lag, new Float64Array(layers + 1)]));
  let rounds = 0;
  let goOn = true;
  while (rounds < o.rounds && (goOn || rounds === 0)) {
    const rows = await drawRows(source, { lanes, length, seed: o.seed, round: rounds });
    const states = await statesBefore(model, rows, { lags, length });
    for (const lag of lags) {
      add(sums.get(lag)!, backpropagate(model, states.get(lag)!, sliceWindow(rows, length - lag, lag, true)));
      if (lag === 1) add(sums.get(0)!, [outputNorms(model)]);
      goOn = (await o.between?.()) ?? true;
    }
    rounds += 1;
  }
  const places = rounds * lanes;
  const all = [0, ...lags.reverse()];
  const of = (lag: number, i: number) => sums.get(lag)![i]! / places;
  return {
    lags: all,
    norms: all.map((lag) => of(lag, layers)),
    layers: Array.from({ length: layers }, (_, l) => all.map((lag) => of(lag, l))),
    places,
  };
}

/** For each lane a row of `length` inputs and the target of the last one, from a random position. */
async function drawRows(
  source: TokenSource,
  o: { readonly lanes: number; readonly length: number; readonly seed: number; readonly round: number },
): Promise<Int32Array[]> {
  const rows: Int32Array[] = [];
  for (let lane = 0; lane < o.lanes; lane++) {
    const from = Math.floor(uniform(o.seed, Purpose.places, o.round, lane) * (source.length - o.length));
    rows.push(await source.read(from, from + o.length + 1));
  }
  return rows;
}

/** The state before the last k inputs, for each k, from reading the inputs before them with a zero state. */
async function statesBefore(
  model: LanguageModel,
  rows: readonly Int32Array[],
  { lags, length }: { readonly lags: readonly number[]; readonly length: number },
): Promise<Map<number, State>> {
  const states = new Map<number, State>();
  let state = zeroState(model.spec, rows.length, model.engine.precision);
  let at = 0;
  for (const lag of lags) {
    while (at < length - lag) {
      const steps = Math.min(model.plan.options.steps, length - lag - at);
      model.setState(state);
      model.load(sliceWindow(rows, at, steps, false));
      model.forward();
      state = model.state();
      at += steps;
    }
    states.set(lag, state);
  }
  return states;
}

/** A window of the inputs [at, at + steps) of all rows; with `scored`, only the target of the last input counts. */
function sliceWindow(rows: readonly Int32Array[], at: number, steps: number, scored: boolean): Window {
  const lanes = rows.length;
  const inputs = Int32Array.from({ length: steps * lanes }, (_, i) => rows[i % lanes]![at + Math.floor(i / lanes)]!);
  const targets = new Int32Array(steps * lanes).fill(-1);
  if (scored) for (const [b, row] of rows.entries()) targets[(steps - 1) * lanes + b] = row[at + steps]!;
  return { steps, lanes, inputs, targets, counted: scored ? lanes : 0 };
}

/**
 * Forward and backward over a window. For each lane, the norms of the gradients of the state before the window: by
 * layer, then of all layers together.
 */
function backpropagate(model: LanguageModel, state: State, window: Window): number[][] {
  const { lanes } = window;
  model.setState(state);
  model.load(window);
  model.forward();
  model.loss(0, lanes, true);
  model.backward();
  return Array.from({ length: lanes }, (_, lane) => {
    const squares = Array.from({ length: model.spec.layers }, (_, l) =>
      stateTensorsOf(model.spec, l).reduce(
        (sum, { name }) => sum + squareAt(model, layerName(l, `d.${name}`), lane, 0),
        0,
      ),
    );
    return [...squares, squares.reduce((sum, each) => sum + each, 0)].map(Math.sqrt);
  });
}

/** After a window of one step: Σ over lanes of the norm of the gradient of the top layer's output. */
function outputNorms(model: LanguageModel): number[] {
  const { spec, plan } = model;
  const top = spec.layers - 1;
  const name = layerName(top, `d.${stateTensorsOf(spec, top)[0]!.name}`);
  model.outputGradient();
  const norms = Array.from({ length: plan.options.lanes }, (_, lane) => Math.sqrt(squareAt(model, name, lane, 1)));
  const sum = norms.reduce((all, each) => all + each, 0);
  return Array.from({ length: spec.layers + 1 }, (_, l) => (l < top ? 0 : sum));
}

function squareAt(model: LanguageModel, name: string, lane: number, t: number): number {
  const array = region(model.plan, name);
  let sum = 0;
  for (const x of model.arena.reals(rowAt(array, lane, t), array.width)) sum += x * x;
  return sum;
}

function add(sums: Float64Array, rows: readonly (readonly number[])[]): void {
  for (const row of rows) for (const [i, x] of row.entries()) sums[i]! += x;
}
