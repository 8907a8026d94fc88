// Record of a text in a run: file names, digest, and fingerprints of its chunks. They are computed while the text is
// read, so that it is read once.

import type { NewHash } from "../../base/ports.js";
import { type ChunkSketch, chunkSketch } from "../../text/matching/fingerprints.js";
import type { TextInput } from "../../text/reading/utf8.js";

export interface TextRecord {
  /** The inputs by name, in order: paths, or the copy that was kept of standard input. */
  readonly names: readonly string[];
  readonly bytes: number;
  /** SHA-256 over the bytes of all inputs, one after another. */
  readonly sha256: string;
  /** Fingerprints of the training part, not of the validation part. */
  readonly chunks: ChunkSketch;
  /** Length of the training part in bytes, from the text's start. */
  readonly trained: number;
}

/** The same inputs, watched: `record` is ready when they have been read; `trained` of their bytes were for training. */
export function watchText(
  inputs: readonly TextInput[],
  newHash: NewHash,
): { inputs: TextInput[]; record(trained?: number): Promise<TextRecord> } {
  const hash = newHash();
  const sketch = chunkSketch();
  let size = 0;
  async function* watched(bytes: TextInput["bytes"]): AsyncGenerator<Uint8Array> {
    for await (const chunk of bytes) {
      hash.update(chunk);
      sketch.update(chunk);
      size += chunk.length;
      yield chunk;
    }
  }
  return {
    inputs: inputs.map((input) => ({ ...input, bytes: watched(input.bytes) })),
    record: async (trained = size) => ({
      names: inputs.map(({ name }) => name),
      bytes: size,
      sha256: await hash.hex(),
      chunks: sketch.finish(trained),
      trained: Math.min(trained, size),
    }),
  };
}

/** Size and digest of a text, and nothing else of it. */
export async function digestText(
  inputs: readonly TextInput[],
  newHash: NewHash,
): Promise<Pick<TextRecord, "bytes" | "sha256">> {
  const hash = newHash();
  let bytes = 0;
  for (const input of inputs) {
    for await (const chunk of input.bytes) {
      hash.update(chunk);
      bytes += chunk.length;
    }
  }
  return { bytes, sha256: await hash.hex() };
}
