// load in Node.

import { fileURLToPath } from "node:url";
import { usageError } from "../../base/errors.js";
import { checkOptions } from "../../base/options.js";
import type { EngineName } from "../../compute/engines.js";
import { Model } from "../../face/model.js";
import { wholeText } from "../../face/text-source.js";
import type { Cell } from "../../model/cells/cell.js";
import { readModelBytes } from "../../model/file/model-bytes.js";
import type { StoredModel } from "../../model/file/model-file.js";
import { loadModel } from "../files/models.js";
import { nodeHash } from "../system/hash.js";
import { answerOf, nodePlatform } from "./platform.js";

/** How a model is loaded. */
export interface LoadOptions {
  /** Cells of your own that the model may be of. */
  readonly cells?: readonly Cell[] | undefined;
  /** The last weights of a run, not those of its best validation. */
  readonly last?: boolean | undefined;
  /** What computes; the fastest engine by default. */
  readonly engine?: EngineName | undefined;
}

/**
 * Loads a model: from a run's folder, a `.safetensors` file, a URL, or bytes. The file's digest is verified.
 *
 * @throws LonghandError `usage` if nothing is there, `io` if it cannot be read, `model-file` if it is damaged or no
 * model
 * @example
 * const model = await load("runs/my");
 * console.log(await model.generate("the ", { length: 300 }));
 */
export async function load(
  source: string | URL | Uint8Array | ArrayBuffer | Blob,
  options: LoadOptions = {},
): Promise<Model> {
  checkOptions(options, ["cells", "engine", "last"], "load");
  const { cells = [], engine, last = false } = options;
  const { stored, origin } = await open(source, cells, last);
  return new Model({ stored, origin, engine }, nodePlatform);
}

async function open(
  source: string | URL | Uint8Array | ArrayBuffer | Blob,
  cells: readonly Cell[],
  last: boolean,
): Promise<{ stored: StoredModel; origin: string | undefined }> {
  const read = async (bytes: Uint8Array, name: string) => ({
    stored: await readModelBytes(bytes, name, nodeHash, cells),
    origin: undefined,
  });
  if (source instanceof Uint8Array) return read(source, "The model");
  if (source instanceof ArrayBuffer) return read(new Uint8Array(source), "The model");
  if (source instanceof Blob) return read(new Uint8Array(await source.arrayBuffer()), "The model");
  const address = source instanceof URL ? source.href : source;
  if (typeof address !== "string") throw usageError("load needs a folder, a file, a URL or bytes.");
  if (/^https?:/.test(address)) return read(await wholeText({ name: address, bytes: answerOf(address) }), address);
  const path = address.startsWith("file:") ? fileURLToPath(address) : address;
  return { stored: await loadModel(path, cells, last), origin: path };
}
