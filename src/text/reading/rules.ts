// How texts are read: the rules, and the shape of a stage.

import type { ByteStream } from "../../base/ports.js";
import type { OriginalSizes } from "./original.js";
import type { ReportBuilder } from "./report.js";
import type { Notice, TextInput } from "./utf8.js";

/** Rules that belong to a file, not to the model that reads it. */
export interface SourceRules {
  /** "auto", or a label of TextDecoder. */
  readonly encoding: string;
  /** The column of a table to read; undefined: the text is no table. */
  readonly column: string | undefined;
}

/** The same as options: what is unset has its default. */
export type SourceOptions = { readonly [name in keyof SourceRules]?: SourceRules[name] | undefined };

/** Separates the rows of a column where each is a document: RECORD SEPARATOR. In a row it becomes a space. */
export const ROW_END = "\u001e";

/** How texts are read. */
export interface ReadingRules extends SourceRules {
  /** A token is a byte: every byte stays as it is, unless an encoding or a column is named. */
  readonly bytes: boolean;
  /** Stands after each row of a column: `ROW_END`, or what separates documents. */
  readonly rowEnd: string;
  /** CR LF and CR become LF, or stay. */
  readonly lineEnds: "lf" | "keep";
  /** Characters become their composed form, Unicode's NFC, or stay. */
  readonly normalize: "nfc" | "none";
}

/** What the stages need of a platform, and what they report to. */
export interface ReadingContext {
  /** Unpacks gzip; undefined where the platform cannot. */
  readonly gunzip?: ((bytes: AsyncIterable<Uint8Array>, name: string) => AsyncIterable<Uint8Array>) | undefined;
  /** Receives sentences for the user. */
  readonly notice?: Notice | undefined;
  /** Receives the facts that are no decisions; without it they are notices. */
  readonly report?: ReportBuilder | undefined;
  /** Called with the bytes of each piece, as they lie there, when it was read. */
  readonly progress?: ((bytes: number) => void) | undefined;
  /** Quick looks at bytes, where the platform has them. */
  readonly search?: ByteSearch | undefined;
  /** Takes the sizes of the original. */
  readonly original?: OriginalSizes | undefined;
}

export interface ByteSearch {
  isAscii(bytes: Uint8Array): boolean;
  /** Index of the first of these bytes, or −1. */
  indexOf(bytes: Uint8Array, byte: number): number;
}

/** One stage: the bytes of a text, changed. It passes on a piece that it need not change as it is. */
export type Stage = (input: TextInput, rules: ReadingRules, context: ReadingContext) => ByteStream;
