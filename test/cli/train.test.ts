// What train leaves, prints and refuses when all is well; its faces: plain lines, JSON, silence.

import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { folder, lines, longhand, outcome, someText, tiny } from "../helpers/cli.js";
import { noMounts } from "../helpers/tools.js";

const text = someText();
const ESC = "\u001b";

describe.concurrent("train", () => {
  test("without --out the run is in runs/ under the text's name, and the screen is plain lines without a bar", async () => {
    const cwd = folder({ "books/my.first.txt": text });
    const { code, out, err } = await longhand(cwd, `train books/my.first.txt ${tiny} --steps 30 --validate-every 15`);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(readdirSync(join(cwd, "runs/my.first")).sort()).toEqual([
      "config.json",
      "log.jsonl",
      "model.safetensors",
      "state.safetensors",
      "state.safetensors.previous",
      "tokens.safetensors",
    ]);
    expect(out).not.toMatch(/[━─\r]/);
    expect(out).not.toContain(ESC);
    const moving = lines(out).filter((line) => line.includes("tok/s"));
    expect(moving.length).toBe(30);
    expect(moving.at(-1)).toMatch(
      /^100% {2} *[\d.]+k? tok\/s {2}0:00 left {2}\d\.\d{3} nats {2}\d\.\d\d bits {2}valid \d\.\d\d {2}\d+-gram \d\.\d\d {2}uniform \d\.\d\d$/,
    );
    expect(out).toMatch(/^window 15 {2}valid \d\.\d{4} nats {2}\d\.\d{3} bits\/char {2}perplexity \d+\.\d\d {2}best$/m);
    expect(out).toContain("npx longhand generate runs/my.first");
  });

  test.each(["word", "byte"])(
    "the bits of the moving line are bits a character of the text: --unit %s",
    async (unit) => {
      const odd = text.replaceAll("o", "ø");
      const flags = `--unit ${unit} --valid-fraction 0 --steps 3`;
      const { code, out } = await longhand(folder({ "t.txt": odd }), `train t.txt ${tiny} ${flags}`);
      expect(code).toBe(0);
      const tokens = Number(/([\d,]+) training tokens/.exec(out)![1]!.replaceAll(",", ""));
      const [, nats, bits] = /^100% .* (\d\.\d{3}) nats {2}(\d\.\d\d) bits/m.exec(out)!.map(Number);
      expect(bits).toBeCloseTo((nats! * tokens) / Math.LN2 / [...odd].length, 1);
      expect(Math.abs(tokens / [...odd].length - 1)).toBeGreaterThan(0.05);
    },
  );

  test("--json prints every event as a line of JSON and nothing else", async () => {
    const { code, out, err } = await longhand(folder({ "t.txt": text }), `train t.txt ${tiny} --steps 12 --json`);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const kinds = lines(out).map((line) => (JSON.parse(line) as { kind: string }).kind);
    const windows = Array.from({ length: 12 }, () => "window");
    expect(kinds).toEqual([
      "reading",
      "saved",
      "start",
      ...windows,
      "baseline",
      "validation",
      "sample",
      "end",
      "saved",
      "result",
    ]);
    const { folder: where, nats, model } = JSON.parse(lines(out).at(-1)!);
    expect([where, model]).toEqual(["runs/t", "runs/t/model.safetensors"]);
    expect(nats).toBe(JSON.parse(lines(out).at(-3)!).best);
  });

  test("--quiet prints nothing, not even a notice", async () => {
    const { code, out, err } = await longhand(
      folder({ "t.txt": `\ufeff${text}` }),
      `train t.txt ${tiny} --steps 2 --quiet`,
    );
    expect({ code, out, err }).toEqual({ code: 0, out: "", err: "" });
  });

  test("--force takes a run's own files only, and only after the new text was read", async () => {
    const cwd = folder({ "t.txt": text, "new.txt": text.slice(900), "r/notes.md": "mine", "empty.txt": "" });
    const run = join(cwd, "r");
    expect((await longhand(cwd, `train t.txt ${tiny} --steps 2 --quiet --out r`)).code).toBe(0);
    const before = outcome(run);
    const refused = await longhand(cwd, `train new.txt ${tiny} --steps 2 --out r`);
    expect(refused).toMatchObject({ code: 2, out: "" });
    expect(refused.err).toMatch(/^There is a run in r already\.\nResume it, .*--force/);
    expect((await longhand(cwd, `train empty.txt ${tiny} --out r --force`)).code).toBe(2);
    expect(outcome(run)).toEqual(before);
    expect((await longhand(cwd, `train new.txt ${tiny} --steps 2 --quiet --out r --force`)).code).toBe(0);
    expect(outcome(run).model).not.toBe(before.model);
    expect(readFileSync(join(run, "notes.md"), "utf8")).toBe("mine");
  });

  test("a text that was named from one folder is found where the run goes on from another", async () => {
    const [home, elsewhere] = [folder({ "texts/t.txt": text }), folder({ "texts/t.txt": "another text" })];
    const flags = `${tiny} --schedule constant --quiet`;
    expect(await longhand(home, `train texts/t.txt ${flags} --epochs 2 --out whole`)).toMatchObject({ code: 0 });
    expect(await longhand(home, `train texts/t.txt ${flags} --epochs 1 --out r`)).toMatchObject({ code: 0 });
    const rest = await longhand(elsewhere, ["resume", join(home, "r"), "--epochs", "2", "--quiet"]);
    expect(rest).toMatchObject({ code: 0, err: "" });
    expect(outcome(join(home, "r")).model).toBe(outcome(join(home, "whole")).model);
  });

  test("a recipe gives text and settings, and flags go before it", async () => {
    const recipe = {
      result: "nothing yet",
      text: "../t.txt",
      settings: { hidden: 8, embedding: 8, batch: 4, steps: 3 },
    };
    const cwd = folder({ "t.txt": text, "recipes/my.json": JSON.stringify(recipe) });
    const { code, out } = await longhand(cwd, "train --recipe recipes/my.json --bptt 16 --steps 2 --out r");
    expect(code).toBe(0);
    expect(out).toContain("length  2 windows of 4 lanes");
    expect(JSON.parse(readFileSync(join(cwd, "r/config.json"), "utf8")).settings).toMatchObject({
      hidden: 8,
      bptt: 16,
      steps: 2,
    });
    const more = await longhand(cwd, "train --recipe recipes/my.json --epochs 1 --quiet --out e");
    expect(more).toMatchObject({ code: 0, err: "" });
    const { settings } = JSON.parse(readFileSync(join(cwd, "e/config.json"), "utf8"));
    expect([settings.epochs, settings.steps]).toEqual([1, undefined]);
  });

  test("--minutes is measured once and recorded: --steps with that number gives the same bits", async () => {
    const cwd = folder({ "t.txt": text.slice(0, 2000) });
    expect((await longhand(cwd, `train t.txt ${tiny} --minutes 0.005 --quiet --out m`)).code).toBe(0);
    const { steps } = JSON.parse(readFileSync(join(cwd, "m/config.json"), "utf8")).settings as { steps: number };
    expect((await longhand(cwd, `train t.txt ${tiny} --steps ${steps} --quiet --out s`)).code).toBe(0);
    expect(outcome(join(cwd, "s")).log).toEqual(outcome(join(cwd, "m")).log);
  });

  test("what a write cannot do ends with 3 and says what was saved", async () => {
    const cwd = folder({ "t.txt": text });
    const ended = await longhand(
      cwd,
      ["-c", 'ulimit -f 24; exec "$0" "$@"', process.execPath, ...mainWords(`train t.txt ${tiny} --hidden 64 --out r`)],
      { program: "sh" },
    );
    expect(ended.err).toMatch(/^Cannot write r\/state\.safetensors: .*\(EFBIG\)\. The earlier save is intact\.\n/);
    expect(ended.code).toBe(3);
    expect(existsSync(join(cwd, "r/state.safetensors"))).toBe(false);
  });

  test("a full disk ends with 3 and says how many bytes are needed; with room again, resume goes on", async (context) => {
    const lacking = noMounts();
    if (lacking !== undefined) return context.skip(lacking);
    const cwd = folder({ "t.txt": text });
    mkdirSync(join(cwd, "disk"));
    // In a mount namespace of its own, gone with the process; 112 KiB hold not all of this run.
    const script = `mount -t tmpfs -o size=112k tmpfs disk || exit 99
      "$0" "$1" train t.txt ${tiny} --hidden 40 --steps 3 --quiet --out disk/r; echo "ended with $?"
      mount -o remount,size=1m disk; "$0" "$1" resume disk/r --quiet; echo "then with $?"`;
    const ended = await longhand(cwd, ["-rm", "sh", "-c", script, process.execPath, ...mainWords("")], {
      program: "unshare",
    });
    expect(ended.err).toMatch(
      /^Cannot write disk\/r\/(state|model)\.safetensors: the disk is full \(ENOSPC\); \d+ bytes are needed\. .*\nFree some space/,
    );
    expect(ended.out).toBe("ended with 3\nthen with 0\n");
  });

  test("a run that diverges ends with 4, keeps the last good model and advises with numbers", async () => {
    const cwd = folder({ "t.txt": text });
    const wild = "--cell rnn --nonlinearity relu --optimizer sgd --lr 1e12 --clip 0";
    const { code, out, err } = await longhand(cwd, `train t.txt ${tiny} ${wild} --steps 20 --json --out r`);
    expect(code).toBe(4);
    expect(err).toMatch(
      /^Window \d+: the (loss|gradient) .*lane \d.* After 6 attempts from window \d+ the run ends\. The last good model is kept\.\nTry one of these, in this order: --lr \d+ /,
    );
    const kinds = lines(out).map((line) => JSON.parse(line).kind);
    expect(kinds.filter((kind) => kind === "retry")).toHaveLength(6);
    expect(kinds).toContain("diverged");
    expect((await longhand(cwd, "generate r --length 3")).code).toBe(0);
  });
});

test("with a rate of 1e10 a run recovers or ends with 4; its model is whole either way, and info says what a run changed", async () => {
  const cwd = folder({ "t.txt": text });
  const wild = await longhand(cwd, `train t.txt ${tiny} --lr 1e10 --steps 20 --quiet --out wild`);
  expect(wild.code).toBe(4);
  expect(wild.err).toMatch(/^Window \d+: the loss exploded to \d+ nats.* The last good model is kept\.\nTry one/);
  expect((await longhand(cwd, "generate wild --length 3")).code).toBe(0);
  const hot = await longhand(cwd, `train t.txt ${tiny} --lr 1e10 --tries 60 --steps 20 --out hot`);
  expect(hot.code).toBe(0);
  expect(hot.out).toMatch(
    /\nWindow 2: the loss exploded to .* most in lane \d+, step \d+, at ".*"\.\nBack to window 0, with /,
  );
  expect(hot.out).toMatch(/; attempt 7 of 60\.\n/);
  expect((await longhand(cwd, "generate hot --length 3")).code).toBe(0);
  expect((await longhand(cwd, "info hot")).out).toMatch(
    /\nrecovered {2}--lr [\d.e-]+ .*, since it diverged in window \d+\n/,
  );
});

function mainWords(words: string): string[] {
  return [join(import.meta.dirname, "../../dist/cli/main.js"), ...words.split(" ").filter(Boolean)];
}
