// Backups of a checksummed file: `name`, the newest version, and `name.previous`, the one before. Whatever happens
// during a save, one of them is intact: the newest is renamed only when its successor is complete and synced beside it,
// and a damaged file never replaces an intact one. One process saves (lock.ts); any number may load at the same time.

import { LonghandError } from "../base/errors.js";
import { errorCode, type FileSystem, joinPath, type NewHash } from "../base/ports.js";
import { temporaryOf, writeAtomic } from "./atomic-write.js";
import { checksumSafetensors, readCheckedFile } from "./checksum.js";
import { ioError } from "./io-error.js";
import type { NamedTensor, SafetensorsFile } from "./safetensors.js";

export interface Backups {
  /**
   * The newest intact version; undefined if there is no file. `warn` gets one sentence if that is not `name`. Writes
   * nothing. Throws a model-file LonghandError if there are files but none is intact.
   */
  load(warn: (sentence: string) => void): Promise<SafetensorsFile | undefined>;
  /**
   * Saves a new version, with the field sha256 in its metadata. Throws an io LonghandError; intact files stay intact.
   */
  save(tensors: readonly NamedTensor[], metadata: Readonly<Record<string, string>>): Promise<void>;
  /** Removes both versions and an unfinished one. */
  discard(): Promise<void>;
}

type Found =
  | { readonly kind: "whole"; readonly file: SafetensorsFile }
  | { readonly kind: "missing" }
  | { readonly kind: "damaged"; readonly error: LonghandError };

/** The backups of `name` in an existing folder. */
export function createBackups(fs: FileSystem, folder: string, name: string, newHash: NewHash): Backups {
  const current = joinPath(folder, name);
  const previous = `${current}.previous`;
  /** Whether `current` is intact; undefined if this process does not know. */
  let currentIsWhole: boolean | undefined;

  async function look(path: string): Promise<Found> {
    try {
      return { kind: "whole", file: await readCheckedFile(fs, path, newHash) };
    } catch (thrown) {
      if (errorCode(thrown) === "ENOENT") return { kind: "missing" };
      const error = ioError("read", path, thrown);
      // A file that could be read by someone else, or later, is not damaged: nothing may take its place.
      if (error instanceof LonghandError && (error === thrown || errorCode(thrown) === "EIO"))
        return { kind: "damaged", error };
      throw error;
    }
  }

  return {
    async load(warn) {
      let newest = await look(current);
      const older = newest.kind === "whole" ? undefined : await look(previous);
      if (newest.kind === "missing") newest = await look(current); // another process may be between its two renames
      currentIsWhole = newest.kind === "whole";
      if (newest.kind === "whole" || older === undefined) return newest.kind === "whole" ? newest.file : undefined;
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
            `Both versions of the file are damaged. ${sentence(newest.error)} ${sentence(older.error)}`,
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
      currentIsWhole = undefined; // until this save succeeds
      await writeAtomic(fs, current, pieces, keepAs);
      currentIsWhole = true;
    },

    async discard() {
      currentIsWhole = undefined;
      // The newest last: after a crash in between, the state still loads without a warning.
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

/** The message of an error without its hint, which does not apply here. */
function sentence(error: LonghandError): string {
  return error.message.split("\n", 1)[0] ?? "";
}
