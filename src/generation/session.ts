// Session: a model that reads and writes one text, with a state carried from token to token. Each token costs one time
// step, however long the text. The state is a value: read it, set it, save it, branch from it. Many sessions may share
// one model.

import { usageError } from "../base/errors.js";
import { log } from "../base/math.js";
import { checkOptions } from "../base/options.js";
import type { Reals } from "../compute/arena.js";
import { modelDigest } from "../model/file/model-digest.js";
import type { LanguageModel } from "../model/language-model.js";
import { type State, zeroState } from "../model/layout/state.js";
import type { Field, UnknownRule } from "../text/encoding/field.js";
import { encodePrompt } from "../text/encoding/prompt.js";
import type { Vocab } from "../text/encoding/vocab.js";
import {
  afterSpace,
  type DrawOptions,
  drawOptionNames,
  drawPoint,
  drawToken,
  frequencies,
  type Written,
} from "./draw.js";
import { logProbabilities, pick } from "./filter.js";
import {
  fittingState,
  readSession,
  type SavedSession,
  type SessionState,
  sessionBytes,
  sessionJson,
} from "./saved-session.js";

export type { SavedSession, SessionState } from "./saved-session.js";

/** Field, vocabulary and counts of a model: what a session needs besides the weights. */
export interface SessionText {
  readonly field: Field;
  readonly vocab: Vocab;
  /** How often each token occurs in the training text. A text without newlines begins with a token drawn from these. */
  readonly counts?: readonly number[];
}

type Standing = Pick<SessionState, "state" | "logits">;
type Counters = Pick<SessionState, "written" | "space" | "last">;

/**
 * A model that reads and writes one text, token by token. Get one from `model.session()`.
 *
 * @example
 * const session = model.session();
 * session.feed("Dear ");
 * const { token, logProbability } = session.draw({ temperature: 0.7, seed: 1 });
 * const saved = session.save(); // model.session(saved) continues, in another process too
 */
export class Session {
  /** The model that computes: one lane. */
  readonly model: LanguageModel;
  readonly text: SessionText;
  #written = 0;
  #space = false;
  #last: number | undefined;
  /** State and logits as a value; undefined while they are in the model's arena only. */
  #value: Standing | undefined;
  /** Digest of the model, computed when first needed; shared by all branches. */
  #digest: { value?: string } = {};
  /** Copies state and logits out of the arena; the model calls it before another session overwrites them. */
  readonly #leave = () => {
    this.#value ??= { state: this.model.state(), logits: this.model.logits(this.model.window.steps - 1) };
  };
  // Reused for each token, so that drawing allocates nothing.
  readonly #one = new Int32Array(1);
  readonly #uncounted: Int32Array;
  readonly #room: Float64Array<ArrayBuffer>;

  /**
   * @param model planned for one lane
   * @param text field, vocabulary and counts of the same model
   * @throws LonghandError `usage` for a model of several lanes
   */
  constructor(model: LanguageModel, text: SessionText) {
    if (model.plan.options.lanes !== 1) {
      throw usageError(`A session needs a model planned for one lane; got ${model.plan.options.lanes} lanes.`);
    }
    this.model = model;
    this.text = text;
    this.#value = this.#nothing();
    this.#uncounted = new Int32Array(model.plan.options.steps).fill(-1);
    this.#room = new Float64Array(model.spec.vocabulary);
  }

  /** The session's state as a value. Setting it throws a LonghandError `usage` for a state of another model. */
  get state(): SessionState {
    if (this.#value === undefined) this.#leave();
    return { model: this.#modelDigest(), ...this.#value!, ...this.#counters() };
  }

  set state(given: SessionState) {
    const { state, logits, ...counters } = this.#checked(given);
    this.#set({ state, logits }, counters);
  }

  /**
   * The state as bytes: about as many as the state tensors and the logits (V) take. `model.session(bytes)` continues
   * from it.
   */
  save(): Uint8Array<ArrayBuffer> {
    return sessionBytes(this.state);
  }

  /** The state as JSON, also for `JSON.stringify(session)`. `model.session(json)` continues from it. */
  toJSON(): SavedSession {
    return sessionJson(this.state);
  }

  /**
   * Sets the session to what `save` or `toJSON` returned, or to another session's `state`.
   *
   * @throws LonghandError `usage` for a session of another model, `model-file` for damaged bytes
   */
  restore(saved: Uint8Array | SavedSession | SessionState): void {
    const isState = !(saved instanceof Uint8Array) && Array.isArray((saved?.state as State | undefined)?.arrays);
    this.state = isState ? (saved as SessionState) : readSession(saved as Uint8Array | SavedSession);
  }

  /** Whether a space that was fed last waits: the next token begins with it, and its text is without it. */
  get space(): boolean {
    return this.#space;
  }

  /** The token read last, in a model of tokens with spaces between them: the text of the next begins with a space. */
  get last(): number | undefined {
    return this.#last;
  }

  #counters(): Counters {
    const last = this.#last;
    return { written: this.#written, ...(this.#space && { space: true }), ...(last !== undefined && { last }) };
  }

  /** Another session with the same state; from here on the two are independent. */
  branch(): Session {
    const other = new Session(this.model, this.text);
    other.#digest = this.#digest;
    if (this.#value === undefined) this.#leave();
    other.#set(this.#value!, this.#counters());
    return other;
  }

  /**
   * Reads a text. Where the model keeps documents apart, the first text fed begins a document. In a model of words the
   * space before a word belongs to it: a space at the text's end waits for the word that is fed or drawn next.
   *
   * @param unknown what to do with tokens outside the vocabulary: throw an error that lists them, skip them, or read
   * `<unk>`
   * @throws LonghandError `text` for tokens outside the vocabulary under the rule "error"
   */
  feed(text: string, unknown: UnknownRule = "error"): void {
    if (typeof text !== "string") throw usageError(`feed needs a string; got ${typeof text}.`);
    const { field, vocab } = this.text;
    const { ids, waits } = encodePrompt(field, vocab, text, unknown, this.#space);
    if (vocab.endId !== undefined && !this.#fed() && ids.length > 0) this.feedIds(Int32Array.of(vocab.endId));
    this.feedIds(ids);
    this.#space = waits;
  }

  /**
   * Reads token ids, in windows as long as the model's plan allows; how they are split changes no bit. `<end>` resets
   * the state.
   */
  feedIds(ids: Int32Array): void {
    if (!(ids instanceof Int32Array)) throw usageError("feedIds needs an Int32Array of token ids.");
    const { endId, size } = this.text.vocab;
    const outside = ids.find((id) => id < 0 || id >= size);
    if (outside !== undefined) throw usageError(`feedIds needs ids from 0 to ${size - 1}; got ${outside}.`);
    if (ids.length > 0) this.#space = false;
    if (this.text.vocab.spaced) this.#last = ids.at(-1) ?? this.#last;
    for (let from = 0, to = 0; from < ids.length; from = to) {
      const next = endId === undefined ? -1 : ids.indexOf(endId, from + 1);
      to = next < 0 ? ids.length : next;
      if (ids[from] === endId) this.#set(this.#nothing(), this.#counters());
      this.#feedOn(from === 0 && to === ids.length ? ids : ids.subarray(from, to));
    }
  }

  #feedOn(ids: Int32Array): void {
    const { model } = this;
    const most = model.plan.options.steps;
    for (let at = 0; at < ids.length; at += most) {
      const inputs = at === 0 && ids.length <= most ? ids : ids.subarray(at, at + most);
      const steps = inputs.length;
      const targets = steps === most ? this.#uncounted : this.#uncounted.subarray(0, steps);
      const window = { steps, lanes: 1, inputs, targets, counted: 0 };
      if (this.#inArena()) model.follow(window);
      else {
        model.setState(this.#value!.state);
        model.load(window);
      }
      model.forward();
      this.#value = undefined;
      model.onOverwrite = this.#leave;
    }
  }

  /**
   * Begins a text if nothing was fed yet: a document with `<end>`; else after a newline; or, if the vocabulary has no
   * newline, after a token drawn by its frequency in the training text. Returns that token if one was drawn (it is part
   * of the written text), with the log of its frequency.
   */
  begin(options: DrawOptions = {}): Written | undefined {
    if (this.#fed()) return undefined;
    const { vocab } = this.text;
    const first = vocab.endId ?? vocab.newlineId;
    const waits = this.#space;
    if (first !== undefined) {
      this.feedIds(Int32Array.of(first));
      this.#space = waits;
      return undefined;
    }
    const shares = frequencies(vocab, this.text.counts);
    const id = pick(shares, drawPoint(options, this.#written));
    this.#write(id);
    return this.#drawn(id, log(shares[id]!));
  }

  /**
   * Log-probabilities (V) of the next token in nats, by id, before temperature and filters.
   *
   * @throws LonghandError `usage` if nothing was fed yet
   */
  distribution(): Float64Array {
    return logProbabilities(this.#logits());
  }

  /**
   * Draws one token from the filtered distribution and reads it. The seed, `sample` and the number of tokens drawn so
   * far decide the draw, so that a session that is saved and restored continues with the same tokens.
   *
   * @throws LonghandError `usage` if nothing was fed yet, or for an option outside its range
   */
  draw(options: DrawOptions = {}): Written {
    checkOptions(options, drawOptionNames, "draw");
    const { specials } = this.text.vocab;
    const { id, logProbability } = drawToken(this.#logits(), options, specials, this.#written, this.#room);
    this.#write(id);
    return this.#drawn(id, logProbability);
  }

  #drawn(id: number, logProbability: number): Written {
    return { id, token: this.text.vocab.itos[id]!, logProbability };
  }

  /** Reads a token that was drawn. */
  #write(id: number): void {
    this.#one[0] = id;
    this.feedIds(this.#one);
    this.#written += 1;
  }

  #nothing(): Standing {
    return { state: zeroState(this.model.spec, 1, this.model.engine.precision), logits: undefined };
  }

  #set(value: Standing, { written, space = false, last }: Counters): void {
    this.#value = value;
    this.#written = written;
    this.#space = space;
    this.#last = last;
    if (this.#inArena()) this.model.onOverwrite = undefined;
  }

  #modelDigest(): string {
    this.#digest.value ??= modelDigest(this.model.spec, this.text, this.model.weightsInPlace());
    return this.#digest.value;
  }

  #checked(given: SessionState): SessionState {
    const { engine, spec } = this.model;
    return fittingState(given, this.#modelDigest(), this.#nothing().state, spec.vocabulary, engine.precision);
  }

  #inArena(): boolean {
    return this.model.onOverwrite === this.#leave;
  }

  #fed(): boolean {
    return this.#value === undefined || this.#value.logits !== undefined;
  }

  /** Logits of the next token; valid until the next token is read. */
  #logits(): Reals {
    const logits = this.#value ? this.#value.logits : this.model.logitsInPlace(this.model.window.steps - 1);
    if (logits === undefined) {
      throw usageError("Nothing was fed yet, so there is no next token.", "Call begin(), or feed() some text first.");
    }
    return this.#space ? afterSpace(logits, this.text.vocab) : logits;
  }
}
