// Which bytes of a text each token stands for, as the text was before it was cut: fields that cut differently meet here.

import { END_OF_LINE, type TokenRule, tokenizer } from "../encoding/tokenizer.js";
import { droppedMark, readBytes, readText, type TextInput } from "../encoding/utf8.js";

export interface Extent {
  /** As the field has it; undefined for a line's end that it drops. */
  readonly token: string | undefined;
  /** Bytes [begin, end) of the inputs one after another. */
  readonly begin: number;
  readonly end: number;
  /** Code points that begin in it. */
  readonly characters: number;
  /** The token says exactly what stands there: neither dropped nor lower-cased away. */
  readonly exact: boolean;
}

/** The extents of all tokens in order, a list for each piece of the text. They cover it, but for byte order marks. */
export async function* extents(rule: TokenRule, inputs: readonly TextInput[]): AsyncGenerator<readonly Extent[]> {
  if (rule.unit === "byte") {
    let at = 0;
    for (const input of inputs) {
      for await (const bytes of readBytes(input)) {
        yield Array.from(bytes, (byte) => ({
          token: String.fromCharCode(byte),
          begin: at,
          end: ++at,
          characters: (byte & 0xc0) === 0x80 ? 0 : 1,
          exact: true,
        }));
      }
    }
    return;
  }
  let found: Extent[] = [];
  let at = 0;
  const { unit, lower, newline } = rule;
  // Lines are cut alone where the field does so, and every line's end is told.
  const cutter = tokenizer({ unit, lower: false, newline: newline === "keep" ? "keep" : "eos" }, (raw) => {
    const isEnd = raw === END_OF_LINE;
    const token = isEnd ? (newline === "strip" ? undefined : raw) : lower ? raw.toLowerCase() : raw;
    const begin = at;
    at += isEnd ? 1 : byteLength(raw);
    found.push({ token, begin, end: at, characters: isEnd ? 1 : [...raw].length, exact: token === raw });
  });
  for (const input of inputs) {
    const notice = (text: string) => {
      if (text === droppedMark(input.name)) at += 3;
    };
    for await (const text of readText(input, notice)) {
      cutter.push(text);
      yield found;
      found = [];
    }
  }
  cutter.end();
  yield found;
}

/** The byte at which token number `index` begins, or the text's end. */
export async function tokenBegin(rule: TokenRule, inputs: readonly TextInput[], index: number): Promise<number> {
  let [number, end] = [0, 0];
  for await (const some of extents(rule, inputs)) {
    for (const each of some) {
      if (each.token !== undefined && number++ === index) return each.begin;
      end = each.end;
    }
  }
  return end;
}

function byteLength(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const point = character.codePointAt(0)!;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }
  return bytes;
}
