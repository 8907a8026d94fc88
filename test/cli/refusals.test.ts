// Whatever a user says wrongly, the answer is a few sentences and an exit code, never a stack trace.

import { Command } from "commander";
import { beforeAll, describe, expect, test } from "vitest";
import type { LonghandError } from "../../src/base/errors.js";
import type { SettingRow } from "../../src/base/setting.js";
import { flagOf, withFlags } from "../../src/cli/flags.js";
import { addSettings } from "../../src/cli/options.js";
import { settingRows } from "../../src/training/settings/table.js";
import { type Ended, folder, longhand, someText, tiny } from "../helpers/cli.js";

const cwd = folder({
  "t.txt": someText(),
  "empty.txt": "",
  "white.txt": " \n\n",
  "odd.json": "[1, 2]",
  "wrong.json": '{ "result": "r", "text": "t.txt", "settings": { "hiden": 3 } }',
  "leaky.txt": someText(),
  "leaky.json": '{ "text": "t.txt", "valid": "leaky.txt", "seconds": 1, "seeds": [1], "base": {}, "variants": {} }',
  "noRun/readme.txt": "nothing of a run",
  "half/model.safetensors": "",
  "broken/state.safetensors": "not a state",
});

beforeAll(async () => {
  const { code, err } = await longhand(cwd, `train t.txt ${tiny} --steps 2 --quiet`);
  expect({ code, err }).toEqual({ code: 0, err: "" });
});

/** As in a shell, but '' is an empty word. */
const wordsOf = (line: string) => line.split(" ").map((word) => (word === "''" ? "" : word));

/** What is typed, the exit code, and what the answer must hold. */
const table: readonly (readonly [line: string, code: number, ...says: string[]])[] = [
  ["--nonsense", 2, "--nonsense"],
  ["trian t.txt", 2, "trian", "train"],
  ["evalute runs/t t.txt", 2, "evaluate"],
  ["train", 2, "a file, a folder, or -"],
  ["train ''", 2, '""'],
  ["train t.txt --hiden 8", 2, "--hiden", "--hidden"],
  ["train t.txt --vaild-fraction 0.2", 2, "--vaild-fraction", "--valid-fraction"],
  ["train t.txt --hidden", 2, "--hidden"],
  ["train t.txt --hidden 1.5", 2, "--hidden wants a whole number", "1.5"],
  ["train t.txt --hidden ten", 2, "--hidden", "ten"],
  ["train t.txt --hidden NaN", 2, "--hidden", "NaN"],
  ["train t.txt --hidden Infinity", 2, "--hidden", "Infinity"],
  ["train t.txt --lr ''", 2, "--lr", '""'],
  ["train t.txt --tied maybe", 2, "--tied", "on, off", "maybe"],
  ["train t.txt --cell grru", 2, "--cell", "grru", "Did you mean gru?"],
  ["train t.txt --engine gpu", 2, "--engine", "gpu"],
  ["train t.txt --schedule piecewise --rates 1:x --out runs/n", 2, "--rates"],
  ["train t.txt --rates 1:0.1 --out runs/n", 2, "--rates", "--schedule"],
  ["train t.txt --momentum 0.5 --out runs/n", 2, "--momentum", "--optimizer"],
  ["train t.txt --forget-bias 1 --out runs/n", 2, "--forget-bias", "--cell"],
  ["train t.txt --tied on --out runs/n", 2, "--embedding"],
  ["train t.txt --dropout 0.5 --out runs/n", 2, "--dropout", "--layers"],
  ["train t.txt --specials a,a --out runs/n", 2, "specials"],
  ["train t.txt --unit byte --min-freq 2 --out runs/n", 2, "--min-freq"],
  ["train t.txt --min-freq 100000 --out runs/n", 2, "--min-freq"],
  [
    "train t.txt --hidden 65536 --layers 64 --out runs/n",
    2,
    "TiB",
    "parameters",
    "would fit: --hidden",
    "or --layers 1",
  ],
  ["train t.txt --steps 3 --epochs 2 --out runs/n", 2, "--epochs does nothing with --steps 3"],
  ["train t.txt --minutes 3 --steps 2 --out runs/n", 2, "--minutes does nothing with --steps 2"],
  ["advise t.txt --minutes 3 --steps 2", 2, "--minutes does nothing with --steps 2"],
  ["train t.txt --minutes 3 --epochs 2 --out runs/n", 2, "--epochs does nothing with --minutes 3"],
  ["train t.txt --out t.txt", 2, "--out", "t.txt"],
  ["train t.txt --out t.txt/run", 2, "t.txt is a file; a folder is wanted"],
  ["train t.txt --recipe nowhere.json --out runs/n", 2, "nowhere.json"],
  ["train --recipe t.txt", 2, "t.txt is no recipe", "not JSON"],
  ["train --recipe odd.json", 2, "odd.json is no recipe"],
  ["train --recipe wrong.json", 2, "hiden", "hidden"],
  ["train --recipe noRun", 2, "noRun is a folder"],
  ["train t.txt --valid nowhere.txt --out runs/n", 2, "nowhere.txt"],
  ["train t.txt --valid empty.txt --out runs/n", 2, "empty.txt"],
  ["train t.txt --valid - --out runs/n", 2, "--valid"],
  ["train t.txt", 2, "runs/t", "Resume it", "--force"],
  ["resume", 2, "run"],
  ["resume nowhere", 2, "nowhere"],
  ["resume t.txt", 2, "t.txt is a file"],
  ["resume noRun", 2, "noRun", "state.safetensors"],
  ["resume broken", 5, "broken"],
  ["resume runs/t --hidden 9", 2, "--hidden 8 is now --hidden 9"],
  ["resume runs/t runs/t", 2, "resume"],
  ["generate", 2, "run"],
  ["generate nowhere", 2, "nowhere"],
  ["generate noRun", 2, "noRun", "model.safetensors"],
  ["generate t.txt", 2, "t.txt is neither", "folder"],
  ["generate half", 5, "model.safetensors"],
  ["generate runs/t --length -1", 2, "--length", "-1"],
  ["generate runs/t --count 0", 2, "--count"],
  ["generate runs/t --temperature -1", 2, "--temperature"],
  ["generate runs/t --top-p 0", 2, "--top-p"],
  ["generate runs/t --top-p 1.5", 2, "--top-p"],
  ["generate runs/t --min-p 2", 2, "--min-p"],
  ["generate runs/t --top-k -1", 2, "--top-k"],
  ["generate runs/t --prompt Ω", 2, "Ω", "--unknown"],
  ["generate runs/t --unknown what", 2, "--unknown", "what"],
  ["generate runs/t --engine gpu", 2, "--engine", "gpu"],
  ["score runs/t", 2, "text"],
  ["score runs/t nowhere.txt", 2, "nowhere.txt"],
  ["score runs/t noRun", 2, "noRun is a folder"],
  ["score runs/t empty.txt", 2, "empty.txt is empty"],
  ["score runs/t white.txt --documents line", 2, "white.txt has no document"],
  ["score runs/t t.txt --top 3", 2, "--top", "--documents"],
  ["score runs/t t.txt --by character", 2, "--by", "--documents"],
  ["score runs/t t.txt --documents line --top NaN", 2, "--top", "NaN"],
  ["score nowhere t.txt", 2, "nowhere"],
  ["compare runs/t", 2, "run-b"],
  ["compare runs/t nowhere", 2, "nowhere"],
  ["compare runs/t runs/t empty.txt", 2, "empty.txt is empty"],
  ["compare runs/t runs/t t.txt", 2, "--force"],
  ["compare runs/t t.txt", 2, "t.txt is neither"],
  ["ablate", 2, "recipe"],
  ["ablate nowhere.json", 2, "nowhere.json", "JSON file"],
  ["ablate t.txt", 2, "t.txt is no recipe", "not JSON"],
  ["ablate odd.json", 2, '"text" wants a path', '"seconds" wants a number above 0'],
  ["ablate leaky.json", 2, "100% of leaky.txt occurs in the training text", "Hold out"],
  ["evaluate runs/t t.txt --state warm", 2, "--state", "warm"],
  ["evaluate runs/t t.txt --state document", 2, "--documents"],
  ["evaluate runs/t t.txt", 2, "--force"],
  ["evaluate runs/t nowhere.txt", 2, "nowhere.txt"],
  ["evaluate runs/t empty.txt", 2, "empty.txt"],
  ["evaluate runs/t t.txt --batch 0", 2, "--batch"],
  ["evaluate runs/t t.txt --batch NaN", 2, "--batch", "NaN"],
  ["evaluate runs/t t.txt --state cold:0", 2, "--state", "cold:0"],
  ["evaluate noRun t.txt", 2, "noRun"],
  ["evaluate t.txt t.txt", 2, "t.txt is neither a run's folder nor a model file", "train"],
  ["info nowhere", 2, "nowhere"],
  ["info runs/t/model.safetensors", 2, "is a file"],
  ["info noRun", 2, "noRun"],
  ["start now", 2, "start"],
];

function readable({ code, signal, out, err }: Ended): void {
  expect(signal).toBe(null);
  expect([2, 3, 4, 5]).toContain(code);
  expect(out).toBe("");
  expect(err).not.toMatch(/^ {4}at |bug in longhand|undefined|\[object/m);
  const sentences = err.split("\n").filter((line) => line !== "");
  expect(sentences.length).toBeGreaterThan(0);
  expect(sentences.length).toBeLessThanOrEqual(3);
}

describe.concurrent("what is said wrongly is answered by a few sentences", () => {
  for (const [i, [line, code, ...says]] of table.entries()) {
    test(`longhand ${line}`, async () => {
      // A folder each: one that is refused takes its folder away, maybe under the hands of another.
      const ended = await longhand(cwd, wordsOf(line.replace(/runs\/n\b/, `runs/n${i}`)));
      readable(ended);
      for (const each of says) expect(ended.err).toContain(each);
      expect(ended.code).toBe(code);
    });
  }
});

describe("every setting refuses what is just outside of its range, by its flag", () => {
  const outside = (setting: SettingRow): string[] => {
    if (setting.type === "choice" || setting.type === "flag") return ["nonsense"];
    if (setting.type === "text") return [];
    const open = (end: "min" | "max") => setting.open === end || setting.open === "both";
    const step = setting.type === "integer" ? 1 : 1e-3;
    const low = open("min") ? setting.min : setting.min - step;
    const high = open("max") ? setting.max : setting.max * 1.5;
    return [low, high].filter(Number.isFinite).map(String);
  };
  const cases = settingRows.flatMap((setting) => outside(setting).map((value) => [flagOf(setting), value] as const));

  test.each(cases)("%s %s", (flag, value) => {
    const command = addSettings(new Command().exitOverride(), settingRows);
    let said: unknown;
    try {
      command.parse([flag, value], { from: "user" });
    } catch (error) {
      said = error;
    }
    expect(said).toMatchObject({ code: "usage" });
    const { message, setting } = said as LonghandError;
    expect(withFlags(message, setting)).toMatch(new RegExp(`^${flag} wants `));
  });
});
