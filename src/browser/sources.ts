// What a page reads from: addresses, answers of a server, files a visitor chose. Each gets a name for messages, and
// what goes wrong becomes a sentence. What the bytes mean is not known here.

import { LonghandError, usageError } from "../base/errors.js";

/** How a source is called in messages; `otherwise` where it has no name of its own. */
export function nameOf(source: unknown, otherwise: string): string {
  if (typeof source === "string") return source;
  if (source instanceof URL) return source.href;
  if (source instanceof Response) return source.url || otherwise;
  return source instanceof File ? source.name : otherwise;
}

/** Asks a server. Throws an io error where it is not reached. */
export async function ask(address: string | URL): Promise<Response> {
  try {
    return await fetch(address);
  } catch (error) {
    throw new LonghandError("io", `${nameOf(address, "")} could not be fetched: ${reason(error)}.`, {
      hint: "Check the address and the connection; another origin's server must allow this page (CORS).",
      cause: error,
    });
  }
}

/**
 * All bytes of an answer or a file. Throws an io error where they do not come, a usage error where the server refused.
 */
export async function wholeOf(source: Response | Blob, name: string): Promise<Uint8Array<ArrayBuffer>> {
  if (source instanceof Response) refuseFailure(source, name);
  try {
    return new Uint8Array(await source.arrayBuffer());
  } catch (error) {
    throw broken(name, error);
  }
}

/** The same bytes in pieces, as they come. */
export async function* piecesOf(source: Response | Blob, name: string): AsyncGenerator<Uint8Array, void, void> {
  if (source instanceof Response) refuseFailure(source, name);
  try {
    // By hand: not every browser can walk a stream with for await.
    const reader = (source instanceof Response ? source.body : source.stream())?.getReader();
    for (let read = await reader?.read(); read?.value !== undefined; read = await reader?.read()) yield read.value;
  } catch (error) {
    throw broken(name, error);
  }
}

function refuseFailure(answer: Response, name: string): void {
  if (answer.ok) return;
  const status = `${answer.status} ${answer.statusText}`.trim();
  throw usageError(`${name} was not given out: the server answered ${status}.`, "Check the address.");
}

function broken(name: string, error: unknown): LonghandError {
  return new LonghandError("io", `${name} could not be read: ${reason(error)}.`, {
    hint: "Try it again.",
    cause: error,
  });
}

function reason(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\.$/, "");
}
