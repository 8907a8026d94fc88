// A run: a trainer whose progress is saved in a folder: the log of its events, the state now and then, the best model.
// A run that is stopped at any instant (Ctrl-C, a crash, a power cut) and resumed has the same bits as one that was not
// stopped.
//
//   config.json          the settings and the text's record, for people
//   log.jsonl            one event a line; `n` counts the run's own events, process events have none
//   model.safetensors    the best weights so far; the latest until the first validation, or if none chooses
//   model.last.safetensors    the last weights, where they are not those of model.safetensors
//   model.cycle-1.safetensors …    the weights at the end of each cycle of the schedule, where it has cycles
//   state.safetensors    the run state, and the one before it as state.safetensors.previous
//   tokens.safetensors   the text as numbers (token-file.ts)
//   text-1.txt …         the text, where it is no file: standard input, a string, a stream
//   advice.json          what the adviser measured and advised, where it was asked

import { LonghandError, usageError } from "../../base/errors.js";
import { firstNotFinite } from "../../base/math.js";
import { type FileSystem, joinPath, type NewHash } from "../../base/ports.js";
import { writeAtomic } from "../../checkpoint/atomic-write.js";
import { createBackups } from "../../checkpoint/backups.js";
import { checksumSafetensors } from "../../checkpoint/checksum.js";
import { type JsonLog, openLog } from "../../checkpoint/jsonl.js";
import type { FolderLock, Processes } from "../../checkpoint/lock.js";
import { LAST_MODEL_FILE, MODEL_FILE, modelTensors } from "../../model/file/model-file.js";
import { describeDivergence } from "../divergence/messages.js";
import type { RecoverableState } from "../divergence/recovering-trainer.js";
import { isProcessEvent, type ProcessEvent, type TrainEvent } from "../loop/events.js";
import type { TrainerState } from "../loop/trainer-state.js";
import type { TrainingRun } from "../training-run.js";
import { openFolder, placeDrafts } from "./run-folder.js";
import { type RunConfig, type RunState, readRunState, runStateTensors } from "./run-state.js";

export const RunFile = {
  config: "config.json",
  log: "log.jsonl",
  model: MODEL_FILE,
  last: LAST_MODEL_FILE,
  state: "state.safetensors",
  tokens: "tokens.safetensors",
  advice: "advice.json",
} as const;

/** The run's own copy of a text that is no file: standard input, a string, a stream. Numbered from 1. */
export function keptTextName(number: number): string {
  return `text-${number}.txt`;
}
const keptText = /^text-\d+\.txt$/;

/** Whether a recorded name is that of a copy in the run's folder. */
export function isKeptText(name: string): boolean {
  return keptText.test(name);
}

/** The model at the end of a cycle of the schedule, from 1. */
export function cycleFileOf(cycle: number): string {
  return `model.cycle-${cycle}.safetensors`;
}
const cycleFile = /^model\.cycle-\d+\.safetensors$/;

export interface RunPorts {
  readonly fs: FileSystem;
  readonly newHash: NewHash;
  readonly processes: Processes;
}

export interface RunOptions {
  readonly folder: string;
  readonly config: RunConfig;
  readonly trainingRun: TrainingRun;
  /** The trainer goes on from a state that was read from this folder. */
  readonly resumed: boolean;
  /** Replace a run that is there: its own files, nothing else. */
  readonly replace?: boolean;
  /**
   * Complete, synced files that were written before: name in the folder → present path. They are moved under the lock.
   */
  readonly placed?: Readonly<Record<string, string>>;
  /** The lock of the folder, if it is held already; `runTraining` releases it. */
  readonly lock?: FolderLock | undefined;
  /** Seconds between saves. */
  readonly saveEvery: number;
  /** Warnings from before the log was open. */
  readonly warnings?: readonly string[];
}

/** Is there a run in the folder that can be resumed? */
export function hasRun(fs: FileSystem, folder: string): Promise<boolean> {
  return hasAny(fs, folder, [RunFile.state, `${RunFile.state}.previous`]);
}

/** Throws a usage error where a folder holds a run, or files that a new run would overwrite. */
export async function refuseExisting(fs: FileSystem, folder: string): Promise<void> {
  if ((await hasRun(fs, folder)) || (await hasAny(fs, folder, [RunFile.config, RunFile.model]))) {
    throw usageError(
      `There is a run in ${folder} already.`,
      "Resume it, train anew in its place with `force`, or train elsewhere with `out`.",
    );
  }
}

async function hasAny(fs: FileSystem, folder: string, names: readonly string[]): Promise<boolean> {
  for (const name of names) if ((await fs.stat(joinPath(folder, name))) !== undefined) return true;
  return false;
}

/**
 * The newest complete state of a run. Falls back to the one before with a warning; throws a usage error where there is
 * none.
 */
export async function loadRun(ports: RunPorts, folder: string, warn: (text: string) => void): Promise<RunState> {
  const { fs, newHash } = ports;
  const file = await createBackups(fs, folder, RunFile.state, newHash).load(warn);
  if (file !== undefined) return readRunState(file, joinPath(folder, RunFile.state));
  throw usageError(
    `There is no run in ${folder}: it has no ${RunFile.state}.`,
    "Name the folder that train made, or start one with: longhand train my.txt",
  );
}

/** Removes a run's own files and nothing else. (The copy of standard input stays: the new run may read it.) */
async function discardRun(ports: RunPorts, folder: string): Promise<void> {
  const { fs, newHash } = ports;
  await createBackups(fs, folder, RunFile.state, newHash).discard();
  await removeFiles(fs, folder, isOwn);
}

/** The files that a new run writes itself. */
const isOwn = (name: string) =>
  name === RunFile.config ||
  name === RunFile.log ||
  name === RunFile.model ||
  name === RunFile.last ||
  name === RunFile.tokens ||
  name === RunFile.advice ||
  cycleFile.test(name);

async function removeFiles(fs: FileSystem, folder: string, which: (name: string) => boolean): Promise<void> {
  for (const { name } of await fs.list(folder)) {
    if (which(name)) await fs.remove(joinPath(folder, name));
  }
}

/** Runs the trainer and saves its progress; yields every event, and those of the process itself. */
export async function* runTraining(ports: RunPorts, o: RunOptions): AsyncGenerator<TrainEvent, void, void> {
  const { fs } = ports;
  const lock = o.lock ?? (await openFolder(fs, o.folder, ports.processes));
  let log: JsonLog | undefined;
  try {
    if (!o.resumed) await clearFolder(ports, o);
    await placeDrafts(fs, o.folder, o.placed);
    await clearUnfinished(ports, o.folder);
    const before = o.resumed ? o.trainingRun.trainer.stateInPlace().events : 0;
    const keep = (line: unknown) => o.resumed && countOf(line) <= before;
    log = await openLog(fs, joinPath(o.folder, RunFile.log), keep);
    yield* record(ports, o, lock, log, before);
  } finally {
    await log?.close();
    await lock.release();
  }
}

/** Under the lock, so that two runs that start at once never mix, and `force` never removes the files of a live run. */
async function clearFolder(ports: RunPorts, o: RunOptions): Promise<void> {
  if (o.replace) await discardRun(ports, o.folder);
  else await refuseExisting(ports.fs, o.folder);
}

/** The name of a run's file before the process `pid` holds the run's lock; `number` counts the process's drafts. */
export function draftOf(name: string, pid: number, number: number): string {
  return `${name}.${pid}-${number}.tmp`;
}

/** Removes what a crash left half-written. The drafts of a living process stay: it is about to ask for the lock. */
async function clearUnfinished({ fs, processes }: RunPorts, folder: string): Promise<void> {
  const files: readonly string[] = Object.values(RunFile);
  await removeFiles(fs, folder, (name) => {
    const [, file = "", pid] = /^(.*?)(?:\.(\d+)-\d+)?(?:\.tmp)+$/.exec(name) ?? [];
    if (pid !== undefined && processes.startOf(Number(pid)) !== undefined) return false;
    return files.includes(file) || cycleFile.test(file) || isKeptText(file);
  });
}

async function* record(
  ports: RunPorts,
  o: RunOptions,
  lock: FolderLock,
  log: JsonLog,
  before: number,
): AsyncGenerator<TrainEvent, void, void> {
  const { trainer, settings } = o.trainingRun;
  // One for all saves: it knows that the files that it wrote are complete, and need not read them back.
  const backups = createBackups(ports.fs, o.folder, RunFile.state, ports.newHash);
  let n = before;
  let savedAt = performance.now();
  const chooses = o.trainingRun.kept === "best";
  let best = chooses && trainer.stateInPlace().best !== undefined;

  async function process(event: ProcessEvent): Promise<ProcessEvent> {
    await log.append(event);
    return event;
  }
  async function save(): Promise<ProcessEvent> {
    const state = trainer.stateInPlace();
    savedAt = performance.now();
    if (!isWhole(state)) {
      return process({ kind: "warning", process: true, text: "Not saved: a number of the state is not finite." });
    }
    await lock.check();
    await log.sync();
    const { tensors, metadata } = runStateTensors({ config: o.config, trainer: state });
    await backups.save(tensors, metadata);
    if (!best) await writeModel(ports, o); // after the state, without which there is no run
    return process({ kind: "saved", process: true, window: state.position.window, clock: trainer.clock() });
  }

  for (const text of o.warnings ?? []) yield process({ kind: "warning", process: true, text });
  const { reading } = o.trainingRun.corpus;
  if (reading && !o.resumed) yield process({ kind: "reading", process: true, ...reading });
  if (o.resumed) {
    const { window } = trainer.stateInPlace().position;
    yield process({ kind: "resumed", process: true, window, engine: o.config.engine });
  }
  const saved = await save(); // of a resumed run too: its settings may have changed, or one of its two states may be damaged
  await writeAtomic(ports.fs, joinPath(o.folder, RunFile.config), [configBytes(o.config)]);
  yield saved;

  let broken: Extract<TrainEvent, { kind: "diverged" }> | undefined;
  for await (const event of trainer.events()) {
    if (!isProcessEvent(event)) n += 1;
    if (event.kind !== "window" || event.window % settings.logEvery === 0) {
      await log.append(isProcessEvent(event) ? event : { n, ...event });
    }
    if (event.kind === "validation" && event.best && chooses) {
      best = true;
      await writeModel(ports, o);
    }
    if (event.kind === "cycle") await writeModel(ports, o, cycleFileOf(event.cycle));
    yield event;
    if (event.kind === "diverged") broken = event;
    else if (event.kind === "window" && performance.now() - savedAt >= 1000 * o.saveEvery) yield save();
  }
  if (broken !== undefined) {
    await log.sync();
    if (settings.tries > 0) yield save(); // a resumed run makes the last attempt again
    throw new LonghandError("diverged", describeDivergence(broken), { hint: broken.advice });
  }
  yield save();
  if (best && trainer.stateInPlace().best?.window !== trainer.stateInPlace().position.window) {
    await writeModel(ports, o, RunFile.last);
  } else await removeFiles(ports.fs, o.folder, (name) => name === RunFile.last);
  if (!trainer.stateInPlace().ended) {
    yield process({ kind: "interrupted", process: true, window: trainer.stateInPlace().position.window });
  }
  const profile = o.trainingRun.profile();
  if (profile) yield process({ kind: "profile", process: true, ...profile });
  await log.sync();
}

async function writeModel(ports: RunPorts, o: RunOptions, name: string = RunFile.model): Promise<void> {
  const model = o.trainingRun.storedInPlace();
  if (firstNotFinite(model.weights) >= 0) return;
  const { tensors, metadata } = modelTensors(model);
  const pieces = await checksumSafetensors(tensors, metadata, ports.newHash);
  await writeAtomic(ports.fs, joinPath(o.folder, name), pieces);
}

/** The config without the fingerprints, which are of no use to a person. */
function configBytes(config: RunConfig): Uint8Array {
  const shown = JSON.stringify(config, (key, value) => (key === "chunks" ? undefined : value), 2);
  return new TextEncoder().encode(`${shown}\n`);
}

/** The number of a line of the log; 0 for a process event, so that its line always stays. */
function countOf(line: unknown): number {
  return typeof line === "object" && line !== null && "n" in line && typeof line.n === "number" ? line.n : 0;
}

function isWhole(state: RecoverableState): boolean {
  const { lastGood } = state.recovery;
  const states: TrainerState[] = lastGood ? [state, lastGood.trainer] : [state];
  return states
    .flatMap(({ weights, optimizer, carried }) => [weights, ...optimizer, ...carried.arrays.map(({ data }) => data)])
    .every((array) => firstNotFinite(array) < 0);
}
