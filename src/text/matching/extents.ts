// Byte extents of tokens: which bytes of the original text each token encodes. Texts of different fields are compared
// by them.

import { END_OF_LINE, type TokenRule, tokenizer } from "../encoding/tokenizer.js";
import { droppedMark, readBytes, readText, type TextInput } from "../reading/utf8.js";

export interface Extent {
  /** The token as the field encodes it; undefined for a line end that the field strips. */
  readonly token: string | undefined;
  /** Bytes [begin, end) of the concatenated inputs. */
  readonly begin: number;
  readonly end: number;
  /** Number of code points that begin in the extent. */
  readonly characters: number;
  /** Whether the token equals the text: not stripped, and not changed by lower-casing. */
  readonly exact: boolean;
}

/** The extents of all tokens in order, one list per piece of the text. They cover the text except byte order marks. */
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
  let list: Extent[] = [];
  let at = 0;
  const { newline } = rule;
  // `eos` in place of `strip`: it splits lines the same way, and emits every line end.
  const every = { ...rule, newline: newline === "keep" ? "keep" : "eos" } as const;
  const splitter = tokenizer(every, (cut, text) => {
    const token = cut === END_OF_LINE && newline === "strip" ? undefined : cut;
    const begin = at;
    at += byteLength(text);
    const exact = token === text || token === END_OF_LINE;
    list.push({ token, begin, end: at, characters: [...text].length, exact });
  });
  for (const input of inputs) {
    const notice = (text: string) => {
      if (text === droppedMark(input.name)) at += 3;
    };
    for await (const text of readText(input, notice)) {
      splitter.push(text);
      yield list;
      list = [];
    }
  }
  splitter.end();
  yield list;
}

/** The offset in bytes where token number `index` begins, or the end of the text. */
export async function tokenBegin(rule: TokenRule, inputs: readonly TextInput[], index: number): Promise<number> {
  let number = 0;
  let end = 0;
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
