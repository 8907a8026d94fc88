// Unpacks gzip with zlib, also a file of several members.

import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import { textError } from "../../base/errors.js";
import { errorCode } from "../../base/ports.js";

/** The unpacked bytes. Throws a text error where they are damaged. */
export async function* gunzip(bytes: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Uint8Array> {
  const unpacked = createGunzip();
  pipeline(copied(bytes), unpacked, () => {}); // its error is that of `unpacked` as well
  try {
    for await (const piece of unpacked) yield piece;
  } catch (error) {
    if (!errorCode(error)?.startsWith("Z_")) throw error;
    throw textError(`${name} cannot be unpacked: its gzip data are damaged or cut off.`, "Fetch or pack it again.");
  }
}

/** zlib may read a piece after the next is requested, and a piece is valid only until then. */
async function* copied(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  for await (const piece of bytes) yield Buffer.from(piece);
}
