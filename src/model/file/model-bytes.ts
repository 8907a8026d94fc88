// Reader of a model file's bytes, which checks them against the digest in the file. model-file.ts knows the format.

import type { NewHash } from "../../base/ports.js";
import { readChecked } from "../../checkpoint/checksum.js";
import { readSafetensors } from "../../checkpoint/safetensors.js";
import type { Cell } from "../cells/cell.js";
import { readModel, type StoredModel } from "./model-file.js";

/**
 * Reads a whole `.safetensors` file that `modelTensors` described; `what` names it in messages. The file carries a
 * digest of itself; if another tool rewrote the file without it, or without `newHash`, only the form is checked. `own`
 * are custom cells. Throws a model-file error for bytes that are malformed, damaged or not a model.
 */
export async function readModelBytes(
  bytes: Uint8Array,
  what: string,
  newHash: NewHash | undefined,
  own: readonly Cell[] = [],
): Promise<StoredModel> {
  const parsed = readSafetensors(bytes, what);
  if (newHash !== undefined && parsed.metadata.sha256 !== undefined) await readChecked(bytes, newHash, what);
  return readModel(parsed, what, own);
}
