// The page of `longhand show`: reads the beginning of a text, runs the model over it, and collects the data of the
// page: surprisal, predictions and the values of units at each token. html.ts and style.ts write the page.

import { basename } from "node:path";
import { LonghandError, usageError } from "../../base/errors.js";
import { exp, log } from "../../base/math.js";
import { binarySize } from "../../base/size.js";
import type { EngineName } from "../../compute/engines.js";
import { features } from "../../evaluation/inside/features.js";
import { type Inspection, inspect, inspectLimit } from "../../evaluation/inside/inside.js";
import { correlatedUnits } from "../../evaluation/inside/units.js";
import { score } from "../../evaluation/scoring/evaluate.js";
import { tokenizeLines } from "../../evaluation/scoring/surprisal.js";
import type { Cell } from "../../model/cells/cell.js";
import type { StoredModel } from "../../model/file/model-file.js";
import { LanguageModel } from "../../model/language-model.js";
import type { ShownPage } from "../../page/shown.js";
import { readingOf } from "../../text/encoding/field.js";
import { spellingNats, tokenSize } from "../../text/encoding/sizes.js";
import { chunkSketch } from "../../text/matching/fingerprints.js";
import type { ReadingRules } from "../../text/reading/rules.js";
import { nodeEngine } from "../engine/engine.js";
import { choiceOf } from "../files/folders.js";
import { asRead, findSources } from "../files/inputs.js";
import { loadModel } from "../files/models.js";
import { type KnownRun, knownRun, trainedOn, validationText } from "../scoring/scored.js";
import { STEPS } from "./colours.js";
import { advisedCurves, measureCurves } from "./curves.js";
import { readHead } from "./head.js";
import { pageHtml } from "./html.js";
import { shownToken, shownTokens, textOfToken } from "./tokens.js";
import { type KeptValues, keepValues } from "./values.js";

export interface ShowOptions {
  /** A file, a folder, or `-` for standard input; default: the run's validation part. */
  readonly text?: string | undefined;
  /** Tokens of the text to skip before the first one shown; default 0. */
  readonly from?: number | undefined;
  /** Largest number of tokens shown; default 3,000. */
  readonly length?: number | undefined;
  /** Seconds to measure the two curves; 0: no curves; default 6. */
  readonly seconds?: number | undefined;
  readonly engine?: EngineName;
  /** Cells from outside the package. */
  readonly cells?: readonly Cell[];
  /** Receives the name of each stage. */
  readonly stage?: (text: string) => void;
  readonly notice?: (text: string) => void;
}

export interface ShownText {
  readonly html: string;
  /** Rows of the page's head: model, text, loss. */
  readonly facts: readonly (readonly [name: string, says: string])[];
  /** Sentences on what the page leaves out, and on whether the run was trained on this text. */
  readonly cuts: readonly string[];
}

export const LENGTH = { default: 3000, most: 20_000 } as const;
const SECONDS = 6;
const GUESSES = 5;
/** Bytes to read: at least `least`, and `token` bytes for each token shown. */
const HEAD = { least: 1 << 18, token: 64 };
/** Largest number of tokens on which the curves are measured. */
const CURVES = 1 << 16;

/** `path` is a run's folder or a model file. Throws a usage error for a text without tokens. */
export async function showText(path: string, o: ShowOptions = {}): Promise<ShownText> {
  const notice = o.notice ?? (() => {});
  const stage = o.stage ?? (() => {});
  const stored = await loadModel(path, o.cells);
  const { spec, field, vocab } = stored;
  const run = await knownRun(path, notice);
  const { engine } = nodeEngine(o.engine);
  const from = o.from ?? 0;
  const wanted = Math.min(o.length ?? LENGTH.default, inspectLimit(spec));

  stage("reading the text");
  const named =
    o.text === undefined ? await validationText(path, run, stored) : await inputsOf(o.text, readingOf(field), notice);
  const { bytes, whole } = await readHead(named.inputs(), Math.max(HEAD.least, HEAD.token * (from + wanted)));
  const all = tokenizeLines(field, bytes, named.name, notice).tokens;
  if (all.length === 0) throw usageError(`${named.name} has no text to show.`, "Name a text with something in it.");
  if (from >= all.length) {
    const length = `${whole ? "" : "the part that was read of "}${named.name} has ${grouped(all.length)}`;
    throw usageError(`from skips ${grouped(from)} tokens; ${length}.`, "Skip fewer.", "from");
  }
  const tokens = all.slice(from, from + wanted);
  const ids = vocab.encode(all.slice(from, from + Math.max(wanted, CURVES)));

  stage("running the model");
  const documents = vocab.endId !== undefined;
  const model = new LanguageModel(spec, engine, { lanes: 1, steps: 64, ...(documents && { documents }) });
  model.setWeights(stored.weights);
  const before = vocab.endId ?? vocab.newlineId;
  const begun = performance.now();
  const inside = await inspect(model, ids.subarray(0, wanted), { before, end: vocab.endId, top: GUESSES });
  const token = (performance.now() - begun) / 1000 / tokens.length;
  if (!finite(inside)) {
    throw new LonghandError("diverged", `Some numbers of ${path} are not finite: it diverged.`, {
      hint: "Show another run.",
    });
  }
  const finds = correlatedUnits(
    inside.series,
    spec.hidden,
    tokens.map((each) => textOfToken(field, each)),
    features,
  );
  const values = keepValues(inside.series, spec.hidden, finds);

  stage("measuring gradient decay and gain of context");
  const measured = await measureCurves(stored, ids, { engine, token, seconds: o.seconds ?? SECONDS });
  const advised = typeof measured === "string" && run !== undefined ? await advisedCurves(run.folder) : undefined;
  const sketch = chunkSketch();
  sketch.update(bytes);
  const about = { name: whole ? named.name : `the beginning of ${named.name}`, chunks: sketch.finish() };
  const trained = o.text === undefined ? undefined : await trainedOn(path, run, about, true);

  const page = pageOf(stored, { tokens, ids }, inside, values);
  const counts = { from, shown: tokens.length, read: all.length, unknown: page.unknown.length, kept: values.kept };
  const cut = cutsOf(stored, { ...counts, whole });
  const cuts = trained === undefined ? cut : [...cut, trained];
  const size = { from, shown: tokens.length, of: whole ? all.length : undefined };
  const facts = factsOf(named.name, stored, tokens, inside, size);
  const notes = [...notesOf(stored, page), ...cuts];
  const title = `${path} reads ${o.text === undefined ? "its validation part" : basename(named.name)}`;
  const html = pageHtml({ title, facts, page, curves: advised ?? measured, bptt: bpttOf(run), notes });
  return { html, facts, cuts };
}

async function inputsOf(text: string, rules: ReadingRules, notice: (text: string) => void) {
  const sources = await findSources([text], notice, choiceOf({}, rules));
  return { name: text === "-" ? "standard input" : text, inputs: () => asRead(sources, rules, notice) };
}

function bpttOf(run: KnownRun | undefined): number | undefined {
  return run?.config.settings.bptt;
}

function finite({ nats, series }: Inspection): boolean {
  const finiteLoss = nats.every((each, i) => Number.isFinite(each) || (i === 0 && Number.isNaN(each)));
  return finiteLoss && series.every(({ values }) => values.every(Number.isFinite));
}

function pageOf(
  { field, vocab }: StoredModel,
  { tokens, ids }: { readonly tokens: readonly string[]; readonly ids: Int32Array },
  inside: Inspection,
  kept: KeptValues,
): ShownPage {
  const names = new Map<number, number>();
  const numberOf = (id: number) => names.get(id) ?? names.set(id, names.size).get(id)!;
  const guesses = inside.predictions.map((each) =>
    each.flatMap(({ id, p }) => [numberOf(id), Number(p.toPrecision(4))]),
  );
  return {
    unit: unitOf(field.unit),
    tokens: shownTokens(field, tokens),
    unknown: tokens.flatMap((token, i) => (vocab.idOf(token) === undefined ? [i] : [])),
    nats: Array.from(inside.nats, (each) => (Number.isNaN(each) ? null : Number(each.toFixed(4)))),
    chances: Array.from(inside.nats, (each) => (Number.isNaN(each) ? 0 : Number(exp(-each).toPrecision(3)))),
    uniform: log(vocab.size),
    names: [...names.keys()].map((id) => shownToken(field, vocab.itos[id]!)),
    guesses,
    came: inside.predictions.map((each, i) => each.findIndex(({ id }) => id === ids[i])),
    series: kept.series,
    finds: kept.finds,
    steps: STEPS,
  };
}

const unitOf = (unit: string) => ({ char: "character", byte: "byte", word: "word" })[unit] ?? "token";
const grouped = (n: number) => n.toLocaleString("en");

function factsOf(
  name: string,
  { spec, field, vocab, weights }: StoredModel,
  tokens: readonly string[],
  { nats }: Inspection,
  size: { readonly from: number; readonly shown: number; readonly of: number | undefined },
): (readonly [string, string])[] {
  const sizes = { tokens: 0, characters: 0, bytes: 0, spelling: 0 };
  let sum = 0;
  for (const [i, each] of nats.entries()) {
    if (Number.isNaN(each)) continue;
    const { characters, bytes } = tokenSize(tokens[i]!, field);
    sum += each;
    sizes.tokens += 1;
    sizes.characters += characters;
    sizes.bytes += bytes;
    sizes.spelling += spellingNats(tokens[i]!, field, vocab);
  }
  const { nats: mean, bpc, perplexity } = score(sum, sizes);
  const unit = unitOf(field.unit);
  const part = size.of === size.shown ? "all" : size.from === 0 ? "the first" : `from ${grouped(size.from)}, the next`;
  const of = size.of === undefined || size.of === size.shown ? "" : ` of ${grouped(size.of)}`;
  const loss =
    `${mean.toFixed(4)} nats a ${unit}, ${bpc.toFixed(3)} bits/char, perplexity ${perplexity.toFixed(2)}; a ` +
    `uniform guess has ${log(vocab.size).toFixed(4)} nats`;
  return [
    [
      "model",
      `${spec.cell.kind}, ${spec.layers} layer${spec.layers === 1 ? "" : "s"} of ${spec.hidden} units, ${grouped(weights.length)} ` +
        `weights, vocabulary of ${grouped(vocab.size)}`,
    ],
    ["text", `${name}, ${part} ${grouped(size.shown)}${of} ${unit}s`],
    ["loss", sizes.tokens === 0 ? "no token was predicted" : loss],
  ];
}

/** Explanations of the page. */
function notesOf({ spec, vocab }: StoredModel, { unit }: ShownPage): string[] {
  const start =
    vocab.endId === undefined ? "at the beginning of the text" : "at the beginning of each document; ∎ marks its end";
  return [
    `The state is zero ${start}. The surprisal of a ${unit} is −log of its probability, given the text before ` +
      `it. A unit's value is the value after the model has read the ${unit}. A unit's number is its row in the ` +
      "weights, from 0.",
    `The colours of surprisal end at ln ${vocab.size}. Values of states and candidates are blue below 0, with ` +
      `a bar over the ${unit}, and orange above 0, with a bar under it; the colours end at the unit's largest ` +
      "value in this text, and values are rounded to 1/127 of it. Values of gates are blue below ½ and orange " +
      `above. The bold line of the plot is a mean over 25 ${unit}s.`,
    ...(spec.dropout > 0 ? ["Dropout is off here."] : []),
  ];
}

function cutsOf(
  { spec, field }: StoredModel,
  o: Readonly<Record<"from" | "shown" | "read" | "unknown" | "kept", number>> & { readonly whole: boolean },
): string[] {
  const unit = unitOf(field.unit);
  const of = o.whole ? `the text's ${grouped(o.read)}` : "a longer text";
  return [
    ...(o.shown < o.read || !o.whole
      ? [
          `${o.from === 0 ? "The first" : `After ${grouped(o.from)} ${unit}s, the next`} ${grouped(o.shown)} ${unit}s ` +
            `of ${of} are shown; \`from\` and \`length\` choose them.`,
        ]
      : []),
    ...(o.unknown > 0
      ? [
          `A dotted frame marks ${grouped(o.unknown)} ${unit}${o.unknown === 1 ? "" : "s"} that the vocabulary lacks; ` +
            "the model reads <unk>.",
        ]
      : []),
    ...(o.kept < spec.hidden
      ? [
          `To keep the page small, it has ${grouped(o.kept)} of ${grouped(spec.hidden)} units of each layer: those ` +
            "of the list, then those whose state varies most. A smaller `length` leaves space for more.",
        ]
      : []),
  ];
}

/** The size of the page, as text. */
export function pageSize(html: string): string {
  return binarySize(Buffer.byteLength(html));
}
