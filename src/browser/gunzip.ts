// Unpacks gzip with the browser's DecompressionStream, which takes one member.

import { textError } from "../base/errors.js";

/** The unpacked bytes. Throws a text error where they are damaged. */
export async function* gunzip(bytes: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Uint8Array> {
  const stream = new DecompressionStream("gzip");
  const writer = stream.writable.getWriter();
  const write = async () => {
    for await (const piece of bytes) await writer.write(piece.slice());
    await writer.close();
  };
  let failure: unknown;
  const writing = write().catch(async (error) => {
    failure = error;
    await writer.abort(error).catch(() => {});
  });
  const reader = stream.readable.getReader();
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value;
    await writing;
  } catch {
    if (failure !== undefined && !(failure instanceof TypeError)) throw failure;
    throw textError(
      `${name} cannot be unpacked: its gzip data are damaged, cut off, or of several parts.`,
      "Give the text unpacked.",
    );
  } finally {
    reader.releaseLock();
  }
}
