// The compressor Brotli by node:zlib: best quality, and a window as large as the text, up to the format's limit.

import { once } from "node:events";
import { constants, createBrotliCompress } from "node:zlib";
import type { ByteStream } from "../../base/ports.js";

/** Largest window of "large window" Brotli: 2^30. */
const MOST_BITS = constants.BROTLI_LARGE_MAX_WINDOW_BITS;

/** Longer texts are not compressed: at best quality, Brotli reads about half a megabyte per second. */
export const MOST_COMPRESSED = 8 << 20;
/** Shorter scored texts are not compressed. */
export const FEWEST_COMPRESSED = 256;

async function compress(bytes: ByteStream, size: number): Promise<number> {
  let bits = 16;
  for (let window = 65536; window - 16 < size && bits < MOST_BITS; window *= 2) bits += 1;
  const zlib = createBrotliCompress({
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_LARGE_WINDOW]: 1,
      [constants.BROTLI_PARAM_LGWIN]: bits,
      [constants.BROTLI_PARAM_SIZE_HINT]: size,
    },
  });
  let found = 0;
  zlib.on("data", (piece: Uint8Array) => {
    found += piece.length;
  });
  const ended = once(zlib, "end"); // an error rejects it
  for await (const piece of bytes) {
    if (!zlib.write(Uint8Array.from(piece))) await once(zlib, "drain");
  }
  zlib.end();
  await ended;
  return found;
}

export const brotli = { name: "brotli", window: (1 << MOST_BITS) - 16, compress };
