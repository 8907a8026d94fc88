// Tokenizer: text, given in pieces of any size, → tokens. Piece boundaries do not affect the tokens. It needs no
// vocabulary. words.ts splits text into words.

import { type Emit, spaceSplitter, type Tokenizer, wordSplitter } from "./words.js";

/**
 * `char`: a Unicode code point. `byte`: a byte of UTF-8. `word`: a word, a number, an emoji or signs; the space before
 * belongs to it. `space`: what stands between white space; a line end is a token.
 */
export type Unit = "char" | "byte" | "word" | "space";

/**
 * `keep` or `strip` newlines, or replace each by the token `<eos>`. Unless they are kept, each line is tokenized by
 * itself.
 */
export type NewlineRule = "keep" | "strip" | "eos";

/** The token that replaces "\n" under the rule `eos`. Of other text only unit `space` makes it, where it is spelled. */
export const END_OF_LINE = "<eos>";

/** The special token in place of every token outside the vocabulary. */
export const UNKNOWN = "<unk>";

/** The special token that pads lanes. */
export const PADDING = "<pad>";

export interface TokenRule {
  readonly unit: Unit;
  /** Whether each token is lower-cased, after the text is split. */
  readonly lower: boolean;
  readonly newline: NewlineRule;
  /** Special tokens; where a text spells one it is that token, except for bytes. */
  readonly specials?: readonly string[];
}

/**
 * A tokenizer that calls `emit` with each token in turn. The texts of the tokens joined are the text, without stripped
 * newlines. A byte token is the character of that number, U+0000 to U+00FF.
 */
export function tokenizer(rule: TokenRule, emit: Emit): Tokenizer {
  const splitter = splitters[rule.unit](rule.lower ? (token, text) => emit(token.toLowerCase(), text) : emit, rule);
  const lines = rule.newline === "keep" || rule.unit === "space" ? splitter : lineByLine(splitter, rule.newline, emit);
  const whole = specialSplitter(spelledSpecials(rule), lines, emit);
  let held = ""; // a high surrogate whose other half has not arrived
  return {
    push(text) {
      const joined = held + text;
      held = /[\ud800-\udbff]$/.exec(joined)?.[0] ?? "";
      whole.push(held === "" ? joined : joined.slice(0, -1));
    },
    end() {
      whole.push(held);
      held = "";
      whole.end();
    },
  };
}

/** The specials that become tokens where a text spells them. A text of characters may spell <unk> and <pad>. */
export function spelledSpecials({ unit, specials = [] }: TokenRule): readonly string[] {
  if (unit === "byte") return [];
  return unit === "char" ? specials.filter((name) => name !== UNKNOWN && name !== PADDING) : specials;
}

/** Emits each of `names` where the text spells it, the longest of those that begin there; `inner` gets the rest. */
function specialSplitter(names: readonly string[], inner: Tokenizer, emit: Emit): Tokenizer {
  if (names.length === 0) return inner;
  const longest = Math.max(...names.map(({ length }) => length));
  const ordered = [...names].sort((a, b) => b.length - a.length);
  const pattern = new RegExp(ordered.map(escaped).join("|"), "gu");
  let tail = "";
  /** Handles the text up to `sure`, before which all names that begin are whole. */
  const split = (text: string, sure: number) => {
    let at = 0;
    const found = names.some((name) => text.includes(name)) ? text.matchAll(pattern) : [];
    for (const { 0: name, index } of found) {
      if (index >= sure) break;
      if (index > at) inner.push(text.slice(at, index));
      inner.end();
      emit(name, name);
      at = index + name.length;
    }
    let to = Math.max(at, sure);
    if (/[\ud800-\udbff]/.test(text[to - 1] ?? "")) to -= 1; // whole code points
    if (to > at) inner.push(text.slice(at, to));
    tail = text.slice(to);
  };
  return {
    push(text) {
      const joined = tail + text;
      split(joined, joined.length - longest + 1);
    },
    end() {
      split(tail, tail.length);
      inner.end();
    },
  };
}

/** A pattern that matches the text itself. */
export function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}

/** Tokenizes each line by itself, and emits the end-of-line token between lines. */
function lineByLine(splitter: Tokenizer, newline: NewlineRule, emit: Emit): Tokenizer {
  return {
    push(text) {
      for (const [i, line] of text.split("\n").entries()) {
        if (i > 0) {
          splitter.end();
          if (newline === "eos") emit(END_OF_LINE, "\n");
        }
        splitter.push(line);
      }
    },
    end: splitter.end,
  };
}

/** One splitter per unit. Each receives whole code points. */
const splitters: Record<Unit, (emit: Emit, rule: TokenRule) => Tokenizer> = {
  char: (emit) => ({
    push(text) {
      for (const character of text) emit(character, character);
    },
    end() {},
  }),
  byte: (emit) => ({
    push(text) {
      for (const byte of new TextEncoder().encode(text)) {
        const character = String.fromCharCode(byte);
        emit(character, character);
      }
    },
    end() {},
  }),
  word: wordSplitter,
  space: (emit, { newline }) => spaceSplitter(emit, { keep: "\n", eos: END_OF_LINE, strip: undefined }[newline]),
};
