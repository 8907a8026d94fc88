// Two generations of one sealed file: `name`, the newest, and `name.previous`, the one before. Whatever happens while saving,
// one of them is whole: the newest is moved aside only when the next one lies complete and synced beside it, and a damaged
// file is never moved over a whole one. Not a lock: one process saves (lock.ts); any number may load meanwhile.

import { LonghandError } from "../base/errors.js";
import { errorCode, type FileSystem, joinPath, type NewHash } from "../base/ports.js";
import { temporaryOf, writeAtomic } from "./atomic-write.js";
import { checksumSafetensors, readChecked } from "./checksum.js";
import { ioError } from "./io-error.js";
import type { NamedTensor, SafetensorsFile } from "./safetensors.js";

export interface Backups {
  /**
   * The newest whole generation; undefined where there never was one. `warn` hears one sentence where that is not `name`.
   * Writes nothing. Throws a model-file LonghandError where files are there and none is whole.
   */
  load(warn: (sentence: string) => void): Promise<SafetensorsFile | undefined>;
  /** The metadata gets the field sha256. Throws an io LonghandError; what was whole before still is. */
  save(tensors: readonly NamedTensor[], metadata: Readonly<Record<string, string>>): Promise<void>;
  /** Removes both generations and an unfinished one. */
  discard(): Promise<void>;
}

type Found =
  | { readonly kind: "whole"; readonly file: SafetensorsFile }
  | { readonly kind: "missing" }
  | { readonly kind: "damaged"; readonly error: LonghandError };

/** The generations of `name` in `folder`, which is there already. */
export function createBackups(fs: FileSystem, folder: string, name: string, newHash: NewHash): Backups {
  const current = joinPath(folder, name);
  const previous = `${current}.previous`;
  /** Whether `current` is whole, as far as this process knows. */
  let currentIsWhole: boolean | undefined;

  async function look(path: string): Promise<Found> {
    try {
      return { kind: "whole", file: await readChecked(await fs.read(path), newHash, path) };
    } catch (thrown) {
      if (errorCode(thrown) === "ENOENT") return { kind: "missing" };
      const error = ioError("read", path, thrown);
      if (error instanceof LonghandError) return { kind: "damaged", error };
      throw error;
    }
  }

  return {
    async load(warn) {
      const newest = await look(current);
      currentIsWhole = newest.kind === "whole";
      if (newest.kind === "whole") return newest.file;
      const older = await look(previous);
      switch (older.kind) {
        case "whole":
          warn(
            newest.kind === "missing"
              ? `${current} is missing, as after a save cut short; going on from the one before, ${previous}.`
              : `${sentence(newest.error)} Going on from the one before, ${previous}.`,
          );
          return older.file;
        case "missing":
          if (newest.kind === "missing") return undefined;
          throw newest.error;
        case "damaged":
          if (newest.kind === "missing") throw older.error;
          throw new LonghandError(
            newest.error.code === older.error.code ? newest.error.code : "model-file",
            `Neither generation is whole. ${sentence(newest.error)} ${sentence(older.error)}`,
            { hint: "Put back a copy of either file, or train anew with `force`." },
          );
        default:
          return older satisfies never;
      }
    },

    async save(tensors, metadata) {
      const pieces = await checksumSafetensors(tensors, metadata, newHash);
      currentIsWhole ??= (await look(current)).kind === "whole";
      const keepAs = currentIsWhole ? previous : undefined;
      currentIsWhole = undefined; // until this save has ended well
      await writeAtomic(fs, current, pieces, keepAs);
      currentIsWhole = true;
    },

    async discard() {
      currentIsWhole = undefined;
      // The newest last: a crash in between leaves a state that still loads without a warning.
      for (const path of [temporaryOf(current), previous, current]) {
        try {
          await fs.remove(path);
        } catch (error) {
          if (errorCode(error) !== "ENOENT") throw ioError("remove", path, error);
        }
      }
    },
  };
}

/** What went wrong, without the advice: here the next move is another one. */
function sentence(error: LonghandError): string {
  return error.message.split("\n", 1)[0] ?? "";
}
