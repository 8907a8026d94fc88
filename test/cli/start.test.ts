// start on a run that is there already: it goes on with it, or writes. Its own recipe, which takes a minute, is not run
// here.

import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { folder, longhand, outcome, someText, start, tiny } from "../helpers/cli.js";

describe.concurrent("start", () => {
  test("an unfinished run goes on to its end and then writes; a second time it only writes, and says how to train anew", async () => {
    const cwd = folder({ "t.txt": someText() });
    const run = join(cwd, "runs/start");
    const { child, ended, until } = start(cwd, `train t.txt ${tiny} --steps 400 --json --out runs/start`.split(" "));
    await until('"window":5,');
    child.kill("SIGINT");
    expect((await ended).code).toBe(130);

    const first = await longhand(cwd, "start");
    expect({ code: first.code, err: first.err }).toEqual({ code: 0, err: "" });
    expect(first.out).toMatch(/^Resuming runs\/start after window \d+ of 400 /);
    expect(first.out).toMatch(/\n\nNow train on your own text: npx longhand train my\.txt\n$/);
    expect(outcome(run).log.at(-1)).toMatchObject({ kind: "end", window: 400 });

    const before = outcome(run);
    const second = await longhand(cwd, "start");
    expect({ code: second.code, err: second.err }).toEqual({ code: 0, err: "" });
    expect(second.out).not.toContain("tok/s");
    expect(second.out.length).toBeGreaterThan(600);
    expect(second.out).toContain(
      "This run had finished before. To train anew, delete the folder runs/start and start again.",
    );
    expect(outcome(run)).toEqual(before);
  });
});
