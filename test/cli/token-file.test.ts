// The token file beside a run, as a user meets it: there after a start, gone through on resume, made again where it is
// not whole, and nothing left where a run never came to be.

import { existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { folder, longhand, outcome, someText, start, tiny } from "../helpers/cli.js";

const text = someText(120);
const run = `train t.txt ${tiny} --schedule constant`;

describe.concurrent("the token file", () => {
  test("is made again where it is gone, cut off or changed; the run goes on as if it had been whole", async () => {
    const cwd = folder({ "t.txt": text });
    expect((await longhand(cwd, `${run} --epochs 1 --quiet --out once`)).code).toBe(0);
    expect((await longhand(cwd, "resume once --epochs 2 --quiet")).code).toBe(0);
    const tokens = join(cwd, "r/tokens.safetensors");
    for (const damage of [
      () => rmSync(tokens),
      () => truncateSync(tokens, 5000),
      () => writeFileSync(tokens, readFileSync(join(cwd, "t.txt"))),
      () => {
        const bytes = readFileSync(tokens);
        bytes[5000]! ^= 1;
        writeFileSync(tokens, bytes);
      },
    ]) {
      expect((await longhand(cwd, `${run} --epochs 1 --quiet --force --out r`)).code).toBe(0);
      const whole = readFileSync(tokens);
      damage();
      expect(await longhand(cwd, "resume r --epochs 2 --quiet")).toMatchObject({ code: 0, err: "" });
      expect(readFileSync(tokens).equals(whole)).toBe(true);
      expect(outcome(join(cwd, "r"))).toEqual(outcome(join(cwd, "once")));
    }
  });

  test("a text that cannot be read leaves no folder, and --force then leaves the run that was there", async () => {
    const cwd = folder({ "t.txt": text, "bad.txt": Uint8Array.of(...new TextEncoder().encode(text), 0xff, 65) });
    expect((await longhand(cwd, `train bad.txt ${tiny} --out new/folders/r`)).code).toBe(2);
    expect(existsSync(join(cwd, "new"))).toBe(false);
    expect((await longhand(cwd, `${run} --epochs 1 --quiet --out r`)).code).toBe(0);
    const before = readdirSync(join(cwd, "r")).map((name) => readFileSync(join(cwd, "r", name)));
    const refused = [`train bad.txt ${tiny} --force --out r`, `train t.txt --hidden 9999999 --force --out r`];
    for (const words of refused) expect((await longhand(cwd, words)).code).toBe(2);
    expect(readdirSync(join(cwd, "r")).map((name) => readFileSync(join(cwd, "r", name)))).toEqual(before);
  });

  test("Ctrl-C while standard input is read leaves nothing behind", async () => {
    const cwd = folder({});
    const { child, ended } = start(cwd, `train - ${tiny} --out a/r`.split(" "), { hold: true });
    child.stdin!.write(text);
    const kept = () => existsSync(join(cwd, "a/r")) && readdirSync(join(cwd, "a/r")).length > 0;
    while (!kept()) await new Promise((go) => setTimeout(go, 20));
    child.kill("SIGINT");
    expect((await ended).code).toBe(130);
    expect(readdirSync(cwd)).toEqual([]);
  });

  test("what a process that was killed left half-written is gone after the next start there", async () => {
    const cwd = folder({ "t.txt": text });
    const { child, ended } = start(cwd, `train - ${tiny} --out r`.split(" "), { hold: true });
    const left = () => (existsSync(join(cwd, "r")) ? readdirSync(join(cwd, "r")) : []);
    const drafts = () => left().filter((name) => name.endsWith(".tmp"));
    while (drafts().length === 0) await new Promise((go) => setTimeout(go, 20));
    child.kill("SIGKILL");
    await ended;
    expect(drafts()).toEqual([expect.stringMatching(/^text-1\.txt\.\d+-\d+\.tmp$/)]);
    expect((await longhand(cwd, `${run} --epochs 1 --quiet --out r`)).code).toBe(0);
    expect(drafts()).toEqual([]);
  });
});
