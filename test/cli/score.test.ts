// score, evaluate and info: numbers for people and for programs, and that they agree.

import { rmSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { fill, folder, lines, longhand, outcome, someText, tiny } from "../helpers/cli.js";

const text = someText();
const other = `The owl took honey,\nand a cat Ω.\n\nno end`;
const cwd = folder({ "t.txt": text, "other.txt": other, "long.txt": `${other}\n`.repeat(9) });
beforeAll(async () => {
  const { code, err } = await longhand(cwd, `train t.txt ${tiny} --lr 0.02 --steps 40 --validate-every 20 --quiet`);
  expect({ code, err }).toEqual({ code: 0, err: "" });
});

async function say(words: string, input?: string): Promise<string> {
  const { code, out, err } = await longhand(cwd, words, input === undefined ? {} : { input });
  expect({ code, err }).toEqual({ code: 0, err: "" });
  return out;
}

describe.concurrent("score", () => {
  test("prints each line's surprisal and the total, which is evaluate's with one lane, digit for digit", async () => {
    const [people, machines, piped, evaluated] = await Promise.all([
      say("score runs/t other.txt"),
      say("score runs/t other.txt --json"),
      say("score runs/t - --json", other),
      say("evaluate runs/t other.txt --batch 1 --json"),
    ]);
    const rows = lines(people);
    expect(rows.length).toBe(7);
    expect(rows[1]).toMatch(/^ {5}1 +\d+\.\d\d +\d+\.\d {3}The owl took honey,$/);
    expect(rows[3]).toMatch(/^ {5}3 /);
    expect(rows.slice(1, 5).map((row) => row[28])).toEqual([" ", "?", " ", " "]);
    expect(rows[6]).toBe(
      "1 of 40 tokens (3%) is unknown; it costs <unk> and 8 bits a byte. ? marks 1 line with unknown tokens.",
    );
    expect(rows[5]).toMatch(/^total \d+\.\d\d nats over 40 characters: /);
    expect(piped).toBe(machines);

    const parsed = lines(machines).map((line) => JSON.parse(line));
    const { kind, ...total } = parsed.pop();
    expect(kind).toBe("result");
    expect(parsed.map(({ line }) => line)).toEqual([1, 2, 3, 4]);
    const tokens = parsed.flatMap((line) => line.tokens as { token: string; nats: number; unknown?: true }[]);
    expect(tokens.map(({ token }) => token).join("")).toBe(other);
    expect(tokens.filter(({ unknown }) => unknown).map(({ token }) => token)).toEqual(["Ω"]);
    expect(tokens.reduce((sum, { nats }) => sum + nats, 0)).toBe(total.totalNats);
    const { model, unknown } = JSON.parse(evaluated);
    expect(total).toMatchObject(model);
    expect(unknown).toBe(1);
  });
});

describe.concurrent("evaluate", () => {
  test("names its lanes and its state, and stands beside n-gram and uniform", async () => {
    const out = await say("evaluate runs/t other.txt");
    expect(lines(out).slice(0, 3)).toEqual([
      "other.txt: 40 tokens, each scored once",
      "1 of 40 tokens (3%) is unknown; it costs <unk> and 8 bits a byte.",
      "The state is carried, from zero at each lane's start; 1 lane.",
    ]);
    expect(
      lines(out)
        .slice(3)
        .map((line) => line.trim().split(/ {2,}/)[0]),
    ).toEqual([
      "nats",
      "this model",
      expect.stringMatching(/^\d+-gram$/),
      "uniform guess",
      "The text is too short for an interval.",
      "The compressor is left out: a text below 256 bytes is too short.",
    ]);
  });

  test("with a text of some length stand an interval and a compressor beside it; --model-only leaves both out", async () => {
    const [whole, modelOnly] = await Promise.all([
      say("evaluate runs/t long.txt"),
      say("evaluate runs/t long.txt --model-only"),
    ]);
    const names = (out: string) =>
      lines(out)
        .slice(4)
        .map((line) => line.trim().split(/ {2,}/)[0]);
    expect(names(whole)).toEqual([
      "this model",
      "95% from",
      "95% to",
      expect.stringMatching(/^\d+-gram$/),
      "uniform guess",
      "brotli",
      "brotli + training",
      expect.stringMatching(/^The 95% interval comes from \d+ blocks of the text\.$/),
      expect.stringMatching(/^brotli at quality 11 compresses the text to \d[\d.]* (KiB|bytes)\.$/),
      expect.stringMatching(/^"\+ training": it has compressed \d[\d.]* (KiB|bytes) of the training text first\.$/),
    ]);
    for (const line of lines(whole)) expect(line.length).toBeLessThanOrEqual(80);
    expect(names(modelOnly)).toEqual([
      "this model",
      "95% from",
      "95% to",
      "uniform guess",
      expect.stringMatching(/^The 95% interval/),
    ]);
    expect(whole + modelOnly).not.toMatch(/NaN|Infinity/);
  });

  test("without a text it scores the run's validation part, with the very loss that the run told", async () => {
    const [own, info] = await Promise.all([say("evaluate runs/t --json"), say("info runs/t --json")]);
    const { text: name, model, words } = JSON.parse(own);
    expect(name).toBe("the validation part of runs/t");
    const { best } = JSON.parse(info);
    expect(model.nats).toBeCloseTo(best.nats, 6);
    expect(words).toBe(text.slice(Math.floor(text.length * 0.9)).match(/\S+/g)!.length);
    expect(
      (await say("evaluate runs/t other.txt --state cold:1 --model-only")).includes("reset to zero every token"),
    ).toBe(true);
  });

  test("a text that the run was trained on is refused with how much of it, and scored --force", async () => {
    const refused = await longhand(cwd, "evaluate runs/t t.txt");
    expect(refused).toMatchObject({ code: 2, out: "" });
    expect(refused.err).toMatch(/^\d+% of t\.txt occurs in the text that runs\/t was trained on[\s\S]*--force/);
    expect((await longhand(cwd, "evaluate runs/t t.txt --force --model-only")).code).toBe(0);
  });

  test("a run compared with itself differs by nothing", async () => {
    const out = JSON.parse(await say("compare runs/t runs/t --json"));
    expect(out.perCharacter).toMatchObject({ difference: 0 });
    expect(out.verdict).toMatch(/^The text is too short for an interval/);
  });

  test("a model file alone knows no training text: the n-gram is left out, and why is said", async () => {
    const { out, err } = await longhand(cwd, "evaluate runs/t/model.safetensors other.txt");
    expect(err).toMatch(
      /^runs\/t\/model\.safetensors is no run's folder: whether it was trained on this text is not known\.\n$/,
    );
    expect(out).toMatch(
      /\n {2}The n-gram is left out: runs\/t\/model\.safetensors is no run's folder, so its training text is not known\.\n/,
    );
    expect(out).toContain("; 1 lane.\n");
    expect(out).not.toMatch(/\d-gram /);
  });

  test("where the training text is gone or has changed, the n-gram is counted from the run's tokens", async () => {
    const home = folder({ "t.txt": text, "other.txt": other });
    expect((await longhand(home, `train t.txt ${tiny} --steps 2 --quiet`)).code).toBe(0);
    const before = await longhand(home, "evaluate runs/t other.txt");
    fill(home, { "t.txt": `${text}!` });
    const changed = await longhand(home, "evaluate runs/t other.txt");
    rmSync(join(home, "t.txt"));
    const gone = await longhand(home, "evaluate runs/t other.txt");
    expect(before.out).toMatch(/\n {2}\d-gram +\d/);
    for (const each of [changed, gone]) expect(each).toEqual(before);
  });

  test("evaluating and writing change nothing of a run", async () => {
    const before = outcome(join(cwd, "runs/t"));
    await say("evaluate runs/t other.txt");
    await say("generate runs/t --length 5");
    await say("info runs/t");
    expect(outcome(join(cwd, "runs/t"))).toEqual(before);
  });
});

describe.concurrent("info", () => {
  test("tells what a run is, how far it came, and the next command", async () => {
    const [people, machines] = await Promise.all([say("info runs/t"), say("info runs/t --json")]);
    expect(people).toMatch(/^run {8}runs\/t: finished, 40 windows, epoch 2, 2,532 tokens$/m);
    expect(people).toMatch(
      /^settings {3}--hidden 8 --embedding 8 --batch 4 --bptt 16 .*--lr 0\.02 .*--steps 40 --validate-every 20 --sample-length 20$/m,
    );
    expect(people).toMatch(/^best {7}\d\.\d{4} nats at window \d+$/m);
    expect(people.match(/^ {2}window +\d+ /gm)?.length).toBe(2);
    expect(people).toMatch(/^next {7}npx longhand generate runs\/t --length 500$/m);
    expect(JSON.parse(machines)).toMatchObject({
      folder: "runs/t",
      ended: true,
      position: { window: 40, tokens: 2532 },
      settings: { hidden: 8 },
      validations: [{ window: 20 }, { window: 40 }],
    });
  });
});
