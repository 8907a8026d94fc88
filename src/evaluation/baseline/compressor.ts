// Baseline of a general-purpose compressor: the bits that it needs for the same text. A model that needs more has
// learned little. The compressor itself is passed in (node/system/brotli.ts).

import type { ByteStream } from "../../base/ports.js";
import type { RawSizes } from "../../text/matching/raw-counts.js";

/** Compresses a stream of `size` bytes; gives the size of the result. */
export type Compress = (bytes: ByteStream, size: number) => Promise<number>;

export interface Compressed {
  /** Compressed size in bytes. */
  readonly size: number;
  /** Bits per character and per byte of the text. */
  readonly bpc: number;
  readonly bpb: number;
}

/** Size of a text after compression, to compare a model with. */
export interface CompressorComparison {
  /** Name of the compressor. */
  readonly name: string;
  /** Size of the compressor's window, in bytes. */
  readonly window: number;
  /** Size of the text alone. */
  readonly withoutTraining: Compressed;
  /** Bytes that the text adds after the training text: C(training and text) − C(training). */
  readonly afterTraining?: Compressed;
  /** Bytes of the training text that came first, its last ones. */
  readonly given?: number;
}

export interface PlainText {
  readonly sizes: Pick<RawSizes, "characters" | "bytes">;
  /** Opens the text's bytes; each call starts again. */
  stream(): ByteStream;
}

export async function compareCompressor(
  about: { readonly name: string; readonly window: number; readonly compress: Compress },
  text: PlainText,
  training: PlainText | undefined,
): Promise<CompressorComparison> {
  const { name, window, compress } = about;
  const { sizes } = text;
  const ratios = (size: number): Compressed => ({
    size,
    bpc: (8 * size) / sizes.characters,
    bpb: (8 * size) / sizes.bytes,
  });
  const given = training?.sizes.bytes ?? 0;
  const [whole, before, both] = await Promise.all([
    compress(text.stream(), sizes.bytes),
    training && compress(training.stream(), given),
    training && compress(concatenate(training.stream(), text.stream()), given + sizes.bytes),
  ]);
  return {
    name,
    window,
    withoutTraining: ratios(whole),
    ...(both !== undefined && before !== undefined && { afterTraining: ratios(both - before), given }),
  };
}

async function* concatenate(...streams: readonly ByteStream[]): AsyncGenerator<Uint8Array> {
  for (const stream of streams) yield* stream;
}
