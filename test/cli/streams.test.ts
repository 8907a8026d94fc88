// Output that takes no more: a reader that has gone, a full device, a closed terminal. And hostile names, which no
// terminal obeys.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createTerminal, visible } from "../../src/cli/show/terminal.js";
import { folder, longhand, main, outcome, someText, start, tiny } from "../helpers/cli.js";
import { noTerminal } from "../helpers/tools.js";

const node = `"${process.execPath}" "${main}"`;
const shell = (cwd: string, command: string) => start(cwd, ["-c", command], { program: "bash" }).ended;
const train = `${tiny} --steps 60`;

describe.skipIf(process.platform === "win32")("standard output", () => {
  test("whose reader has gone: a run trains on in silence to the same bits", async () => {
    const cwd = folder({ "t.txt": someText(100) });
    const cut = await shell(cwd, `(${node} train t.txt ${train} --out cut; echo "rc $?" >&2) | head -1`);
    expect(cut).toMatchObject({ out: expect.stringMatching(/^model [^\n]*\n$/), err: "rc 0\n" });
    const json = await shell(cwd, `(${node} train t.txt ${train} --json --out json; echo "rc $?" >&2) | head -1`);
    expect(json.err).toBe("rc 0\n");
    expect((await longhand(cwd, `train t.txt ${train} --out whole --quiet`)).code).toBe(0);
    expect(outcome(join(cwd, "cut"))).toEqual(outcome(join(cwd, "whole")));
    expect(outcome(join(cwd, "json"))).toEqual(outcome(join(cwd, "whole")));
    const info = await shell(cwd, `(${node} info cut; echo "rc $?" >&2) | head -1`);
    expect(info.err).toBe("rc 0\n");
  });

  test.skipIf(!existsSync("/dev/full"))("that is a full device: a run saves, says so and ends with 3", async () => {
    const cwd = folder({ "t.txt": someText(100) });
    const { code, err } = await shell(cwd, `${node} train t.txt ${train} --out r >/dev/full`);
    expect({ code, err }).toEqual({
      code: 3,
      err:
        "Cannot write standard output: the disk is full (ENOSPC).\n" +
        "The run was saved. Go on with: npx longhand resume r\n",
    });
    expect((await longhand(cwd, "resume r --quiet")).code).toBe(0);
    expect((await longhand(cwd, `train t.txt ${train} --out whole --quiet`)).code).toBe(0);
    expect(outcome(join(cwd, "r"))).toEqual(outcome(join(cwd, "whole")));
    const info = await shell(cwd, `${node} info r >/dev/full`);
    expect(info).toMatchObject({ code: 3, err: expect.stringContaining("Cannot write standard output") });
  });

  test.for(["", "--quiet", "--json"])(
    "that is a terminal which is closed: a run %s saves and ends with 129",
    async (how, context) => {
      const lacking = noTerminal();
      if (lacking !== undefined) return context.skip(lacking);
      const cwd = folder({ "t.txt": someText(100) });
      const words = `train t.txt ${tiny} --steps 9000000 --save-every 1000 --out r ${how}`;
      // The shell hands the hangup on, and tells how longhand ended.
      const inside =
        `${node} ${words} 2>err & run=$!; trap "kill -HUP $run" HUP; wait $run; code=$?; ` +
        "while kill -0 $run 2>/dev/null; do wait $run; code=$?; done; echo $code >code";
      const { child, ended } = start(cwd, ["-qec", inside, "/dev/null"], { program: "script" });
      const log = join(cwd, "r/log.jsonl");
      while (!existsSync(log) || !readFileSync(log, "utf8").includes('"window":20,')) await pause(20);
      child.kill("SIGKILL"); // the terminal's other end
      await ended;
      while (!existsSync(join(cwd, "code")) || readFileSync(join(cwd, "code"), "utf8") === "") await pause(20);
      expect(readFileSync(join(cwd, "code"), "utf8")).toBe("129\n");
      expect(readFileSync(join(cwd, "err"), "utf8")).not.toMatch(/assert|abort|at /i);
      expect(readFileSync(log, "utf8").trimEnd().split("\n").at(-1)).toContain('"kind":"interrupted"');
      expect((await longhand(cwd, "info r")).code).toBe(0);
    },
  );
});

const pause = (ms: number) => new Promise((go) => setTimeout(go, ms));

/** ESC, the 8-bit CSI, a character that turns the direction of text, a bell and a newline. */
const HOSTILE = "e\u001b[2Jv\u009b31m\u202ex\u200f\u0007\nq";
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const OBEYED = /[\0-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]|^q/mu;

describe.skipIf(process.platform === "win32")("a hostile name", () => {
  test("in files, folders, flags and recipes is shown and never obeyed, and JSON keeps its value", async () => {
    const text = `${HOSTILE}.txt`;
    const recipe = JSON.stringify({ result: HOSTILE, text: [HOSTILE], settings: { [HOSTILE]: 1 } });
    const cwd = folder({ [text]: someText(60), [`d/${HOSTILE}`]: "\0", "d/a.txt": someText(60), recipe });
    const run = `r${HOSTILE}`;
    const small = `${tiny} --steps 5`.split(" ");
    const first = await longhand(cwd, ["train", text, "--out", run, ...small]);
    expect(first).toMatchObject({ code: 0, err: expect.not.stringMatching(OBEYED) });
    expect(first.out).toContain("run     re\\u001b[2Jv\\u009b31m\\u202ex\\u200f\\u0007\\nq\n");
    const results = await Promise.all(
      [
        ["info", run],
        ["info", run, "--json"],
        ["resume", run],
        ["copied", run, text],
        ["score", run, HOSTILE],
        ["train", "d", "--out", `${run}2`, ...small],
        ["train", "--recipe", "recipe"],
        ["train", text, `--${HOSTILE}`, "1"],
        ["train", text, "--cell", HOSTILE],
        ["generate", run, "--prompt", HOSTILE],
        [HOSTILE],
      ].map(async (words) => ({ words, ...(await longhand(cwd, words)) })),
    );
    for (const { words, code, out, err } of results) {
      expect({ words, code }).not.toEqual({ words, code: 1 });
      expect({ words, text: out + err }).toMatchObject({ text: expect.not.stringMatching(OBEYED) });
    }
    expect((JSON.parse(results[1]!.out) as { folder: string }).folder).toBe(run);
  });

  test("on a coloured terminal has no colours of its own", async () => {
    const pieces: string[] = [];
    const stream = { isTTY: true, columns: 80, write: (text: string) => pieces.push(text) > 0 };
    const terminal = createTerminal(stream as unknown as NodeJS.WriteStream);
    terminal.line(terminal.paint.bold(`\u001b[31m${HOSTILE}`));
    terminal.status(`\u001b[31m${HOSTILE}`);
    const written = pieces.join("");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the codes of longhand itself
    expect(written.replaceAll(/\u001b\[(1m|22m|K)|\r/g, "")).not.toMatch(OBEYED);
    expect(written).toContain("\\u001b[31me\\u001b[2Jv");
  });

  test("escaped JSON is JSON of the same value", () => {
    expect(JSON.parse(visible(JSON.stringify({ [HOSTILE]: HOSTILE })))).toEqual({ [HOSTILE]: HOSTILE });
  });
});
