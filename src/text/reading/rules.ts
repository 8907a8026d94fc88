// How texts are read: the rules, and the shape of a stage.

import type { ByteStream } from "../../base/ports.js";
import type { Notice, TextInput } from "./utf8.js";

/** How texts are read. */
export interface ReadingRules {
  /** A token is a byte: every byte stays as it is. */
  readonly bytes: boolean;
}

/** What the stages need of a platform, and what they report to. */
export interface ReadingContext {
  /** Receives sentences for the user. */
  readonly notice?: Notice | undefined;
}

/** One stage: the bytes of a text, changed. It passes on a piece that it need not change as it is. */
export type Stage = (input: TextInput, rules: ReadingRules, context: ReadingContext) => ByteStream;
