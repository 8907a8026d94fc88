// What advise prints, draws and refuses, and what train makes of it.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Advice } from "../../src/training/adviser/adviser.js";
import { folder, lines, longhand, someText } from "../helpers/cli.js";

const text = someText(120);
const small = "--hidden 8 --embedding 8 --minutes 0.02 --threads 1";

describe.concurrent("advise", () => {
  test("with --json prints the measurements and the advice as one object, and draws them where it is told", async () => {
    const cwd = folder({ "t.txt": text });
    const { code, out, err } = await longhand(cwd, `advise t.txt ${small} --svg a.svg --json`);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const found = JSON.parse(out) as Advice & { kind: string; next: string };
    expect(found.kind).toBe("result");
    const { bptt, batch, clip } = found.advised;
    expect(found.ranked.some((each) => each.bptt === bptt && each.batch === batch)).toBe(true);
    expect(found.gradientDecay.norms.every((norm) => norm >= 0)).toBe(true);
    expect(found.context.rows[0]!.above.mean).toBeGreaterThan(0); // a character alone is the worst context
    for (const { bytes, seconds } of found.speeds) expect(Math.min(bytes, seconds)).toBeGreaterThan(0);
    expect(found.speeds.some(({ measured }) => (measured ?? 0) > 0)).toBe(true);
    expect(found.learning.noise).toBeGreaterThan(0);
    expect(found.next).toBe(
      "npx longhand train t.txt --hidden 8 --embedding 8 --minutes 0.02 " +
        `--threads 1 --bptt ${bptt} --batch ${batch} --clip ${clip}`,
    );
    const picture = readFileSync(join(cwd, "a.svg"), "utf8");
    expect(picture).toMatch(/^<svg [\s\S]*<\/svg>\n$/);
    expect(picture).not.toMatch(/NaN|Infinity|undefined/);
  });

  test("prints three choices with a reason each, and the next command", async () => {
    const { code, out } = await longhand(folder({ "t.txt": text }), `advise t.txt ${small}`);
    expect(code).toBe(0);
    const next = lines(out).at(-1)!;
    expect(next).toMatch(/^next {9}npx longhand train t\.txt /);
    for (const flag of ["bptt", "batch", "clip"]) {
      const value = new RegExp(`--${flag} (\\S+)`).exec(next)![1]!;
      expect(out).toMatch(new RegExp(`^--${flag} ${value} `, "m"));
    }
  });

  test("what was set stays", async () => {
    const { code, out } = await longhand(folder({ "t.txt": text }), `advise t.txt ${small} --bptt 20 --clip 3 --json`);
    expect(code).toBe(0);
    const found = JSON.parse(out) as Advice;
    expect(found.advised).toMatchObject({ bptt: 20, clip: 3 });
    expect(found.given).toEqual(["bptt", "clip"]);
    expect(found.speeds.every(({ bptt }) => bptt === 20)).toBe(true);
  });

  test("a short text, a state that is not carried, and no room are refused with the next move", async () => {
    const cwd = folder({ "t.txt": text, "short.txt": text.slice(0, 900) });
    const refused = async (words: string) => {
      const { code, out, err } = await longhand(cwd, `advise ${words} --hidden 8`);
      expect({ code, out }).toEqual({ code: 2, out: "" });
      return err;
    };
    expect(await refused("short.txt")).toMatch(
      /has 8\d\d tokens; the adviser needs at least 2000\.\nGive a longer text/,
    );
    expect(await refused("t.txt --reset-state window")).toMatch(
      /carries its state .*got --reset-state window\.\nLeave it out/,
    );
    expect(await refused("t.txt --memory 0.01")).toMatch(/needs .* there are 10\.2 KiB\.\nGive it more memory/);
  });

  test("train --advise prints the advice, trains with it, saves it, and leaves given settings alone", async () => {
    const cwd = folder({ "t.txt": text });
    const { code, out, err } = await longhand(cwd, `train t.txt ${small} --advise --batch 4 --sample-length 0 --out r`);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const found = JSON.parse(readFileSync(join(cwd, "r/advice.json"), "utf8")) as Advice;
    const { settings } = JSON.parse(readFileSync(join(cwd, "r/config.json"), "utf8")) as { settings: object };
    expect(settings).toMatchObject({ ...found.advised, batch: 4, minutes: 0.02 });
    expect(out.indexOf(`--bptt ${found.advised.bptt} `)).toBeGreaterThan(0);
    expect(out).toMatch(/windows of 4 lanes/);
    expect(
      (await longhand(cwd, `train t.txt ${small} --steps 2 --quiet --force --out r`.replace("--minutes 0.02 ", "")))
        .code,
    ).toBe(0);
    expect(existsSync(join(cwd, "r/advice.json"))).toBe(false);
  });
});
