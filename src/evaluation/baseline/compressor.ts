// A general-purpose compressor beside a model: what a program that knows no language makes of the same text. Bits are bits: a model
// that is worse than it has learned little. The compressor itself is a door's affair.

import type { ByteStream } from "../../base/ports.js";
import type { RawSizes } from "../../text/matching/raw-counts.js";

/** Bytes that a stream of so many becomes. */
export type Compress = (bytes: ByteStream, size: number) => Promise<number>;

export interface Compressed {
  /** Bytes it became. */
  readonly size: number;
  /** Bits a character, and a byte, of the text as it stands. */
  readonly bpc: number;
  readonly bpb: number;
}

export interface CompressorComparison {
  readonly name: string;
  /** How far back it may find what repeats, in bytes. */
  readonly window: number;
  readonly alone: Compressed;
  /** What the text adds where the training text was compressed before it: C(training and text) − C(training). */
  readonly afterTraining?: Compressed;
  /** So many last bytes of the training text were given. */
  readonly given?: number;
}

export interface PlainText {
  readonly sizes: Pick<RawSizes, "characters" | "bytes">;
  /** Its bytes, anew with each call. */
  stream(): ByteStream;
}

export async function compareCompressor(
  about: { readonly name: string; readonly window: number; readonly compress: Compress },
  text: PlainText,
  training: PlainText | undefined,
): Promise<CompressorComparison> {
  const { name, window, compress } = about;
  const { sizes } = text;
  const told = (size: number): Compressed => ({
    size,
    bpc: (8 * size) / sizes.characters,
    bpb: (8 * size) / sizes.bytes,
  });
  const given = training?.sizes.bytes ?? 0;
  const [alone, before, both] = await Promise.all([
    compress(text.stream(), sizes.bytes),
    training && compress(training.stream(), given),
    training && compress(concatenate(training.stream(), text.stream()), given + sizes.bytes),
  ]);
  return {
    name,
    window,
    alone: told(alone),
    ...(both !== undefined && before !== undefined && { afterTraining: told(both - before), given }),
  };
}

async function* concatenate(...streams: readonly ByteStream[]): AsyncGenerator<Uint8Array> {
  for (const stream of streams) yield* stream;
}
