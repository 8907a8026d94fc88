// Tokenizer: text, given in pieces of any size, → tokens. Piece boundaries do not affect the tokens. It needs no
// vocabulary.

/**
 * `char`: a Unicode code point. `byte`: a byte of UTF-8. `word`: as GPT-2 splits text; the space before a word belongs
 * to it.
 */
export type Unit = "char" | "byte" | "word";

/**
 * `keep` or `strip` newlines, or replace each by the token `<eos>`. Unless they are kept, each line is tokenized by
 * itself.
 */
type NewlineRule = "keep" | "strip" | "eos";

/** The token that replaces "\n" under the rule `eos`. No tokenizer produces it from other text. */
export const END_OF_LINE = "<eos>";

export interface TokenRule {
  readonly unit: Unit;
  /** Whether each token is lower-cased, after the text is split. */
  readonly lower: boolean;
  readonly newline: NewlineRule;
}

export interface Tokenizer {
  push(text: string): void;
  /** Ends the text, and emits the tokens that were held back. */
  end(): void;
}

type Emit = (token: string) => void;

/**
 * A tokenizer that calls `emit` with each token in turn. Without `lower` and `strip` the tokens joined are the text
 * (`<eos>` being "\n"). A byte token is the character of that number, U+0000 to U+00FF.
 */
export function tokenizer(rule: TokenRule, emit: Emit): Tokenizer {
  const splitter = splitters[rule.unit](rule.lower ? (token) => emit(token.toLowerCase()) : emit);
  const push = rule.newline === "keep" ? splitter.push : lineByLine(splitter, rule.newline === "eos" ? emit : () => {});
  let held = ""; // a high surrogate whose other half has not arrived
  return {
    push(text) {
      const joined = held + text;
      held = /[\ud800-\udbff]$/.exec(joined)?.[0] ?? "";
      push(held === "" ? joined : joined.slice(0, -1));
    },
    end() {
      push(held);
      held = "";
      splitter.end();
    },
  };
}

/** Tokenizes each line by itself, and emits the end-of-line token between lines. */
function lineByLine(splitter: Tokenizer, emit: Emit): (text: string) => void {
  return (text) => {
    for (const [i, line] of text.split("\n").entries()) {
      if (i > 0) {
        splitter.end();
        emit(END_OF_LINE);
      }
      splitter.push(line);
    }
  };
}

/** One splitter per unit. Each receives whole code points. */
const splitters = {
  char: (emit) => ({
    push(text) {
      for (const character of text) emit(character);
    },
    end() {},
  }),
  byte: (emit) => ({
    push(text) {
      for (const byte of new TextEncoder().encode(text)) emit(String.fromCharCode(byte));
    },
    end() {},
  }),
  word: wordSplitter,
} satisfies Record<Unit, (emit: Emit) => Tokenizer>;

/**
 * GPT-2's pattern (Radford et al. 2019, encoder.py): contractions; words, numbers and signs with one space before;
 * spaces.
 */
const WORD = /'(?:[stmd]|re|ve|ll)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;

/** Characters that WORD must see after a token to be sure of its end: "'" may still become "'re", "'ve" or "'ll". */
const LOOKAHEAD = 2;

function wordSplitter(emit: Emit): Tokenizer {
  let tail = "";
  const split = (text: string, sureUpTo: number) => {
    let at = 0;
    for (const [token] of text.matchAll(WORD)) {
      if (at + token.length > sureUpTo) break;
      emit(token);
      at += token.length;
    }
    tail = text.slice(at);
  };
  return {
    push(text) {
      const joined = tail + text;
      split(joined, joined.length - LOOKAHEAD);
    },
    end() {
      split(tail, tail.length);
    },
  };
}
