// Loads a trained model from a run's folder or a file.

import { usageError } from "../../base/errors.js";
import { joinPath } from "../../base/ports.js";
import { readCheckedFile } from "../../checkpoint/checksum.js";
import { ioError } from "../../checkpoint/io-error.js";
import type { Cell } from "../../model/cells/cell.js";
import { LAST_MODEL_FILE, MODEL_FILE, readModel, type StoredModel } from "../../model/file/model-file.js";
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
  try {
    if (at.kind !== "folder" && !file.endsWith(".safetensors") && (await claimedHeader(file)) > at.size) {
      throw usageError(`${path} is neither a run's folder nor a model file.`, "Name the folder that train made.");
    }
    return readModel(await readCheckedFile(fs, file, nodeHash, { unsigned: true }), file, own);
  } catch (error) {
    throw ioError("read", file, error);
  }
}

/** The header's length that a safetensors file begins with. In any other file it is larger than the file. */
async function claimedHeader(path: string): Promise<number> {
  const file = await nodeFileSystem().open(path);
  try {
    const bytes = new Uint8Array(8);
    const came = await file.read(bytes, 0);
    return came < 8 ? Number.POSITIVE_INFINITY : Number(new DataView(bytes.buffer).getBigUint64(0, true));
  } finally {
    await file.close();
  }
}
