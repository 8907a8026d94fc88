// The vocabulary: ids to strings and back. It does not cut text (tokenizer.ts) and does not count it (field.ts).

import { fileError, usageError } from "../../base/errors.js";
import { END } from "./documents.js";
import { END_OF_LINE } from "./tokenizer.js";

/** The special that stands for every token outside the vocabulary. */
export const UNKNOWN = "<unk>";

/** The special that fills lanes up. */
export const PADDING = "<pad>";

/** A vocabulary as plain data, for JSON. The first `specials` entries of `itos` are no text; `end`: bytes and `<end>`. */
export type VocabData =
  | { readonly kind: "bytes"; readonly end?: true }
  | { readonly kind: "tokens"; readonly specials: number; readonly itos: readonly string[] };

/** Turns ids into text one by one, never splitting a code point. Ill-formed bytes become U+FFFD. */
export interface TextDecoding {
  push(id: number): string;
  end(): string;
}

const BYTES = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte));

const byteText = () => new TextDecoder("utf-8", { ignoreBOM: true });

export class Vocab {
  readonly kind: VocabData["kind"];
  /** Id to token. A byte's is the character of that number, U+0000 to U+00FF. */
  readonly itos: readonly string[];
  /** Token to id. */
  readonly stoi: ReadonlyMap<string, number>;
  /** How many ids, from 0 on, are specials: fed and scored where they occur, never generated. */
  readonly specials: number;
  /** The id of `<unk>`. */
  readonly unknownId: number | undefined;
  /** The id of `<end>`, where documents are kept apart: the first after the specials, and after the bytes. */
  readonly endId: number | undefined;
  /** The id that ends a line and is fed before a text: that of "\n", or of `<eos>`. None beside `<end>`, which a text begins with. */
  readonly newlineId: number | undefined;

  private constructor(data: VocabData) {
    this.kind = data.kind;
    this.itos = data.kind === "tokens" ? data.itos : data.end ? [...BYTES, END] : BYTES;
    this.specials = data.kind === "bytes" ? 0 : data.specials;
    this.stoi = new Map(this.itos.map((token, id) => [token, id]));
    const unknown = this.stoi.get(UNKNOWN);
    this.unknownId = unknown !== undefined && unknown < this.specials ? unknown : undefined;
    const end = this.stoi.get(END);
    this.endId = end !== undefined && end >= this.specials ? end : undefined;
    this.newlineId = this.endId === undefined ? (this.stoi.get("\n") ?? this.stoi.get(END_OF_LINE)) : undefined;
  }

  /** The 256 bytes, each its own id; with `end` also `<end>`. */
  static bytes(end = false): Vocab {
    return new Vocab(end ? { kind: "bytes", end } : { kind: "bytes" });
  }

  /**
   * In torchtext's order: the specials, then by descending count, ties by code point; no token counted below `minFreq`,
   * and at most `maxSize` besides the specials. (torchtext 0.2 … 0.6, vocab.py.) With `end`, `<end>` stands after the specials.
   */
  static build(
    counts: Iterable<readonly [token: string, count: number]>,
    rule: {
      readonly specials: readonly string[];
      readonly minFreq: number;
      readonly maxSize: number | undefined;
      readonly end?: boolean;
    },
  ): Vocab {
    const first = rule.end ? [...rule.specials, END] : rule.specials;
    const words = [...counts].filter(([token, count]) => count >= rule.minFreq && !first.includes(token));
    words.sort(([a, countA], [b, countB]) => countB - countA || compareCodePoints(a, b));
    const itos = [...first, ...words.slice(0, rule.maxSize).map(([token]) => token)];
    return new Vocab({ kind: "tokens", specials: rule.specials.length, itos });
  }

  get size(): number {
    return this.itos.length;
  }

  /** Tokens to ids; one that is not here is `<unk>`, or an error where there is no `<unk>`. */
  encode(tokens: Iterable<string>): Int32Array {
    return Int32Array.from(tokens, (token) => {
      const id = this.stoi.get(token) ?? this.unknownId;
      if (id === undefined) {
        throw usageError(
          `The vocabulary has neither ${showToken(token)} nor ${UNKNOWN}.`,
          `Give ${UNKNOWN} a place among the specials.`,
        );
      }
      return id;
    });
  }

  /** Ids to text; `<eos>` and `<end>` become "\n", other specials their names. */
  decode(ids: Iterable<number>): string {
    const texts = Array.from(ids, (id) => this.textOf(id)); // a byte each, where the kind is that
    if (this.kind === "tokens") return texts.join("");
    return byteText().decode(Uint8Array.from(texts, (byte) => byte.charCodeAt(0)));
  }

  /** The same, one id after another. */
  decoder(): TextDecoding {
    if (this.kind === "tokens") return { push: (id) => this.textOf(id), end: () => "" };
    const utf8 = byteText();
    return {
      push: (id) => utf8.decode(Uint8Array.of(this.textOf(id).charCodeAt(0)), { stream: true }),
      end: () => utf8.decode(),
    };
  }

  private textOf(id: number): string {
    const token = this.itos[id];
    if (token === undefined) throw usageError(`Ids go from 0 to ${this.size - 1} in this vocabulary; got ${id}.`);
    return token === END_OF_LINE || id === this.endId ? "\n" : token;
  }

  toJSON(): VocabData {
    if (this.kind === "bytes") return this.endId === undefined ? { kind: "bytes" } : { kind: "bytes", end: true };
    return { kind: "tokens", specials: this.specials, itos: this.itos };
  }

  /** Reads what `toJSON` gave. Throws a file error on anything else. */
  static fromJSON(data: unknown): Vocab {
    const { kind, specials, itos, end } = (typeof data === "object" && data !== null ? data : {}) as Record<
      string,
      unknown
    >;
    if (kind === "bytes") return Vocab.bytes(end === true);
    const wrong = (what: string) =>
      fileError(`The vocabulary in this file ${what}.`, "The file is damaged or not ours.");
    if (kind !== "tokens" || !Array.isArray(itos)) throw wrong('is neither {"kind": "bytes"} nor a list of tokens');
    if (itos.length === 0) throw wrong("is empty");
    const bad = itos.findIndex((token) => typeof token !== "string" || token === "");
    if (bad >= 0) throw wrong(`has no token at place ${bad}`);
    const tokens = itos as string[];
    if (new Set(tokens).size < tokens.length) {
      const seen = new Set<string>();
      const twice = tokens.find((token) => seen.size === seen.add(token).size) ?? "";
      throw wrong(`has ${showToken(twice)} twice`);
    }
    if (typeof specials !== "number" || !Number.isInteger(specials) || specials < 0 || specials > tokens.length) {
      throw wrong(`says ${JSON.stringify(specials)} where the number of specials stands`);
    }
    return new Vocab({ kind, specials, itos: [...tokens] });
  }
}

/** Order by code points, shorter first. JavaScript's own order is by UTF-16 units: U+FFFD would come after U+1F600. */
export function compareCodePoints(a: string, b: string): number {
  let at = 0;
  while (at < a.length && at < b.length) {
    const x = a.codePointAt(at) ?? 0;
    const y = b.codePointAt(at) ?? 0;
    if (x !== y) return x - y;
    at += x > 0xffff ? 2 : 1;
  }
  return a.length - b.length;
}

/** A token for a message: quoted, cut at 40 characters, and nothing in it that a terminal would obey or hide. */
export function showToken(token: string): string {
  const all = [...token];
  const quoted = JSON.stringify(all.slice(0, 40).join("") + (all.length > 40 ? "…" : ""));
  return quoted.replace(/[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu, (c) => `\\u{${(c.codePointAt(0) ?? 0).toString(16)}}`);
}
