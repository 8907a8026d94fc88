// Model: a trained model that is ready to generate, score and be saved. `load` and `run.model()` return one.

import { joinBytes } from "../base/bytes.js";
import { usageError } from "../base/errors.js";
import { checkOptions } from "../base/options.js";
import { checksumSafetensors } from "../checkpoint/checksum.js";
import { writeSafetensors } from "../checkpoint/safetensors.js";
import { surprisal, type TextSurprisal } from "../evaluation/scoring/surprisal.js";
import { drawOptionNames } from "../generation/draw.js";
import { endingOptionNames } from "../generation/ending.js";
import { type LikelyToken, likeliestTokens } from "../generation/likeliest.js";
import { writeSamplePieces } from "../generation/samples.js";
import { type SavedSession, Session, type SessionState } from "../generation/session.js";
import { requireLength, writePieces } from "../generation/write.js";
import { modelDigest } from "../model/file/model-digest.js";
import { modelTensors, type StoredModel } from "../model/file/model-file.js";
import { LanguageModel } from "../model/language-model.js";
import { modelParameters } from "../model/layout/spec.js";
import { readingOf } from "../text/encoding/field.js";
import { newOriginal } from "../text/reading/original.js";
import { wholeAsRead } from "../text/reading/reading.js";
import { dispose } from "./dispose.js";
import { type Evaluated, type EvaluateOptions, evaluateOptionNames } from "./evaluate.js";
import type { GenerateOptions, ModelInfo, NextOptions, SampleOptions, ScoreOptions } from "./model-types.js";
import { type EvaluatedModel, type Platform, SLICE_MS } from "./platform.js";

import { givenTexts, inputsOf, type TextSource } from "./text-source.js";

const generateOptionNames = [...drawOptionNames, ...endingOptionNames, "length", "unknown", "signal"];
const LENGTH = 500;
const STEPS = 32;

/**
 * A trained model. Its weights do not change. Several models can be used side by side; each method may be called while
 * another is under way.
 *
 * @example
 * using model = await load("runs/my");
 * console.log(await model.generate("the ", { length: 300, temperature: 0.8, seed: 1 }));
 */
export class Model {
  readonly #about: EvaluatedModel;
  readonly #platform: Platform;
  #language: LanguageModel | undefined;
  #info: ModelInfo | undefined;
  #closed = false;

  /** For `longhand/advanced`: a model over stored weights, which must not change afterwards. */
  constructor(about: EvaluatedModel, platform: Platform) {
    this.#about = about;
    this.#platform = platform;
  }

  /** The model as plain data: sizes, vocabulary and weights (flat, in the order of the parameters). */
  get stored(): StoredModel {
    this.#requireOpen();
    return this.#about.stored;
  }

  /** What the model is. */
  get info(): ModelInfo {
    const { spec, field, vocab, weights } = this.stored;
    const { embedding, hidden, layers, dropout, tied } = spec;
    this.#info ??= {
      cell: spec.cell.kind,
      embedding,
      hidden,
      layers,
      dropout,
      tied,
      unit: field.unit,
      documents: field.documents,
      vocabulary: vocab.size,
      parameters: modelParameters(spec).reduce((sum, { rows, cols }) => sum + rows * cols, 0),
      digest: modelDigest(spec, { field, vocab }, weights),
    };
    return this.#info;
  }

  /**
   * Generates text after a prompt, and returns the text without the prompt. The same seed generates the same text. Lets
   * the event loop turn every few milliseconds.
   *
   * @param prompt text that is read first; "" begins a text (after a newline; with documents, a document); a session
   * continues
   * @throws LonghandError `usage` for an option, `text` for a prompt with tokens outside the vocabulary
   * @example
   * await model.generate("the ", { length: 300, temperature: 0.8, seed: 1 });
   */
  async generate(prompt: string | Session = "", options: GenerateOptions = {}): Promise<string> {
    let text = "";
    for await (const piece of this.stream(prompt, options)) text += piece;
    return text;
  }

  /**
   * As `generate`, but yields the text piece by piece as it is drawn. Leave the loop to stop.
   *
   * @example
   * for await (const piece of model.stream("the ", { length: 300 })) process.stdout.write(piece);
   */
  stream(prompt: string | Session = "", options: GenerateOptions = {}): AsyncGenerator<string, void, void> {
    checkOptions(options, generateOptionNames, "generate");
    const { length = LENGTH, unknown, signal, ...drawing } = options;
    requireLength(length);
    const session = prompt instanceof Session ? prompt : this.session();
    if (typeof prompt === "string") session.feed(prompt, unknown);
    else if (!(prompt instanceof Session)) throw usageError("A prompt is a string or a session.");
    return this.#paced(writePieces(session, { ...drawing, length }), signal);
  }

  /**
   * Generates several samples side by side, which is faster than one after another. Sample `i` is what `generate`
   * returns with `{ sample: i }`.
   *
   * @returns the texts in the order of their numbers, which count from `sample` (0)
   * @throws LonghandError as `generate`
   * @example
   * await model.samples("the ", { count: 5, length: 100 });
   */
  async samples(prompt: string | Session, options: SampleOptions): Promise<string[]> {
    checkOptions(options, [...generateOptionNames, "count"], "samples");
    const { length = LENGTH, unknown, signal, ...rest } = options;
    const session = prompt instanceof Session ? prompt : this.session();
    if (typeof prompt === "string") session.feed(prompt, unknown);
    const texts: string[] = [];
    const first = rest.sample ?? 0;
    let turn = performance.now();
    for (const { sample, text } of writeSamplePieces(session, { ...rest, length })) {
      texts[sample - first] = (texts[sample - first] ?? "") + text;
      turn = await this.#breathe(turn, signal);
    }
    return texts;
  }

  /**
   * The likeliest next tokens after a prompt, the likeliest first, with their probabilities under the model itself.
   *
   * @param prompt text that is read first; "" begins a text; a session continues, and does not change
   * @throws LonghandError `usage` for a count, `text` for a prompt with tokens outside the vocabulary
   * @example
   * model.next("the ", { count: 3 }); // [{ id: 17, token: "s", probability: 0.11 }, …]
   */
  next(prompt: string | Session = "", options: NextOptions = {}): LikelyToken[] {
    checkOptions(options, ["count", "unknown"], "next");
    const session = prompt instanceof Session ? prompt.branch() : this.session();
    if (typeof prompt === "string") session.feed(prompt, options.unknown);
    return likeliestTokens(session, options.count);
  }

  /**
   * A new session: a text that is read and written token by token, with a state that lives on. With `saved`, a session
   * that continues where another one stopped, in this process or another, with the same tokens.
   *
   * @param saved what `session.save()` or `session.toJSON()` returned, or a session's `state`
   * @throws LonghandError `usage` for a session of another model
   * @example
   * const session = model.session();
   * session.feed("Dear ");
   * session.draw({ temperature: 0.7, seed: 1 }); // { id, token, logProbability }
   */
  session(saved?: Uint8Array | SavedSession | SessionState): Session {
    const session = new Session(this.#languageModel(), this.stored);
    if (saved !== undefined) session.restore(saved);
    return session;
  }

  /**
   * Scores each token of a text, grouped by line: its surprisal, −log p in nats.
   *
   * @throws LonghandError `text` for a text that is not UTF-8
   * @example
   * const { lines } = await model.score("one line\nanother");
   * lines[0].tokens[0]; // { token: "o", nats: 2.31, unknown: false }
   */
  async score(text: TextSource, options: ScoreOptions = {}): Promise<TextSurprisal> {
    checkOptions(options, ["encoding", "column", "notice"], "score");
    const texts = await givenTexts(text, this.#platform.texts);
    const name = texts.length === 1 ? texts[0]!.name : "The text";
    const model = this.#newLanguageModel(256);
    const { notice } = options;
    const { gunzip } = this.#platform;
    const rules = readingOf(this.stored.field, options);
    const original = newOriginal();
    const bytes = await wholeAsRead(inputsOf(texts), rules, { notice, gunzip, original });
    return surprisal(model, this.stored, bytes, name, notice, original.bytes > 0 ? original : undefined);
  }

  /**
   * Evaluates the model on a text: loss in nats per token, bits per character and byte, perplexity, with 95% intervals,
   * beside a uniform guess. In Node, a model of a run's folder is also compared with an n-gram of its training text and
   * with a compressor.
   *
   * @param text without it, the validation part of the run that the model was loaded from (Node)
   * @throws LonghandError `usage` for a text that the model was trained on, unless `force`
   * @example
   * const { model: { nats, bpc }, intervals } = await model.evaluate({ file: "other.txt" });
   */
  evaluate(text?: TextSource, options: EvaluateOptions = {}): Promise<Evaluated> {
    checkOptions(options, evaluateOptionNames, "evaluate");
    this.#requireOpen();
    return this.#platform.evaluate(this.#about, text, options);
  }

  /**
   * The model as the bytes of a `.safetensors` file, which `load` opens, in Node and in a page. Python opens it too.
   *
   * @example
   * await writeFile("my.safetensors", await model.save());
   */
  async save(): Promise<Uint8Array<ArrayBuffer>> {
    const { tensors, metadata } = modelTensors(this.stored);
    const { newHash } = this.#platform;
    return joinBytes(
      newHash ? await checksumSafetensors(tensors, metadata, newHash) : writeSafetensors(tensors, metadata),
    );
  }

  /** Lets go of the weights. The model cannot be used afterwards; its sessions can. */
  close(): void {
    this.#closed = true;
    this.#language = undefined;
  }

  /** `close`, for `using`. */
  [dispose](): void {
    this.close();
  }

  async *#paced(pieces: Iterable<{ readonly text: string }>, signal: AbortSignal | undefined): AsyncGenerator<string> {
    let turn = performance.now();
    for (const { text } of pieces) {
      turn = await this.#breathe(turn, signal);
      if (text !== "") yield text;
    }
  }

  /** Lets the event loop turn if it has not for a while; returns when it last did. */
  async #breathe(turn: number, signal: AbortSignal | undefined): Promise<number> {
    if (signal?.aborted) throw signal.reason;
    if (performance.now() - turn < SLICE_MS) return turn;
    await this.#platform.pause();
    if (signal?.aborted) throw signal.reason;
    return performance.now();
  }

  #languageModel(): LanguageModel {
    this.#requireOpen();
    this.#language ??= this.#newLanguageModel(STEPS);
    return this.#language;
  }

  #newLanguageModel(steps: number): LanguageModel {
    const { spec, vocab, weights } = this.stored;
    const { engine } = this.#platform.engine(this.#about.engine);
    const documents = vocab.endId !== undefined;
    const model = new LanguageModel(spec, engine, { lanes: 1, steps, ...(documents && { documents }) });
    model.setWeights(weights);
    return model;
  }

  #requireOpen(): void {
    if (this.#closed) throw usageError("This model is closed.", "Load it again.");
  }
}
