// The bytes of a model's file into a model, checked against the digest that the file carries. Where the bytes come from is a
// door's affair; what stands in them is model-file.ts'.

import type { NewHash } from "../../base/ports.js";
import { readChecked } from "../../checkpoint/checksum.js";
import { readSafetensors } from "../../checkpoint/safetensors.js";
import type { Cell } from "../cells/cell.js";
import { readModel, type StoredModel } from "./model-file.js";

/**
 * Reads a whole `.safetensors` file of ours; `what` names it in messages. Ours carry a digest of themselves, a file that another
 * tool wrote anew may have lost it: then, and without `newHash`, only the form is checked. `own` are cells that are not of the
 * package. Throws a model-file error for bytes that are malformed, damaged or no model.
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
