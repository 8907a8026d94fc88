// Splitters of text into words: by what a word is in the scripts of Unicode, and by white space alone.

import { usageError } from "../../base/errors.js";
import { END } from "./documents.js";

/** Receives a token, and the text that it stands for. */
export type Emit = (token: string, text: string) => void;

export interface Tokenizer {
  push(text: string): void;
  /** Ends the text, and emits the tokens that were held back. */
  end(): void;
}

/** Unicode's white space. */
export const WHITE = "\\s\\x85";
const LETTER = "\\p{L}\\p{M}\\u200c\\u200d\\xad"; // with marks, joiners and the soft hyphen after it
/** Signs that belong to a word if letters are on both sides: apostrophes ("don't") and dots ("col·lecció"). */
const INNER = "['\\u2018\\u2019\\uff07\\u055a\\u05f3\\u05f4\\xb7\\u2027]";
const PICTURE = "\\p{Extended_Pictographic}[\\ufe0e\\ufe0f\\u20e3\\p{Emoji_Modifier}\\u{e0020}-\\u{e007f}]*";

/**
 * As GPT-2's pattern (Radford et al. 2019, encoder.py), with one space before each token; but letters keep their
 * marks, an apostrophe in a word does not end it, and an emoji is a token.
 */
const WORD = new RegExp(
  [
    ` ?\\p{L}[${LETTER}]*(?:${INNER}\\p{L}[${LETTER}]*)*`,
    ` ?(?:${PICTURE}(?:\\u200d${PICTURE})*|\\p{RI}\\p{RI}?|[0-9#*]\\ufe0f?\\u20e3)`,
    " ?\\p{N}[\\p{N}\\p{M}]*",
    ` ?[^${WHITE}\\p{L}\\p{N}\\p{Extended_Pictographic}\\p{RI}]+`,
    `[${WHITE}]+(?![^${WHITE}])`,
    `[${WHITE}]+`,
  ].join("|"),
  "gu",
);

/** Characters that WORD must see after a token to be sure of its end: an apostrophe or a joiner, and what it joins. */
const LOOKAHEAD = 3;

/** Splits text into words, numbers, emoji, runs of signs and white space. The tokens joined are the text. */
export function wordSplitter(emit: Emit): Tokenizer {
  let tail = "";
  const split = (text: string, sureUpTo: number) => {
    let at = 0;
    const unspaced = MAY_BE_UNSPACED.test(text) ? unspacedCutter(emit) : undefined;
    for (const [token] of text.matchAll(WORD)) {
      if (at + token.length > sureUpTo) break;
      if (unspaced) unspaced.push(token);
      else emit(token, token);
      at += token.length;
    }
    unspaced?.end();
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

/** Letters of scripts that do not part words with spaces, and whose words a platform's dictionaries know. */
const UNSPACED = `(?=\\p{L})[${["Han", "Hira", "Kana", "Thai", "Laoo", "Khmr", "Mymr"].map((name) => `\\p{scx=${name}}`).join("")}]`;
const unspacedLetter = new RegExp(UNSPACED, "u");
/** Quickly seen: all of these letters, and others. */
const MAY_BE_UNSPACED =
  /[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\uabff\uf900-\ufaff\uff66-\uff9f\ud81b\ud82b\ud82c\ud840-\ud8ff]/;
/** Of a token: such letters with their marks, so many at a time; or other characters. */
const RUNS = new RegExp(`(?:${UNSPACED}[\\p{M}\\u200c\\u200d]*){1,1024}|(?:(?!${UNSPACED})[^])+`, "gu");

/**
 * Cuts letters without spaces between them into words, by the platform's dictionaries. They are asked for many runs at
 * once, which is faster than for each; a line end between two runs keeps them apart.
 */
function unspacedCutter(emit: Emit): Tokenizer {
  const parts: (string | undefined)[] = []; // undefined: the next run
  const runs: string[] = [];
  return {
    push(token) {
      if (!unspacedLetter.test(token)) parts.push(token);
      else {
        for (const [run] of token.matchAll(RUNS)) {
          const isRun = unspacedLetter.test(run);
          parts.push(isRun ? undefined : run);
          if (isRun) runs.push(run);
        }
      }
    },
    end() {
      const words = wordsOf(runs);
      let space = "";
      const put = (word: string) => {
        emit(space + word, space + word);
        space = "";
      };
      for (const [i, part] of parts.entries()) {
        if (part === " " && parts[i + 1] === undefined && i + 1 < parts.length) space = part;
        else if (part !== undefined) put(part);
        else for (let word = words.next().value; word !== "\n"; word = words.next().value) put(word!);
      }
    },
  };
}

let segmenter: Intl.Segmenter | undefined;

/** The words of each run, and a line end after them. */
function* wordsOf(runs: readonly string[]): Generator<string, undefined> {
  segmenter ??= newSegmenter();
  let text = "";
  for (const [i, run] of runs.entries()) {
    text += `${run}\n`;
    if (text.length < 512 && i + 1 < runs.length) continue; // a segmenter is slow for texts much shorter or longer
    for (const { segment } of segmenter.segment(text)) yield segment;
    text = "";
  }
}

function newSegmenter(): Intl.Segmenter {
  if (!("Segmenter" in Intl)) {
    throw usageError(
      "This platform cannot split Chinese, Japanese or Thai into words: it has no Intl.Segmenter.",
      'Use `unit: "char"`.',
      "unit",
    );
  }
  return new Intl.Segmenter("en", { granularity: "word" });
}

/**
 * Splits text at white space, which is no token; a line end is the token `newline`, or white space if that is
 * undefined. The text of a token includes the white space after it, and of the first token that before it.
 */
export function spaceSplitter(emit: Emit, newline: string | undefined): Tokenizer {
  const white = newline === undefined ? `[${WHITE}]` : `(?!\\n)[${WHITE}]`;
  const pattern = new RegExp(`(?:${white})*(${newline === undefined ? "" : "\\n|"}[^${WHITE}]+)(?:${white})*`, "gu");
  let tail = "";
  const split = (text: string, sureUpTo: number) => {
    let at = 0;
    for (const [all, word] of text.matchAll(pattern)) {
      if (at + all.length > sureUpTo) break;
      if (word === "\n") emit(newline!, all);
      else if (word !== END) emit(word!, all);
      else {
        const to = all.indexOf(END) + END.length - 1; // <end> cannot be typed: it is two tokens
        emit(END.slice(0, -1), all.slice(0, to));
        emit(END.slice(-1), all.slice(to));
      }
      at += all.length;
    }
    tail = text.slice(at);
  };
  return {
    push(text) {
      const joined = tail + text;
      split(joined, joined.length - 1);
    },
    end() {
      split(tail, tail.length);
      tail = "";
    },
  };
}
