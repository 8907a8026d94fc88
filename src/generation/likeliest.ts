// The likeliest next tokens of a session.

import { usageError } from "../base/errors.js";
import { exp } from "../base/math.js";
import type { Session } from "./session.js";

/** A token that may come next. */
export interface LikelyToken {
  /** Id of the token in the vocabulary. */
  readonly id: number;
  /** The token's text; of a model of bytes, the character of that number. */
  readonly token: string;
  /** Its probability under the model, before temperature and filters. */
  readonly probability: number;
}

/**
 * The `count` likeliest next tokens, the likeliest first; of equals, the lowest id. A session that was fed nothing
 * begins as `write` does.
 *
 * @throws LonghandError `usage` for a count that is no whole number from 1
 */
export function likeliestTokens(session: Session, count = 20): LikelyToken[] {
  if (!Number.isSafeInteger(count) || count < 1) {
    throw usageError(`count wants a whole number from 1; got ${count}.`, undefined, "count");
  }
  session.begin();
  const { itos } = session.text.vocab;
  const logs = session.distribution();
  const order = Array.from(itos, (_, id) => id)
    .filter((id) => logs[id]! > Number.NEGATIVE_INFINITY) // after a space that waits, some cannot come
    .sort((a, b) => logs[b]! - logs[a]! || a - b);
  return order.slice(0, count).map((id) => ({ id, token: itos[id]!, probability: exp(logs[id]!) }));
}
