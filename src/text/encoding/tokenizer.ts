// Text into tokens, in chunks of any size: where a chunk ends never shows in the tokens. It knows no vocabulary.

/** `char`: a Unicode code point. `byte`: a byte of UTF-8. `word`: as GPT-2 cuts text; the space before belongs to it. */
export type Unit = "char" | "byte" | "word";

/** What becomes of "\n": it stays, it is dropped, or it becomes the token `<eos>`. With the last two each line is cut alone. */
export type NewlineRule = "keep" | "strip" | "eos";

/** The token that stands for "\n" under the rule `eos`. No unit ever cuts it out of a text. */
export const END_OF_LINE = "<eos>";

export interface TokenRule {
  readonly unit: Unit;
  /** Lower-cases each token after it is cut. */
  readonly lower: boolean;
  readonly newline: NewlineRule;
}

export interface Tokenizer {
  push(text: string): void;
  /** The text is over: gives out what was kept back. */
  end(): void;
}

type Emit = (token: string) => void;

/**
 * A tokenizer that calls `emit` with each token in turn. Without `lower` and `strip` the tokens joined are the text
 * (`<eos>` being "\n"). A byte token is the character of that number, U+0000 to U+00FF.
 */
export function tokenizer(rule: TokenRule, emit: Emit): Tokenizer {
  const cutter = cutters[rule.unit](rule.lower ? (token) => emit(token.toLowerCase()) : emit);
  const push = rule.newline === "keep" ? cutter.push : lineByLine(cutter, rule.newline === "eos" ? emit : () => {});
  let held = ""; // a high surrogate, until its other half comes
  return {
    push(text) {
      const joined = held + text;
      held = /[\ud800-\udbff]$/.exec(joined)?.[0] ?? "";
      push(held === "" ? joined : joined.slice(0, -1));
    },
    end() {
      push(held);
      held = "";
      cutter.end();
    },
  };
}

/** Cuts each line alone and puts the end-of-line token, or nothing, between. */
function lineByLine(cutter: Tokenizer, emit: Emit): (text: string) => void {
  return (text) => {
    for (const [i, line] of text.split("\n").entries()) {
      if (i > 0) {
        cutter.end();
        emit(END_OF_LINE);
      }
      cutter.push(line);
    }
  };
}

/** One cutter a unit. Each is fed whole code points. */
const cutters = {
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
  word: wordCutter,
} satisfies Record<Unit, (emit: Emit) => Tokenizer>;

/** GPT-2's cut (Radford et al. 2019, encoder.py): contractions, words, numbers and signs with one space before, spaces. */
const WORD = /'(?:[stmd]|re|ve|ll)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;

/** How far WORD looks past a token before it is sure of it: "'" is one until neither "re", "ve" nor "ll" follows. */
const LOOKAHEAD = 2;

function wordCutter(emit: Emit): Tokenizer {
  let tail = "";
  const cut = (text: string, sureUpTo: number) => {
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
      cut(joined, joined.length - LOOKAHEAD);
    },
    end() {
      cut(tail, tail.length);
    },
  };
}
