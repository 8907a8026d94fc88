// What resuming a run may change, what it may not, and the messages about a difference.

import { usageError } from "../../base/errors.js";
import type { Cell } from "../../model/cells/cell.js";
import { showToken, type Vocab } from "../../text/encoding/vocab.js";
import { findSchedule } from "../settings/schedule.js";
import type { CheckedSettings, OpenSettings } from "../settings/settings.js";
import { epochsOf } from "../settings/training-settings.js";
import { checkSettings, layUpon, settingDifferences } from "../settings/values.js";
import type { TextRecord } from "./text-record.js";

/**
 * Settings that a continuation may change, since they change no bit of what was done. (`engine` may change later bits,
 * and a warning says so; `epochs` is checked by itself.)
 */
export const continuationSettings: readonly string[] = ["saveEvery", "engine", "threads", "tries", "epochs"];

/**
 * The settings of a resumed run: its own, with the few that may change as asked. `epochs` may grow where the schedule
 * does not depend on the length of the run. Throws a usage error that names any other difference.
 */
export function continuedSettings(
  was: CheckedSettings,
  asked: OpenSettings,
  folder: string,
  own?: Cell,
): CheckedSettings {
  const settings = checkSettings(layUpon(was, asked), own);
  if (asked.epochs !== undefined && asked.epochs !== epochsOf(was)) refuseGrowth(was, asked.epochs, folder);
  // A setting that the state lacks has its default.
  const differences = settingDifferences({ ...checkSettings({}, own), ...was }, settings, continuationSettings);
  if (differences.length === 0) return settings;
  throw usageError(
    `${folder} goes on with the settings it began with: ${differences.join("; ")}.`,
    "Leave them out, or train anew in another folder with `out`.",
  );
}

function refuseGrowth(was: CheckedSettings, epochs: number, folder: string): void {
  const schedule = findSchedule(was.schedule);
  if (!schedule.mayGrow(was)) {
    throw usageError(
      `epochs cannot grow to ${epochs}: the schedule ${schedule.kind} of ${folder} depends on the number of epochs.`,
      'Only runs with `schedule: "constant"`, or "piecewise" whose last part is constant, can be made longer.',
      "epochs",
    );
  }
  if (was.steps !== undefined) {
    throw usageError(
      `epochs cannot be ${epochs}: the length of ${folder} is set by \`steps: ${was.steps}\`.`,
      "Leave it out.",
      "epochs",
    );
  }
  const before = epochsOf(was);
  if (epochs < before) {
    throw usageError(
      `epochs cannot be ${epochs}: ${folder} was started with ${before}.`,
      "A run cannot shrink.",
      "epochs",
    );
  }
}

/**
 * Refuses to resume a run without the transform of training inputs that it began with. Nothing imports the recorded
 * URL: a run's folder is data, and opening data must not execute code. Modules are compared by file name, since a
 * project may move.
 */
export function requireTransform(was: string | undefined, now: string | undefined, folder: string): void {
  const fileName = (url: string) => url.slice(url.lastIndexOf("/") + 1);
  if (was === undefined && now !== undefined) {
    throw usageError(`${folder} was started without a transform; got ${now}.`, "Leave it out, or start a new run.");
  }
  if (was !== undefined && (now === undefined || fileName(was) !== fileName(now))) {
    throw usageError(
      `${folder} was started with the transform ${was}; got ${now ?? "none"}.`,
      `Import that module and pass its default export: \`resume(${JSON.stringify(folder)}, { transform })\`.`,
    );
  }
}

/** How a text differs from the one a run was started with; nothing where it does not. */
export function textDifferences(what: string, was: TextRecord, now: Pick<TextRecord, "bytes" | "sha256">): string[] {
  if (was.sha256 === now.sha256) return [];
  const size =
    was.bytes === now.bytes
      ? `${was.bytes} bytes as before, with other content`
      : `${now.bytes} bytes, was ${was.bytes}`;
  return [`the ${what} has changed (${was.names.join(", ")}: ${size})`];
}

/** Tokens named in a message about a difference. */
const NAMED = 5;

/** How a vocabulary differs from the one a run was started with. */
export function vocabularyDifference(was: Vocab, now: Vocab): string {
  const few = (tokens: readonly string[]) => {
    const more = tokens.length > NAMED ? ` and ${tokens.length - NAMED} more` : "";
    return tokens.slice(0, NAMED).map(showToken).join(", ") + more;
  };
  const [added, gone] = [
    now.itos.filter((token) => !was.stoi.has(token)),
    was.itos.filter((token) => !now.stoi.has(token)),
  ];
  const differences = [
    `${now.size} tokens, was ${was.size}`,
    added.length > 0 ? `new: ${few(added)}` : "",
    gone.length > 0 ? `gone: ${few(gone)}` : "",
    added.length + gone.length === 0 ? "in another order" : "",
  ];
  return differences.filter(Boolean).join("; ");
}
