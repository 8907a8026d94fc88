// Writes as the fastai lesson's get_next_n does: each new token feeds the last eight tokens again, on top of the
// carried state. So the model reads each token eight times. It exists for comparison; write.ts feeds each token once.

import { usageError } from "../base/errors.js";
import { Purpose, uniform } from "../base/random.js";
import { createEndingDecoder } from "./ending.js";
import { filter, pick } from "./filter.js";
import type { SamplePiece, SamplesOptions } from "./samples.js";
import type { Session } from "./session.js";
import { type Piece, requireLength, type WriteOptions } from "./write.js";

/** Writes `count` samples one after another from a session's state, which stays as it is. */
export function* lessonSamples(
  session: Session,
  prompt: Int32Array,
  options: SamplesOptions,
): Generator<SamplePiece, void, void> {
  const { count, sample: first = 0 } = options;
  for (let sample = first; sample < first + count; sample++) {
    for (const piece of lessonPieces(session.branch(), prompt, { ...options, sample })) {
      yield { ...piece, sample, last: false };
    }
    yield { sample, text: "", tokens: [], last: true };
  }
}

/** Number of tokens fed for each new one. */
const FED = 8;

/**
 * Streams `length` tokens after a prompt (ids), which is fed here: first the whole prompt, then before each token the
 * last eight tokens of prompt and text. A prompt of eight tokens feeds as the lesson does; the draws differ, since the
 * lesson's are PyTorch's, and specials are never written. Without a prompt the session begins by itself.
 */
export function* lessonPieces(
  session: Session,
  prompt: Int32Array,
  options: WriteOptions,
): Generator<Piece, void, void> {
  const { vocab } = session.text;
  if (vocab.endId !== undefined) {
    throw usageError(
      "lessonSampling never ends a document, and this model keeps documents apart.",
      "Leave it out: generation ends where the model ends a document.",
      "lessonSampling",
    );
  }
  const decoder = createEndingDecoder(vocab, options, options.binary, { last: prompt.at(-1) });
  let written = 0;
  let fed: number[] = [...prompt];
  requireLength(options.length);
  if (options.length === 0) return;
  if (prompt.length > 0) session.feedIds(prompt);
  else {
    const drawn = session.begin(options);
    if (drawn === undefined) fed = vocab.newlineId === undefined ? [] : [vocab.newlineId];
    else {
      fed = [drawn.id];
      written = 1;
      yield { text: decoder.push(drawn.id), tokens: [drawn] };
    }
  }
  while (written < options.length && !decoder.done) {
    const log = session.distribution();
    const u = uniform(options.seed ?? 1, Purpose.sample, written, options.sample ?? 0);
    const id = pick(filter(log, options, vocab.specials), u);
    written += 1;
    fed = [...fed, id].slice(-FED);
    yield { text: decoder.push(id), tokens: [{ id, token: vocab.itos[id]!, logProbability: log[id]! }] };
    if (written < options.length) session.feedIds(Int32Array.from(fed));
  }
  yield { text: decoder.end(), tokens: [] };
}
