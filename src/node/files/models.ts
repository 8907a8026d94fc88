// Loads a trained model from a run's folder or a file.

import { usageError } from "../../base/errors.js";
import { joinPath } from "../../base/ports.js";
import { ioError } from "../../checkpoint/io-error.js";
import type { Cell } from "../../model/cells/cell.js";
import { readModelBytes } from "../../model/file/model-bytes.js";
import { LAST_MODEL_FILE, MODEL_FILE, type StoredModel } from "../../model/file/model-file.js";
import { nodeFileSystem } from "../system/filesystem.js";
import { nodeHash } from "../system/hash.js";
import { refuseDevice } from "./kinds.js";

/**
 * The model in a run folder, or in a `.safetensors` file. `own`: the caller's own cells. `last`: the last weights of
 * the run, not those of its best validation.
 */
export async function loadModel(path: string, own: readonly Cell[] = [], last = false): Promise<StoredModel> {
  const fs = nodeFileSystem();
  const at = await fs.stat(path);
  if (at === undefined)
    throw usageError(`There is no run at ${path === "" ? '""' : path}.`, "Start one with: npx longhand train my.txt");
  const lastFile = joinPath(path, LAST_MODEL_FILE);
  const ofRun = last && (await fs.stat(lastFile)) !== undefined ? lastFile : joinPath(path, MODEL_FILE);
  const file = at.kind === "folder" ? ofRun : path;
  if (at.kind === "folder" && (await fs.stat(file)) === undefined) {
    throw usageError(`${path} has no ${MODEL_FILE}.`, "Name the folder that train made.");
  }
  await refuseDevice(file, "Name the folder that train made.");
  let bytes: Uint8Array;
  try {
    bytes = await fs.read(file);
  } catch (error) {
    throw ioError("read", file, error);
  }
  if (at.kind !== "folder" && !file.endsWith(".safetensors") && claimedHeader(bytes) > bytes.length) {
    throw usageError(`${path} is neither a run's folder nor a model file.`, "Name the folder that train made.");
  }
  return readModelBytes(bytes, file, nodeHash, own);
}

/** The header's length that a safetensors file begins with. In any other file it is larger than the file. */
function claimedHeader(bytes: Uint8Array): number {
  if (bytes.length < 8) return Number.POSITIVE_INFINITY;
  return Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
}
