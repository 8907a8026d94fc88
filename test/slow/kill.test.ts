// kill -9 of a real process, again and again at random moments, in saves and out of them: whatever was cut off, the run that
// is gone on with ends as one that was never killed, and nothing is left behind that wants a human.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { dice } from "../helpers/damage.js";
import { folderOutcome, logLines, runProcess, tinyText } from "../helpers/run.js";

const root = mkdtempSync(join(tmpdir(), "longhand-"));
afterAll(() => rmSync(root, { recursive: true }));

const KILLS = 20;
const SEED = 11;

test(`killed ${KILLS} times at random moments (seed ${SEED}) and resumed, a run ends as one that never was`, async () => {
  const text = join(root, "text.txt");
  writeFileSync(text, tinyText(4000));
  const knobs = {
    cell: "lstm",
    layers: 2,
    dropout: 0.2,
    windowRule: "awd",
    saveEvery: 0,
    validateEvery: 9,
    logEvery: 2,
  };
  const whole = join(root, "whole");
  expect(await runProcess({ out: whole, text, knobs: { ...knobs, epochs: 8 } }).ended).toBe("saved");
  const wanted = folderOutcome(whole);

  const out = join(root, "killed");
  const { below } = dice(SEED);
  let kills = 0;
  let last: string | undefined;
  const hasState = () =>
    readdirSync(root).includes("killed") &&
    readdirSync(out).some((name) => /^state\.safetensors(\.previous)?$/.test(name));
  for (let lives = 0; last === undefined && lives < 200; lives++) {
    const { child, ended } = runProcess({ out, text, ...(!hasState() && { knobs: { ...knobs, epochs: 8 } }) });
    if (kills < KILLS) {
      // From the first event on (the state is being written then), for about as long as a third of the run takes.
      child.stdout!.once("data", () => setTimeout(() => child.kill("SIGKILL"), below(120)));
    }
    last = await ended.catch((error) => {
      if (child.signalCode !== "SIGKILL") throw error;
      kills += 1;
      return undefined;
    });
  }
  expect(last).toBe("saved");
  expect(kills).toBe(KILLS);
  expect(folderOutcome(out)).toEqual(wanted);
  expect(readdirSync(out).sort()).toEqual(readdirSync(whole).sort());
  // Every own line once, in order.
  const numbers = logLines(new Uint8Array(readFileSync(join(out, "log.jsonl")))).flatMap((line) =>
    "n" in line ? [line.n] : [],
  );
  expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => Number(a) - Number(b)));
});
