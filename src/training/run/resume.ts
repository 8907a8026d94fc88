// What resuming a run may change, what it may not, and the messages about a difference.

import { usageError } from "../../base/errors.js";
import type { Cell } from "../../model/cells/cell.js";
import type { Transfer } from "../../model/file/transfer.js";
import { showToken, type Vocab } from "../../text/encoding/vocab.js";
import { findSchedule } from "../settings/schedule.js";
import type { CheckedSettings, OpenSettings } from "../settings/settings.js";
import { type PlannedLength, plannedLength } from "../settings/training-settings.js";
import { checkSettings, layUpon, refuseStepsAndMinutes, settingDifferences, settingNamed } from "../settings/values.js";
import type { RunConfig } from "./run-state.js";
import type { TextRecord } from "./text-record.js";

/** Settings that say how long a run is: a continuation may make it longer. */
const lengths = ["epochs", "steps", "minutes"] as const;

/**
 * Settings that a continuation may change, since they change no bit of what was done. (`engine` may change later bits,
 * and a warning says so.)
 */
export const continuationSettings: readonly string[] = ["saveEvery", "engine", "threads", "tries", ...lengths];

/** How a run goes on. */
export interface Continuation {
  readonly settings: CheckedSettings;
  /** The lengths that it was planned with before; see `RunConfig.lengthened`. */
  readonly lengthened: readonly PlannedLength[];
  /** Minutes that it was given more: they are still to become `steps`. */
  readonly minutes: number | undefined;
}

/**
 * The settings of a resumed run: its own, with the few that may change as asked. `epochs` and `steps` are those of the
 * whole run, and may grow; `minutes` come after what is done. Throws a usage error that names any other difference.
 */
export function continuedSettings(
  was: Pick<RunConfig, "settings" | "lengthened">,
  asked: OpenSettings,
  folder: string,
  own?: Cell,
): Continuation {
  const before = was.settings;
  refuseStepsAndMinutes(asked);
  const settings = checkSettings(layUpon(before, asked), own);
  // A setting that the state lacks has its default.
  const differences = settingDifferences({ ...checkSettings({}, own), ...before }, settings, continuationSettings);
  if (differences.length > 0) {
    throw usageError(
      `${folder} goes on with the settings it began with: ${differences.join("; ")}.`,
      "Leave them out, or train anew in another folder with `out`.",
    );
  }
  const lengthened = was.lengthened ?? [];
  const same =
    asked.minutes === undefined && JSON.stringify(plannedLength(settings)) === JSON.stringify(plannedLength(before));
  if (same) return { settings: { ...settings, ...lengthsOf(before) }, lengthened, minutes: undefined };
  for (const name of ["epochs", "steps"] as const) {
    const planned = settingNamed({ ...plannedLength(before) }, name);
    const value = settings[name];
    if (value === undefined || planned === undefined || value >= Number(planned)) continue;
    throw usageError(
      `${name} cannot be ${value}: ${folder} was planned with ${planned}.`,
      "A run cannot shrink.",
      name,
    );
  }
  return { settings, lengthened: [...lengthened, plannedLength(before)], minutes: settings.minutes };
}

function lengthsOf(settings: CheckedSettings): Partial<CheckedSettings> {
  return Object.fromEntries(lengths.flatMap((name) => (settings[name] === undefined ? [] : [[name, settings[name]]])));
}

/** Says how the vocabulary of the model to begin from matched. */
export function describeOrigin({ matched, added, dropped }: Transfer, name: string): string {
  const tokens = (n: number) => `${n} token${n === 1 ? "" : "s"}`;
  const news = [added > 0 ? `${added} new` : "", dropped > 0 ? `${dropped} of the model's dropped` : ""];
  return `The run begins from ${name}: ${[`${tokens(matched)} matched`, ...news].filter(Boolean).join(", ")}.`;
}

/** Says that a run was made longer, and what its schedule does there. */
export function describeGrowth(
  settings: CheckedSettings,
  { done, planned, windows }: Readonly<Record<"done" | "planned" | "windows", number>>,
): string {
  const { kind, mayGrow } = findSchedule(settings.schedule);
  const longer = `The run is now ${windows} windows long; it was planned for ${planned}.`;
  if (mayGrow(settings)) return longer;
  const where = done < planned ? `After window ${planned}` : "Here";
  return `${longer} ${where} the schedule ${kind} begins a new cycle, of ${windows - planned} windows.`;
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
  return [`the ${what} has changed (${namesOf(was.names)}: ${size})`];
}

/** Files named in a message. */
const FILES_NAMED = 3;

/** The first few names of many files. */
export function namesOf(names: readonly string[]): string {
  const more = names.length > FILES_NAMED ? ` and ${names.length - FILES_NAMED} more` : "";
  return names.slice(0, FILES_NAMED).join(", ") + more;
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
