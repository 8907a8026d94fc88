// Vocabulary: ids ↔ token strings. tokenizer.ts splits text into tokens; field.ts builds a vocabulary from their
// counts.

import { fileError, usageError } from "../../base/errors.js";
import { END } from "./documents.js";
import { END_OF_LINE, PADDING, UNKNOWN } from "./tokenizer.js";

/**
 * A vocabulary as plain data, for JSON. The first `specials` entries of `itos` are special tokens; `end`: bytes and
 * `<end>`.
 */
export type VocabData =
  | { readonly kind: "bytes"; readonly end?: true }
  | {
      readonly kind: "tokens";
      readonly specials: number;
      readonly itos: readonly string[];
      /** A text has a space between two tokens. */
      readonly spaced?: true;
    };

/** Decodes ids one by one, never splitting a code point. Ill-formed bytes become U+FFFD. */
export interface TextDecoding {
  push(id: number): string;
  end(): string;
}

const BYTES = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte));

const byteText = () => new TextDecoder("utf-8", { ignoreBOM: true });

export class Vocab {
  readonly kind: VocabData["kind"];
  /** Id → token. A byte's token is the character with that code, U+0000 to U+00FF. */
  readonly itos: readonly string[];
  /** Token → id. */
  readonly stoi: ReadonlyMap<string, number>;
  /**
   * Number of `<unk>` and `<pad>`, whose ids come first. They are fed and scored where they occur, but never generated.
   * The specials of a field that have other names come next.
   */
  readonly specials: number;
  /** The id of `<unk>`. */
  readonly unknownId: number | undefined;
  /** The id of `<end>`, if documents are kept apart: the first after the specials, or after the bytes. */
  readonly endId: number | undefined;
  /**
   * The id of "\n" or `<eos>`, which is fed before a text. Undefined if there is `<end>`, which begins a text instead.
   */
  readonly newlineId: number | undefined;
  /** A text has a space between two tokens, but none beside a line end. */
  readonly spaced: boolean;

  private constructor(data: VocabData) {
    this.kind = data.kind;
    this.itos = data.kind === "tokens" ? data.itos : data.end ? [...BYTES, END] : BYTES;
    this.specials = data.kind === "bytes" ? 0 : data.specials;
    this.spaced = data.kind === "tokens" && data.spaced === true;
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
   * and at most `maxSize` besides the specials. (torchtext 0.2 … 0.6, vocab.py.) With `end`, `<end>` stands after the
   * specials.
   */
  static build(
    counts: Iterable<readonly [token: string, count: number]>,
    rule: {
      readonly specials: readonly string[];
      readonly minFreq: number;
      readonly maxSize: number | undefined;
      readonly end?: boolean;
      readonly spaced?: boolean;
    },
  ): Vocab {
    const first = rule.end ? [...rule.specials, END] : rule.specials;
    const words = [...counts].filter(([token, count]) => count >= rule.minFreq && !first.includes(token));
    words.sort(([a, countA], [b, countB]) => countB - countA || compareCodePoints(a, b));
    const itos = [...first, ...words.slice(0, rule.maxSize).map(([token]) => token)];
    const specials = rule.specials.filter((name) => name === UNKNOWN || name === PADDING).length;
    return new Vocab({ kind: "tokens", specials, itos, ...(rule.spaced && { spaced: true }) });
  }

  get size(): number {
    return this.itos.length;
  }

  /**
   * The id of a token. A word that is known only with the space before it, or only without it, has the id of that form.
   * Undefined for an unknown token.
   */
  idOf(token: string): number | undefined {
    const id = this.stoi.get(token);
    if (id !== undefined || !/^ ?\S/.test(token)) return id;
    const other = this.stoi.get(token.startsWith(" ") ? token.slice(1) : ` ${token}`);
    return other !== undefined && other >= this.specials ? other : undefined;
  }

  /** Tokens → ids. An unknown token becomes `<unk>`; throws a usage error if the vocabulary has no `<unk>`. */
  encode(tokens: Iterable<string>): Int32Array {
    return Int32Array.from(tokens, (token) => {
      const id = this.idOf(token) ?? this.unknownId;
      if (id === undefined) {
        throw usageError(
          `The vocabulary has neither ${showToken(token)} nor ${UNKNOWN}.`,
          `Add ${UNKNOWN} to the specials.`,
        );
      }
      return id;
    });
  }

  /** Ids → text. `<eos>` and `<end>` become "\n"; other special tokens become their names. */
  decode(ids: Iterable<number>): string {
    if (this.kind === "tokens") {
      const decoder = this.decoder();
      return Array.from(ids, (id) => decoder.push(id)).join("");
    }
    const texts = Array.from(ids, (id) => this.textOf(id)); // one character each
    return byteText().decode(Uint8Array.from(texts, (byte) => byte.charCodeAt(0)));
  }

  /** A decoder of ids that arrive one by one; `after`: the id before the first. */
  decoder(after?: number): TextDecoding {
    if (this.kind === "tokens") {
      let before = after === undefined ? "\n" : this.textOf(after);
      const push = (id: number) => {
        const text = this.textOf(id);
        const space = this.spaced && before !== "\n" && text !== "\n" ? " " : "";
        before = text;
        return space + text;
      };
      return { push, end: () => "" };
    }
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
    return { kind: "tokens", specials: this.specials, itos: this.itos, ...(this.spaced && { spaced: true }) };
  }

  /** The inverse of `toJSON`. Throws a file error for anything else. */
  static fromJSON(data: unknown): Vocab {
    const { kind, specials, itos, end, spaced } = (typeof data === "object" && data !== null ? data : {}) as Record<
      string,
      unknown
    >;
    if (kind === "bytes") return Vocab.bytes(end === true);
    const wrong = (what: string) =>
      fileError(`The vocabulary in this file ${what}.`, "The file is damaged or not ours.");
    if (kind !== "tokens" || !Array.isArray(itos)) throw wrong('is neither {"kind": "bytes"} nor a list of tokens');
    if (itos.length === 0) throw wrong("is empty");
    const bad = itos.findIndex((token) => typeof token !== "string" || token === "");
    if (bad >= 0) throw wrong(`has no token at index ${bad}`);
    const tokens = itos as string[];
    if (new Set(tokens).size < tokens.length) {
      const seen = new Set<string>();
      const twice = tokens.find((token) => seen.size === seen.add(token).size) ?? "";
      throw wrong(`has ${showToken(twice)} twice`);
    }
    if (typeof specials !== "number" || !Number.isInteger(specials) || specials < 0 || specials > tokens.length) {
      throw wrong(`has ${JSON.stringify(specials)} as its number of specials`);
    }
    return new Vocab({ kind, specials, itos: [...tokens], ...(spaced === true && { spaced }) });
  }
}

/**
 * Compares by code points, a prefix first. JavaScript's own order is by UTF-16 units: U+FFFD would come after U+1F600.
 */
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

/** A token for a message: quoted, cut at 40 characters, with control and invisible characters escaped. */
export function showToken(token: string): string {
  const all = [...token];
  const quoted = JSON.stringify(all.slice(0, 40).join("") + (all.length > 40 ? "…" : ""));
  return quoted.replace(/[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu, (c) => `\\u{${(c.codePointAt(0) ?? 0).toString(16)}}`);
}
