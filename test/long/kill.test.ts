// kill -9 of a real process, again and again at random moments, in saves and out of them: whatever was cut off, the run
// that is gone on with ends as one that was never killed, and nothing is left behind that wants a human.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { dice } from "../helpers/damage.js";
import { folderOutcome, logLines, runProcess, tinyText } from "../helpers/run.js";

const root = mkdtempSync(join(tmpdir(), "longhand-"));
afterAll(() => rmSync(root, { recursive: true }));

const STATE = /^state\.safetensors(\.previous)?$/;
const KILLS = 20;
const SEED = 11;

/** Windows done, as the log tells it; its last line may be torn. */
function lastWindow(folder: string): number {
  const told = readFileSync(join(folder, "log.jsonl"), "utf8").matchAll(/"kind":"window","window":(\d+)/g);
  return Number([...told].at(-1)?.[1] ?? 0);
}

test(`killed ${KILLS} times at random (seed ${SEED}) and resumed, a run ends as an unkilled one`, async () => {
  const text = join(root, "text.txt");
  writeFileSync(text, tinyText(4000));
  const settings = {
    cell: "lstm",
    layers: 2,
    dropout: 0.2,
    windowRule: "awd",
    saveEvery: 0,
    validateEvery: 9,
    logEvery: 2,
  };
  const whole = join(root, "whole");
  expect(await runProcess({ out: whole, text, settings: { ...settings, epochs: 3 } }).ended).toBe("saved");
  const wanted = folderOutcome(whole);

  const out = join(root, "killed");
  const { below } = dice(SEED);
  let kills = 0;
  let reached = 0;
  let last: string | undefined;
  const started = () => existsSync(out) && readdirSync(out).some((name) => STATE.test(name));
  for (let lives = 0; last === undefined && lives < 200; lives++) {
    const { child, ended } = runProcess({ out, text, ...(!started() && { settings: { ...settings, epochs: 3 } }) });
    if (kills < KILLS) {
      // Saves take most of the time: a few milliseconds after an event is in one or beside it. All of the run is
      // reached.
      let events = below(64);
      child.stdout!.on("data", (data) => {
        events -= String(data).split("\n").length - 1;
        if (events <= 0) setTimeout(() => child.kill("SIGKILL"), below(16));
      });
    }
    last = await ended.catch((error) => {
      if (child.signalCode !== "SIGKILL") throw error;
      kills += 1;
      reached = lastWindow(out);
      return undefined;
    });
  }
  expect(last).toBe("saved");
  expect(kills).toBe(KILLS);
  expect(reached).toBeGreaterThan(100);
  expect(folderOutcome(out)).toEqual(wanted);
  expect(readdirSync(out).sort()).toEqual(readdirSync(whole).sort());
  // Every own line once, in order.
  const numbers = logLines(new Uint8Array(readFileSync(join(out, "log.jsonl")))).flatMap((line) =>
    "n" in line ? [line.n] : [],
  );
  expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => Number(a) - Number(b)));
});
