// Run: a training run as an async iterable of events. It starts when the first event is asked for, and ends once: at
// the end of the training, when the loop is left, when its signal is aborted, or when an error is thrown.

import { usageError } from "../base/errors.js";
import type { StoredModel } from "../model/file/model-file.js";
import type { TrainEvent } from "../training/loop/events.js";
import { asyncDispose } from "./dispose.js";
import { Model } from "./model.js";
import type { Platform } from "./platform.js";

/** What a platform prepares for a run. */
export interface RunWork {
  /** Trains. It must end soon after `stopping` returns true. */
  readonly events: AsyncGenerator<TrainEvent, void, void>;
  /** The best model so far, and where it was saved. Undefined before there is one. */
  best(): Promise<{ readonly stored: StoredModel; readonly origin: string | undefined } | undefined>;
}

/** What a platform is asked for. */
export interface RunStart {
  /** Becomes true when the run is to stop. */
  readonly stopping: () => boolean;
  /** Receives sentences for the user. */
  readonly notice: (text: string) => void;
}

/** How a run is controlled. */
export interface RunControlOptions {
  /** Aborting it ends the run after the update under way, and saves it if it has a folder. */
  readonly signal?: AbortSignal | undefined;
  /** Receives sentences for the user. By default they come as events of kind `warning`. */
  readonly notice?: ((text: string) => void) | undefined;
}

/**
 * A training run. Iterate over it to train and to see the events; `model()` gives the result. Leaving the loop early
 * saves the run, if it has a folder, and closes it.
 *
 * @example
 * const run = train(text, { minutes: 3 });
 * for await (const event of run) if (event.kind === "validation") console.log(event.nats);
 * const model = await run.model();
 */
export class Run implements AsyncIterable<TrainEvent> {
  /** The run's folder; undefined for a run that is kept in memory. */
  readonly folder: string | undefined;
  readonly #start: (start: RunStart) => Promise<RunWork>;
  readonly #platform: Platform;
  readonly #control: RunControlOptions;
  readonly #notices: string[] = [];
  #work: Promise<RunWork> | undefined;
  #stopping = false;
  #ended = false;
  #failure: { readonly error: unknown } | undefined;
  #model: Promise<Model> | undefined;

  /** For `longhand/advanced`: `start` is called when the first event is asked for. */
  constructor(
    folder: string | undefined,
    start: (start: RunStart) => Promise<RunWork>,
    platform: Platform,
    control: RunControlOptions,
  ) {
    this.folder = folder;
    this.#start = start;
    this.#platform = platform;
    this.#control = control;
  }

  /**
   * The events of the run, from where it is. All iterators share them.
   *
   * @throws LonghandError `diverged` if the numbers broke and no attempt is left; `text` or `usage` before the start;
   * `io`
   */
  [Symbol.asyncIterator](): AsyncIterator<TrainEvent, void, void> {
    return {
      next: () => this.#next(),
      return: async () => {
        await this.close();
        return { done: true, value: undefined };
      },
    };
  }

  /**
   * The trained model: trains to the end if nobody has. After the loop was left early, or the signal aborted, the best
   * model so far: the one of the best validation; before the first validation, the latest.
   *
   * @throws what the run failed with, if it has no model
   */
  async model(): Promise<Model> {
    while (!this.#ended) await this.#next();
    this.#model ??= this.#best();
    return this.#model;
  }

  /** Ends the run after the update under way, saves it if it has a folder, and closes its files and threads. */
  async close(): Promise<void> {
    this.#stopping = true;
    if (this.#work === undefined) this.#ended = true;
    while (!this.#ended) await this.#next();
  }

  /** `close`, for `await using`. */
  [asyncDispose](): Promise<void> {
    return this.close();
  }

  async #next(): Promise<IteratorResult<TrainEvent, void>> {
    if (this.#ended) return { done: true, value: undefined };
    try {
      this.#work ??= this.#begin();
      const { events } = await this.#work;
      const warning = this.#notices.shift();
      if (warning !== undefined) return { done: false, value: { kind: "warning", process: true, text: warning } };
      const result = await events.next();
      if (result.done) this.#ended = true;
      return result;
    } catch (error) {
      this.#ended = true;
      this.#failure = { error };
      throw error;
    }
  }

  async #begin(): Promise<RunWork> {
    const { signal, notice } = this.#control;
    if (signal?.aborted) throw signal.reason;
    return this.#start({
      stopping: () => this.#stopping || signal?.aborted === true,
      notice: notice ?? ((text) => void this.#notices.push(text)),
    });
  }

  async #best(): Promise<Model> {
    const work = await this.#work?.catch(() => undefined);
    const best = await work?.best();
    if (best === undefined) {
      if (this.#failure) throw this.#failure.error;
      throw usageError("This run was closed before it began, so it has no model.");
    }
    return new Model({ ...best, engine: undefined }, this.#platform);
  }
}
