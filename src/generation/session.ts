// A session: a model reading and writing one text, with a state that lives on. Feeding costs one step a token and so does
// writing, however long the text. The state is a value: take it, set it, branch from it. Many sessions may share one model.

import { usageError } from "../base/errors.js";
import { log } from "../base/math.js";
import type { Reals } from "../compute/arena.js";
import type { LanguageModel } from "../model/language-model.js";
import { type State, zeroState } from "../model/layout/state.js";
import { encodeText, type Field, type UnknownRule } from "../text/encoding/field.js";
import type { Vocab } from "../text/encoding/vocab.js";
import { drawPoint, drawToken, type NextOptions, type Written } from "./draw.js";
import { logProbabilities, pick } from "./filter.js";

/** What a session is at one moment: set it as the `state` of any session of the same model. */
export interface SessionState {
  readonly state: State;
  /** The logits of the next token; absent where nothing was fed yet. */
  readonly logits: Reals | undefined;
  /** Tokens written. */
  readonly written: number;
}

export interface SessionText {
  readonly field: Field;
  readonly vocab: Vocab;
  /** How often each token stands in the training text: what a text without newlines begins with. */
  readonly counts?: readonly number[];
}

export class Session {
  readonly model: LanguageModel;
  readonly text: SessionText;
  #written = 0;
  /** State and logits as a value; undefined while they lie in the model's arena alone. */
  #value: Omit<SessionState, "written"> | undefined;
  /** What the model calls before others write over them. It is the model's `onOverwrite` while they lie there. */
  readonly #leave = () => {
    this.#value ??= { state: this.model.state(), logits: this.model.logits(this.model.window.steps - 1) };
  };
  // Written over with each token, so that none is allocated.
  readonly #one = new Int32Array(1);
  readonly #uncounted: Int32Array;
  readonly #room: Float64Array<ArrayBuffer>;

  /** `model` is planned for one lane. The session begins with a state of zeros and nothing fed. */
  constructor(model: LanguageModel, text: SessionText) {
    if (model.plan.options.lanes !== 1) {
      throw usageError(`A session wants a model of one lane; got ${model.plan.options.lanes}.`);
    }
    this.model = model;
    this.text = text;
    this.#value = this.#nothing();
    this.#uncounted = new Int32Array(model.plan.options.steps).fill(-1);
    this.#room = new Float64Array(model.spec.vocabulary);
  }

  /** Everything the session is, as a value. */
  get state(): SessionState {
    if (this.#value === undefined) this.#leave();
    return { ...this.#value!, written: this.#written };
  }

  set state({ state, logits, written }: SessionState) {
    this.#value = { state, logits };
    this.#written = written;
    if (this.#inArena()) this.model.onOverwrite = undefined;
  }

  /** Another session at the same place; the two go on apart. */
  branch(): Session {
    const other = new Session(this.model, this.text);
    other.state = this.state;
    return other;
  }

  /**
   * Reads a text; where documents are kept apart, the first is a document's beginning. Tokens outside the vocabulary are an error
   * that lists them, skipped, or read as `<unk>`.
   */
  feed(text: string, unknown: UnknownRule = "error"): void {
    const { field, vocab } = this.text;
    const ids = encodeText(field, vocab, text, unknown);
    if (vocab.endId !== undefined && !this.#fed() && ids.length > 0) this.feedIds(Int32Array.of(vocab.endId));
    this.feedIds(ids);
  }

  /** Reads ids, in windows as long as the model's plan allows; how they are cut changes no bit. `<end>` is read from zero. */
  feedIds(ids: Int32Array): void {
    const { endId } = this.text.vocab;
    for (let from = 0, to = 0; from < ids.length; from = to) {
      const next = endId === undefined ? -1 : ids.indexOf(endId, from + 1);
      to = next < 0 ? ids.length : next;
      if (ids[from] === endId) this.state = { ...this.#nothing(), written: this.#written };
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
   * Begins a text where nothing was fed: a document with `<end>`; else after a newline, or, where the vocabulary has none, after a
   * token drawn by its frequency in the training text. Returns that token where it was drawn (it is part of what is written), with
   * the logarithm of its share there.
   */
  begin(options: NextOptions = {}): Written | undefined {
    if (this.#fed()) return undefined;
    const { vocab } = this.text;
    const first = vocab.endId ?? vocab.newlineId;
    if (first !== undefined) {
      this.feedIds(Int32Array.of(first));
      return undefined;
    }
    const shares = frequencies(this.text);
    const id = pick(shares, drawPoint(options, this.#written));
    this.#write(id);
    return { id, logProbability: log(shares[id]!) };
  }

  /** log p (V) of every token to come, in nats. */
  distribution(): Float64Array {
    return logProbabilities(this.#logits());
  }

  /** Writes one token: draws it from the filtered distribution and reads it. */
  next(options: NextOptions = {}): Written {
    const written = drawToken(this.#logits(), options, this.text.vocab.specials, this.#written, this.#room);
    this.#write(written.id);
    return written;
  }

  /** Reads a token that was drawn. */
  #write(id: number): void {
    this.#one[0] = id;
    this.feedIds(this.#one);
    this.#written += 1;
  }

  #nothing(): Omit<SessionState, "written"> {
    return { state: zeroState(this.model.spec, 1, this.model.engine.precision), logits: undefined };
  }

  #inArena(): boolean {
    return this.model.onOverwrite === this.#leave;
  }

  #fed(): boolean {
    return this.#value === undefined || this.#value.logits !== undefined;
  }

  /** Those of the next token; not to be kept. */
  #logits(): Reals {
    const logits = this.#value ? this.#value.logits : this.model.logitsInPlace(this.model.window.steps - 1);
    if (logits === undefined) {
      throw usageError("Nothing was fed yet, so there is no next token.", "Call begin(), or feed() some text first.");
    }
    return logits;
  }
}

/** Share of each token in the training text, specials left out; equal shares where the counts are unknown. */
function frequencies({ vocab, counts }: SessionText): Float64Array {
  const known = counts?.some((count, id) => count > 0 && id >= vocab.specials) ? counts : undefined;
  const p = Float64Array.from({ length: vocab.size }, (_, id) =>
    id < vocab.specials ? 0 : known ? (known[id] ?? 0) : 1,
  );
  const total = p.reduce((sum, each) => sum + each, 0);
  return p.map((each) => each / total);
}
