// Opens a trained model from an address, a server's answer, a file a visitor chose, or bytes.

import type { Cell } from "../model/cells/cell.js";
import { readModelBytes } from "../model/file/model-bytes.js";
import type { StoredModel } from "../model/file/model-file.js";
import { browserHash, canHash } from "./hash.js";
import { ask, nameOf, wholeOf } from "./sources.js";

/** How a stored model is loaded. */
export interface LoadModelOptions {
  /** Cells of your own that the model may be of. */
  readonly cells?: readonly Cell[];
  /** Receives sentences for the user. */
  readonly notice?: (text: string) => void;
}

/**
 * The model in a `.safetensors` file. A string or URL is fetched. The file's digest is verified; where the page is no
 * secure context the browser has no SHA-256, and a notice says that it was not. Throws a LonghandError: io where the
 * bytes do not come, usage where the server refuses, model-file where they are damaged or no model.
 */
export async function loadModel(
  source: string | URL | Response | Blob | ArrayBuffer | Uint8Array,
  options: LoadModelOptions = {},
): Promise<StoredModel> {
  const { cells = [], notice = () => {} } = options;
  const what = nameOf(source, "The model");
  const bytes = await bytesOf(source, what);
  if (!canHash()) {
    notice(`${what} was not checked against its digest: this page is not a secure context (https, or localhost).`);
  }
  return readModelBytes(bytes, what, canHash() ? browserHash : undefined, cells);
}

async function bytesOf(
  source: string | URL | Response | Blob | ArrayBuffer | Uint8Array,
  what: string,
): Promise<Uint8Array> {
  if (source instanceof Uint8Array) return source;
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  const given = source instanceof Response || source instanceof Blob ? source : await ask(source);
  return wholeOf(given, what);
}
