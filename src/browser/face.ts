// The face in a page: train, load.

import { usageError } from "../base/errors.js";
import { checkOptions } from "../base/options.js";
import type { EngineName } from "../compute/engines.js";
import { scoringState } from "../evaluation/scoring/states.js";
import { evaluateTokens, modelOpener } from "../face/evaluate.js";
import { Model } from "../face/model.js";
import type { Platform } from "../face/platform.js";
import { Run } from "../face/run.js";
import { givenTexts, inputsOf, type TextSource } from "../face/text-source.js";
import { openMemoryRun, planTraining, quietSettings, refuseFolderSettings, type TrainOptions } from "../face/train.js";
import type { Cell } from "../model/cells/cell.js";
import { corpusAsRead } from "../text/encoding/corpus.js";
import { readingOf } from "../text/encoding/field.js";
import { rawCounts } from "../text/matching/raw-counts.js";
import { wholeAsRead } from "../text/reading/reading.js";
import { browserEngine } from "./engine.js";
import { gunzip } from "./gunzip.js";
import { browserHash, canHash } from "./hash.js";
import { loadModel } from "./models.js";
import { pause } from "./pause.js";
import { ask, nameOf, piecesOf } from "./sources.js";
import { browserThreads } from "./threads.js";

/** How a model is loaded. */
export interface LoadOptions {
  /** Cells of your own that the model may be of. */
  readonly cells?: readonly Cell[] | undefined;
  /** What computes; the fastest engine by default. */
  readonly engine?: EngineName | undefined;
  /** Receives sentences for the user: that the file's digest was not verified, since the page is no secure context. */
  readonly notice?: ((text: string) => void) | undefined;
}

const platform: Platform = {
  texts: {
    async *address(url) {
      yield* piecesOf(await ask(url), url);
    },
    files: undefined,
  },
  gunzip,
  engine: (name) => browserEngine(name),
  threads: browserThreads,
  pause,
  get newHash() {
    return canHash() ? browserHash : undefined;
  },
  memory: () => undefined, // a page is told at most 8 GiB, and never what is free
  baseline: undefined,
  async evaluate({ stored, engine }, text, options) {
    if (text === undefined) throw usageError("evaluate needs a text: a page has no run's folder to take it from.");
    const state = scoringState(options.state, stored.vocab.endId !== undefined);
    const texts = await givenTexts(text, platform.texts);
    const counts = rawCounts();
    const whole: { name: string; bytes: Uint8Array }[] = [];
    for (const each of texts) {
      const context = { notice: options.notice, gunzip };
      const bytes = await wholeAsRead(inputsOf([each]), readingOf(stored.field, options), context);
      counts.update(bytes);
      whole.push({ name: each.name, bytes });
    }
    const { field, vocab } = stored;
    const notice = options.notice ?? (() => {});
    const { train: tokens } = await corpusAsRead(inputsOf(whole), { field, vocab, validFraction: 0, notice });
    const name = whole.length === 1 ? whole[0]!.name : `${whole.length} texts`;
    const threading = { threads: browserThreads(), asked: options.threads, notice, pause };
    const open = modelOpener(stored, browserEngine(engine).engine, threading);
    return evaluateTokens(stored, { name, tokens, words: counts.found().words }, options.lanes ?? 1, state, open);
  },
};

/**
 * Trains a model on a text, in this page or worker. Returns at once; training begins when the first event, or the
 * model, is asked for.
 *
 * @param text a string (the text itself), bytes, a `File` or `Blob`, a URL, a stream, or a list of these
 * @param options settings such as `cell`, `hidden`, `minutes`; `valid`, `signal`, `notice`
 * @throws LonghandError `usage` for an unknown option or a setting outside its range
 * @example
 * const run = train(file, { hidden: 128, minutes: 2 });
 * for await (const event of run) if (event.kind === "validation") console.log(event.nats);
 * const model = await run.model();
 */
export function train(text: TextSource, options: TrainOptions = {}): Run {
  const plan = planTraining(options, [], "train");
  refuseFolderSettings(plan.settings);
  quietSettings(plan);
  return new Run(undefined, (start) => openMemoryRun(text, plan, platform, start), platform, plan.control);
}

/**
 * Loads a model: an address is fetched, a `File`, an answer of a server or bytes are read. The file's digest is
 * verified where the page is a secure context.
 *
 * @throws LonghandError `io` if the bytes do not come, `usage` if the server refuses, `model-file` if they are damaged
 * or no model
 * @example
 * const model = await load("model.safetensors");
 * console.log(await model.generate("the ", { length: 300 }));
 */
export async function load(
  source: string | URL | Response | Blob | ArrayBuffer | Uint8Array,
  options: LoadOptions = {},
): Promise<Model> {
  checkOptions(options, ["cells", "engine", "notice"], "load");
  const { cells, engine, notice = () => {} } = options;
  const stored = await loadModel(source, { ...(cells && { cells }), notice });
  return new Model({ stored, origin: nameOf(source, "The model"), engine }, platform);
}
