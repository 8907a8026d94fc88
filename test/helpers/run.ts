// Small runs for the laws of resume: a text from a seed, a run kept on a disk in memory that goes through the written
// bytes into a fresh trainer, and everything of it that must not differ. It tests nothing itself.

import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { FileSystem } from "../../src/base/ports.js";
import type { SettingValues } from "../../src/base/setting.js";
import { readSafetensors } from "../../src/checkpoint/safetensors.js";
import type { Engine } from "../../src/compute/arena.js";
import { baseline } from "../../src/evaluation/baseline/baseline.js";
import { type ScoredPieces, scoredLanes } from "../../src/evaluation/scoring/evaluate.js";
import { nodeHash } from "../../src/node/system/hash.js";
import { type Corpus, corpusAsRead } from "../../src/text/encoding/corpus.js";
import type { WindowTransform } from "../../src/text/windows/transform.js";
import { isProcessEvent, type TrainEvent } from "../../src/training/loop/events.js";
import { loadRun, RunFile, type RunPorts, runTraining } from "../../src/training/run/run.js";
import type { RunConfig } from "../../src/training/run/run-state.js";
import { type TextRecord, watchText } from "../../src/training/run/text-record.js";
import type { CheckedSettings, Settings } from "../../src/training/settings/settings.js";
import { fieldOf, partsOf, plannedLength } from "../../src/training/settings/training-settings.js";
import { checkSettings, layUpon } from "../../src/training/settings/values.js";
import { prepare } from "../../src/training/training-run.js";
import { dice } from "./damage.js";
import { fastest } from "./engines.js";
import type { MemoryFileSystem } from "./memory-filesystem.js";

export const FOLDER = "run";

const words = "the of to and a in is it you that he was for on are with as I his they be at one have this or had by hot"
  .split(" ")
  .concat("Émile", "straße", "naïve", "😀", "Über", "eye", "tree", "moon");

/** Words in lines, in no order: some capitals, and characters of one to four bytes. */
export function tinyText(characters: number, seed = 1): string {
  const { below, pick } = dice(seed);
  let text = "";
  while (text.length < characters) text += pick(words) + pick([" ", " ", " ", ", ", below(2) === 0 ? ".\n" : "\n"]);
  return `${text}\n`;
}

export interface TinyRun {
  readonly settings?: SettingValues;
  /** The settings make the run longer. */
  readonly lengthen?: boolean;
  readonly text?: string;
  readonly engine?: Engine;
  readonly transform?: WindowTransform;
  /** Asked as a trainer asks: before each window, while it waits for the n-gram, between windows of a validation. */
  readonly stopping?: () => boolean;
  /** In place of counting the n-gram. */
  readonly baseline?: () => Promise<never>;
  /** Hears every event, and may throw: a crash of this process. */
  readonly each?: (event: TrainEvent) => void;
}

/** Small enough for a millisecond or so a window. */
export const tinySettings: Settings = { hidden: 8, embedding: 8, batch: 4, bptt: 7, epochs: 2, sampleLength: 9 };

/** Starts a run on the disk and lets it go to its end, or to where it is stopped. */
export async function begin(disk: MemoryFileSystem, o: TinyRun = {}): Promise<TrainEvent[]> {
  const settings = checkSettings(layUpon(tinySettings, { saveEvery: 1e6, ...o.settings }), undefined);
  const { corpus, record } = await read(o.text ?? tinyText(450), settings);
  const engine = o.engine ?? fastest;
  const trainingRun = prepare(corpus, settings, { ...shared(o), engine, cell: undefined });
  const config: RunConfig = {
    format: 3,
    settings,
    text: record,
    vocabulary: "",
    warmup: trainingRun.settings.warmup,
    engine: `${engine.name} ${engine.level}`,
  };
  const saveEvery = settings.saveEvery;
  return consume(runTraining(portsOf(disk), { folder: FOLDER, config, trainingRun, resumed: false, saveEvery }), o);
}

/** Another process: reads what the disk holds and goes on. `settings` replace the run's, unchecked. */
export async function goOn(disk: MemoryFileSystem, o: TinyRun = {}): Promise<TrainEvent[]> {
  const ports = portsOf(disk);
  const warnings: string[] = [];
  const { config: was, trainer: state } = await loadRun(ports, FOLDER, (text) => warnings.push(text));
  const settings = checkSettings({ ...was.settings, ...o.settings }, undefined);
  const { corpus } = await read(o.text ?? tinyText(450), settings);
  const engine = o.engine ?? fastest;
  const lengthened = o.lengthen ? [...(was.lengthened ?? []), plannedLength(was.settings)] : was.lengthened;
  const trainingRun = prepare(corpus, settings, {
    ...shared(o),
    engine,
    cell: undefined,
    resume: { state, warmup: was.warmup, lengthened },
  });
  const config = { ...was, settings, ...(lengthened && { lengthened }) };
  const saveEvery = settings.saveEvery;
  return consume(runTraining(ports, { folder: FOLDER, config, trainingRun, resumed: true, saveEvery, warnings }), o);
}

/** True from the (k + 1)-th question on; `asked` counts them. */
export function stopAt(k: number): { stopping: () => boolean; asked: () => number } {
  let asked = 0;
  return { stopping: () => asked++ >= k, asked: () => asked };
}

/** The run's own events, without wall time. */
export function own(events: readonly unknown[]): unknown[] {
  return events
    .filter((event) => !isProcessEvent(event as TrainEvent))
    .map((event) => ({ ...(event as object), clock: undefined }));
}

/** What must not differ: the log's own lines, the state and the model as bytes, and which files there are. */
export interface Outcome {
  readonly files: readonly string[];
  readonly log: unknown[];
  readonly state: unknown;
  readonly model: string;
  /** The models that were kept at the ends of cycles. */
  readonly cycles: readonly string[];
}

export function outcome(disk: MemoryFileSystem): Outcome {
  return outcomeOf(disk.paths(), (name) => disk.peek(`${FOLDER}/${name}`) ?? new Uint8Array());
}

/** The same of a real folder. */
export function folderOutcome(folder: string): Outcome {
  return outcomeOf(readdirSync(folder).sort(), (name) => new Uint8Array(readFileSync(join(folder, name))));
}

function outcomeOf(files: string[], bytes: (name: string) => Uint8Array): Outcome {
  return {
    files,
    log: own(logLines(bytes(RunFile.log))),
    state: stateOf(bytes(RunFile.state)),
    model: sha256(bytes(RunFile.model)),
    cycles: files
      .map((path) => path.slice(path.lastIndexOf("/") + 1))
      .filter((name) => name.startsWith("model.cycle-"))
      .map((name) => sha256(bytes(name))),
  };
}

/** Starts (with `settings`) or resumes a run in a real folder; stops as Ctrl-C does after `stop` windows of its own. */
const program = `
import { resumeRun, startRun } from ${JSON.stringify(new URL("../../dist/advanced-node.js", import.meta.url).href)};
const { out, text, settings, stop } = JSON.parse(process.argv[1]);
let windows = 0;
const stopping = () => windows >= stop;
const run = settings ? await startRun({ paths: [text], out, settings, stopping }) : await resumeRun(out, { stopping });
for await (const event of run.events) {
  if (event.kind === "window") windows += 1;
  console.log(event.kind);
}
`;

export interface Life {
  readonly out: string;
  readonly text: string;
  readonly settings?: SettingValues;
  readonly stop?: number;
}

/**
 * A real process of the built package. `ended` is the kind of the last event it told; a failure rejects with what it
 * said.
 */
export function runProcess({ settings, ...rest }: Life): { child: ChildProcess; ended: Promise<string | undefined> } {
  const options = JSON.stringify({
    stop: 1e9,
    ...rest,
    ...(settings && { settings: layUpon(tinySettings, settings) }),
  });
  const child = spawn(process.execPath, ["--input-type=module", "-e", program, options]);
  const ended = new Promise<string | undefined>((resolve, reject) => {
    const told = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) {
      child[name].on("data", (data) => {
        told[name] += data;
      });
    }
    child.on("close", (code) => {
      if (code === 0) resolve(told.stdout.trim().split("\n").at(-1));
      else reject(new Error(told.stderr));
    });
  });
  return { child, ended };
}

/** All that a state holds: its numbers by the digest of their bytes. */
export function stateOf(bytes: Uint8Array): unknown {
  const { tensors, metadata } = readSafetensors(bytes, "the state");
  const raw = ({ buffer, byteOffset, byteLength }: ArrayBufferView) => new Uint8Array(buffer, byteOffset, byteLength);
  const digests = [...tensors].map(([name, { shape, data }]) => `${name} (${shape}) ${sha256(raw(data))}`);
  return { tensors: digests.sort(), about: JSON.parse(metadata["longhand.run"] ?? "") };
}

export function logLines(bytes: Uint8Array): TrainEvent[] {
  const lines = new TextDecoder().decode(bytes).split("\n");
  if (lines.pop() !== "") throw new Error("the log's last line is torn");
  return lines.map((line) => JSON.parse(line) as TrainEvent);
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Each call is another process, and no other lives. */
let processes = 100;
export function portsOf(fs: FileSystem): RunPorts {
  const pid = processes++;
  return {
    fs,
    newHash: nodeHash,
    processes: { pid, host: "here", place: "p", startOf: (each) => (each === pid ? "now" : undefined) },
  };
}

function shared(o: TinyRun) {
  return {
    ...(o.stopping && { stopping: o.stopping }),
    ...(o.transform && { transform: o.transform }),
    baseline: async ({ vocab, train, valid }: Corpus, pieces: ScoredPieces) => {
      const { lanes: _, ...sizes } = scoredLanes(valid!, 1, vocab.newlineId);
      return baseline({
        vocabulary: vocab.size,
        train,
        scored: valid!,
        limit: 1e9,
        pieces,
        ...sizes,
      });
    },
    ...(o.baseline && { baseline: o.baseline }),
  };
}

async function consume(events: AsyncIterable<TrainEvent>, o: TinyRun): Promise<TrainEvent[]> {
  const all: TrainEvent[] = [];
  for await (const event of events) {
    all.push(event);
    o.each?.(event);
  }
  return all;
}

/** A corpus is never changed: many runs share one. */
const corpora = new Map<string, Promise<{ corpus: Corpus; record: TextRecord }>>();

function read(text: string, settings: CheckedSettings): Promise<{ corpus: Corpus; record: TextRecord }> {
  const field = fieldOf(settings);
  const parts = partsOf(settings);
  const key = JSON.stringify([text, field, parts]);
  const known = corpora.get(key);
  if (known !== undefined) return known;
  const reading = (async () => {
    const watched = watchText([{ name: "tiny.txt", bytes: [new TextEncoder().encode(text)] }], nodeHash);
    const corpus = await corpusAsRead(watched.inputs, { field, ...parts });
    return { corpus, record: await watched.record() };
  })();
  corpora.set(key, reading);
  return reading;
}
