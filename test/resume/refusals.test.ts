// What a run in a real folder refuses, and in which words; what --force takes and what it leaves; who else may write
// there.

import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { TrainEvent } from "../../src/advanced.js";
import type { Run, StartOptions } from "../../src/advanced-node.js";
import { createBackups } from "../../src/checkpoint/backups.js";
import { checksumSafetensors } from "../../src/checkpoint/checksum.js";
import { modelTensors } from "../../src/model/file/model-file.js";
import { modelParameters } from "../../src/model/layout/spec.js";
import { loadModel } from "../../src/node/files/models.js";
import { nodeFileSystem } from "../../src/node/system/filesystem.js";
import { nodeHash } from "../../src/node/system/hash.js";
import { nodeProcesses } from "../../src/node/system/processes.js";
import { Vocab } from "../../src/text/encoding/vocab.js";
import type { WindowTransform } from "../../src/text/windows/transform.js";
import { loadRun } from "../../src/training/run/run.js";
import { runStateTensors } from "../../src/training/run/run-state.js";
import type { Settings } from "../../src/training/settings/settings.js";
import { layUpon } from "../../src/training/settings/values.js";
import { folderOutcome, logLines, runProcess, sha256, tinySettings, tinyText } from "../helpers/run.js";

// The built package, since the n-gram's thread is started from a file.
const built = new URL("../../dist/advanced-node.js", import.meta.url).href;
const { startRun, resumeRun } = (await import(/* @vite-ignore */ built)) as typeof import("../../src/advanced-node.js");

const root = mkdtempSync(join(tmpdir(), "longhand-"));
afterAll(() => rmSync(root, { recursive: true }));
let folders = 0;
const newPath = () => join(root, String(folders++));

function textFile(text = tinyText(700)): string {
  const path = newPath();
  writeFileSync(path, text);
  return path;
}

async function finish(run: Run): Promise<TrainEvent[]> {
  const events: TrainEvent[] = [];
  for await (const event of run.events) events.push(event);
  return events;
}

type PlainOptions = Omit<StartOptions, "cell" | "settings"> & { readonly settings?: Settings | undefined };

async function train(o: PlainOptions): Promise<string> {
  const run = await startRun({ ...o, settings: layUpon(tinySettings, { steps: 12, validateEvery: 5, ...o.settings }) });
  await finish(run);
  return run.folder;
}

/** Stops a new run after so many windows. */
async function stopped(o: PlainOptions, windows = 6): Promise<string> {
  const asked = { n: 0 };
  return train({ ...o, stopping: () => asked.n++ >= windows });
}

/** Names and bytes of all files in a folder. */
function bytesIn(folder: string): Record<string, string> {
  return Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "base64")]));
}

describe("resume", () => {
  test("goes on from the run's own tokens where its text has gone or changed, and tells a change in one notice", async () => {
    const path = textFile();
    const whole = folderOutcome(await train({ paths: [path], out: newPath() }));
    const text = readFileSync(path, "utf8");
    const size = Buffer.byteLength(text);
    const resumed = async (change: () => void): Promise<string[]> => {
      writeFileSync(path, text);
      const [first, out, notices] = [await stopped({ paths: [path], out: newPath() }), newPath(), [] as string[]];
      renameSync(first, out);
      change();
      await finish(await resumeRun(out, { notice: (sentence) => notices.push(sentence.replace(out, "RUN")) }));
      expect(folderOutcome(out)).toEqual(whole);
      return notices;
    };
    expect(await resumed(() => rmSync(path))).toEqual([]);
    const told = (what: string) => [
      `The training text has changed (${path}: ${what}). RUN goes on from the text as it was, which its folder holds.`,
    ];
    expect(await resumed(() => writeFileSync(path, `${text}more`))).toEqual(told(`${size + 4} bytes, was ${size}`));
    expect(await resumed(() => writeFileSync(path, text.replace("t", "d")))).toEqual(
      told(`${size} bytes as before, with other content`),
    );
  });

  test("with damaged tokens wants the text as it was, at its place or at another one, and touches nothing before", async () => {
    const [a, b, valid] = [textFile(), textFile(tinyText(300, 5)), textFile(tinyText(200, 2))];
    const out = await stopped({ paths: [a, b], valid: [valid], out: newPath() });
    const tokens = join(out, "tokens.safetensors");
    writeFileSync(tokens, readFileSync(tokens).fill(1, 5000, 5001));
    const moved = [a, b, valid].map((path) => `${path}.moved`);
    const before = bytesIn(out);
    renameSync(b, moved[1]!);
    await expect(resumeRun(out)).rejects.toMatchObject({
      code: "usage",
      message: `${tokens} is missing or damaged, and the training text is missing: ${a}, ${b}.`,
      hint: "Put back a copy of either, or resume the run with `trainingText`, the place of the text as it was.",
    });
    renameSync(valid, moved[2]!);
    writeFileSync(valid, tinyText(200, 3));
    await expect(resumeRun(out, { trainingText: [a, moved[1]!] })).rejects.toThrow(
      `and the validation text has changed (${valid}: `,
    );
    await expect(resumeRun(out, { trainingText: [moved[1]!, a] })).rejects.toThrow(
      `${moved[1]}, ${a} are not the training text of ${out}: `,
    );
    expect(bytesIn(out)).toEqual(before);
    await finish(await resumeRun(out, { trainingText: [a, moved[1]!], valid: [moved[2]!] }));
    const { text } = JSON.parse(readFileSync(join(out, "config.json"), "utf8"));
    expect(text.names).toEqual([a, moved[1]]);
    await finish(await resumeRun(out)); // the tokens were written again
    const plain = await stopped({ paths: [a], out: newPath() });
    await expect(resumeRun(plain, { valid: [a] })).rejects.toThrow("validates on the last part of its text");
  });

  test("refuses where the same text now gives another vocabulary, and names the difference", async () => {
    const out = await stopped({ paths: [textFile()], out: newPath() });
    const ports = { fs: nodeFileSystem(), newHash: nodeHash, processes: nodeProcesses };
    const { config, trainer } = await loadRun(ports, out, () => {});
    /** As if the run had begun with this one. */
    const refusal = async (itos: readonly string[], inModel = itos) => {
      const vocabulary = sha256(new TextEncoder().encode(JSON.stringify({ ...vocab.toJSON(), itos })));
      const { tensors, metadata } = runStateTensors({ config: { ...config, vocabulary }, trainer });
      await createBackups(ports.fs, out, "state.safetensors", nodeHash).save(tensors, metadata);
      const spec = { ...model.spec, vocabulary: inModel.length };
      const other = Vocab.fromJSON({ ...vocab.toJSON(), itos: inModel });
      const weights = new Float32Array(modelParameters(spec).reduce((sum, { rows, cols }) => sum + rows * cols, 0));
      const file = modelTensors({ ...model, spec, vocab: other, counts: new Array(inModel.length).fill(1), weights });
      const pieces = await checksumSafetensors(file.tensors, file.metadata, nodeHash);
      writeFileSync(join(out, "model.safetensors"), Buffer.concat(pieces));
      return (await resumeRun(out).catch((error) => error)).message.split("\n")[0];
    };
    const { vocab, ...model } = await loadModel(out);
    const { itos, size } = vocab;
    const says = (what: string) =>
      `${out} cannot go on: the vocabulary of the same text is another one: ${what} (this version or this Node cuts text differently).`;
    const last = JSON.stringify(itos.at(-1));
    expect(await refusal([...itos.slice(0, -1), "Ж"])).toBe(
      says(`${size} tokens, was ${size}; new: ${last}; gone: "Ж"`),
    );
    expect(await refusal([...itos, ..."ЖЩЦЮЯЭ"])).toBe(
      says(`${size} tokens, was ${size + 6}; gone: "Ж", "Щ", "Ц", "Ю", "Я" and 1 more`),
    );
    expect(await refusal([...itos.slice(0, -2), itos.at(-1)!, itos.at(-2)!])).toBe(
      says(`${size} tokens, was ${size}; in another order`),
    );
    // A model of other things tells nothing of the run.
    expect(await refusal([...itos.slice(0, -1), "Ж"], [...itos, "Ж"])).toBe(says(`${size} tokens`));
  });

  test("refuses other settings with their differences", async () => {
    const out = await stopped({ paths: [textFile()], out: newPath() });
    await expect(resumeRun(out, { settings: { cell: "lstm", bptt: 9 } })).rejects.toThrow(
      `${out} goes on with the settings it began with: \`cell: "gru"\` is now \`cell: "lstm"\`; \`bptt: 7\` is now \`bptt: 9\`.`,
    );
  });

  test("refuses a run with a transform unless that transform is passed again", async () => {
    const transform: WindowTransform = {
      url: "file:///project/drop.js",
      apply: (ids, { random }) => ids.map((id, t) => (random(t) < 0.1 ? 0 : id)),
    };
    const path = textFile();
    const whole = await train({ paths: [path], out: newPath(), transform });
    const out = await stopped({ paths: [path], out: newPath(), transform });
    expect(JSON.parse(readFileSync(join(out, "config.json"), "utf8")).transform).toBe(transform.url);
    const before = bytesIn(out);
    await expect(resumeRun(out)).rejects.toThrow(`${out} was started with the transform ${transform.url}; got none.`);
    expect(bytesIn(out)).toEqual(before);
    await finish(await resumeRun(out, { transform }));
    expect(folderOutcome(out)).toEqual(folderOutcome(whole));
  });

  test("says where there is no run", async () => {
    await expect(resumeRun(join(root, "nowhere"))).rejects.toMatchObject({
      code: "usage",
      message: expect.stringContaining(`There is no run in ${join(root, "nowhere")}`),
    });
  });

  test("on another engine warns in the log, and goes on", async () => {
    const out = await stopped({ paths: [textFile()], out: newPath(), settings: { engine: "wasm-simd" } });
    const events = await finish(await resumeRun(out, { settings: { engine: "reference" } }));
    const warning = {
      kind: "warning",
      process: true,
      text: "This run was on wasm simd and goes on with reference f32: from here on its last digits are others than they would have been.",
    };
    expect(events[0]).toEqual(warning);
    expect(logLines(new Uint8Array(readFileSync(join(out, "log.jsonl"))))).toContainEqual(warning);
    expect(events.some(({ kind }) => kind === "end")).toBe(true);
  });
});

describe("train", () => {
  test("into a run's folder is refused, naming resume and force, before any text is read", async () => {
    const out = await stopped({ paths: [textFile()], out: newPath() });
    const before = bytesIn(out);
    await expect(train({ paths: [join(root, "missing")], out })).rejects.toMatchObject({
      code: "usage",
      message: `There is a run in ${out} already.`,
      hint: "Resume it, train anew in its place with `force`, or train elsewhere with `out`.",
    });
    // A folder that holds no more than one of its files is not written over either.
    for (const name of ["state.safetensors", "state.safetensors.previous", "config.json", "model.safetensors"]) {
      const lone = newPath();
      cpSync(join(out, name), join(lone, name));
      await expect(train({ paths: [textFile()], out: lone })).rejects.toThrow("There is a run in");
      expect(readdirSync(lone)).toEqual([name]);
    }
    expect(bytesIn(out)).toEqual(before);
  });

  test("--force replaces a run's own files, and those alone: what is anew is as if it had been alone", async () => {
    const path = textFile();
    const out = await stopped({ paths: [textFile(tinyText(500, 9))], out: newPath() });
    writeFileSync(join(out, "notes.txt"), "mine");
    writeFileSync(join(out, "text-1.txt"), "mine too");
    await train({ paths: [path], out, force: true });
    expect(readFileSync(join(out, "notes.txt"), "utf8")).toBe("mine");
    expect(readFileSync(join(out, "text-1.txt"), "utf8")).toBe("mine too");
    rmSync(join(out, "notes.txt"));
    rmSync(join(out, "text-1.txt"));
    expect(folderOutcome(out)).toEqual(folderOutcome(await train({ paths: [path], out: newPath() })));
  });

  test("--force leaves the old run whole where the new text is missing, not UTF-8, too short, or the settings are wrong", async () => {
    const out = await stopped({ paths: [textFile()], out: newPath() });
    const before = bytesIn(out);
    const bad = newPath();
    writeFileSync(bad, Uint8Array.of(97, 98, 0xff, 99));
    const anew = (paths: string[], settings = {}) => train({ paths, out, force: true, settings });
    await expect(anew([join(root, "missing")])).rejects.toThrow("There is nothing at");
    await expect(anew([bad])).rejects.toThrow("is not valid UTF-8");
    await expect(anew([textFile("a")])).rejects.toMatchObject({ code: "text" });
    await expect(anew([textFile()], { tied: true, embedding: 5 })).rejects.toThrow("tied wants");
    expect(bytesIn(out)).toEqual(before);
    await finish(await resumeRun(out));
  });

  test("a second writer is refused, naming the process; --force takes nothing from a living run", async () => {
    const path = textFile();
    const out = newPath();
    const first = await startRun({
      paths: [path],
      out,
      settings: layUpon(tinySettings, { steps: 12, validateEvery: 5 }),
    });
    for await (const event of first.events) {
      if (event.kind !== "window" || event.window !== 5) continue;
      const files = readdirSync(out);
      const same = `Process ${process.pid} is writing in ${out}, and that is this very process.`;
      await expect(train({ paths: [path], out, force: true })).rejects.toThrow(same);
      await expect(resumeRun(out).then(finish)).rejects.toThrow(same);
      const other = await runProcess({ out, text: path }).ended.catch((error) => error);
      expect(String(other)).toContain(`Process ${process.pid} is writing in ${out}.`);
      expect(readdirSync(out)).toEqual(files);
    }
    expect(folderOutcome(out)).toEqual(folderOutcome(await train({ paths: [path], out: newPath() })));
  });

  test("keeps what came on standard input, wherever the folder goes", async () => {
    const path = textFile();
    const [whole, piped] = [newPath(), newPath()];
    const settings = { steps: 12, validateEvery: 5 };
    await runProcess({ out: whole, text: path, settings }).ended;
    const { child, ended } = runProcess({ out: piped, text: "-", settings, stop: 4 });
    child.stdin!.end(readFileSync(path));
    expect(await ended).toBe("interrupted");
    expect(readFileSync(join(piped, "text-1.txt"), "utf8")).toBe(readFileSync(path, "utf8"));
    const moved = newPath();
    renameSync(piped, moved);
    await finish(await resumeRun(moved));
    const { model, log } = folderOutcome(moved);
    expect({ model, log }).toEqual({ model: folderOutcome(whole).model, log: folderOutcome(whole).log });
    await expect(startRun({ paths: [path], valid: ["-"], out: newPath() })).rejects.toThrow("Standard input");
  });

  test("--minutes is recorded as --steps, and those steps give the same bits", async () => {
    const path = textFile();
    const run = await startRun({ paths: [path], out: newPath(), settings: layUpon(tinySettings, { minutes: 1e-4 }) });
    const { steps } = run.config.settings;
    expect(steps).toBeGreaterThan(0);
    await finish(run);
    expect(JSON.parse(readFileSync(join(run.folder, "config.json"), "utf8")).settings).toMatchObject({
      minutes: 1e-4,
      steps,
    });
    const again = folderOutcome(await train({ paths: [path], out: newPath(), settings: { steps, validateEvery: 0 } }));
    const { model, log } = folderOutcome(run.folder);
    expect({ model, log }).toEqual({ model: again.model, log: again.log });
    expect(existsSync(join(run.folder, "text-1.txt"))).toBe(false);
  });
});
