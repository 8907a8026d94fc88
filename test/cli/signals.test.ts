// A run that is told to stop: once, twice, by whom; and that nothing of it is lost.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { folder, longhand, outcome, someText, start, tiny } from "../helpers/cli.js";

const text = someText(200);
const long = `${tiny} --batch 8 --validate-every 300 --steps`;

describe.concurrent("a signal", () => {
  test("Ctrl-C ends after the window, saves, exits 130; resumed, the run ends with the same bits as one never stopped", async () => {
    const cwd = folder({ "t.txt": text });
    const whole = longhand(cwd, `train t.txt ${long} 900 --quiet --out whole`);
    const { child, ended, until } = start(cwd, `train t.txt ${long} 900 --json --out cut`.split(" "));
    await until('"window":20,');
    child.kill("SIGINT");
    const stopped = await ended;
    expect({ code: stopped.code, err: stopped.err }).toEqual({ code: 130, err: "" });
    expect(stopped.out).toMatch(/"kind":"saved"[^\n]*\n\{"kind":"interrupted"[^\n]*\n\{"kind":"result"[^\n]*\n$/);
    expect(stopped.out).not.toContain('"kind":"end"');
    expect((await longhand(cwd, "resume cut --quiet")).code).toBe(0);
    expect((await whole).code).toBe(0);
    expect(outcome(join(cwd, "cut"))).toEqual(outcome(join(cwd, "whole")));
  });

  test("SIGTERM does the same and exits 143, and the words tell how to go on", async () => {
    const cwd = folder({ "t.txt": text });
    const { child, ended, until } = start(cwd, `train t.txt ${long} 9000000 --out r`.split(" "));
    await until("tok/s");
    child.kill("SIGTERM");
    const { code, out } = await ended;
    expect(code).toBe(143);
    expect(out).toMatch(/Stopping after this window, then saving\. Press Ctrl-C again to stop at once\.\n/);
    expect(out).toMatch(/Stopped after window \d+ of 9,000,000\. Resume with: npx longhand resume r\n$/);
  });

  test("a run that goes on shows again what is to beat and the last validation, told before it stopped", async () => {
    const cwd = folder({ "t.txt": text });
    const first = start(cwd, `train t.txt ${long} 9000000 --validate-every 5 --out r`.split(" "));
    await first.until("valid ");
    first.child.kill("SIGINT");
    const stopped = (await first.ended).out;
    const again = start(cwd, "resume r".split(" "));
    await again.until("valid ");
    again.child.kill("SIGINT");
    const { out } = await again.ended;
    const [baseline] = /^baseline .*$/m.exec(stopped) ?? [""];
    const last = [...stopped.matchAll(/valid \d+\.\d+ nats/g)].at(-1)?.[0];
    expect(out.split("\n").slice(1, 3)).toEqual([baseline, expect.stringContaining(last ?? "none")]);
  });

  test("Ctrl-C twice ends at once, and the run can still go on", async () => {
    const cwd = folder({ "t.txt": text });
    // Windows of this size take long: the second signal comes in the midst of one, or of the save.
    const slow = "--hidden 64 --batch 8 --bptt 32 --engine reference --steps 9000";
    const { child, ended, until } = start(cwd, `train t.txt ${slow} --out r`.split(" "));
    await until("run     r");
    child.kill("SIGINT");
    child.kill("SIGTERM");
    const { code, out } = await ended;
    expect([130, 143]).toContain(code); // the system may hand over two that came together in either order
    expect(out).not.toContain("Stopped after");
    expect(existsSync(join(cwd, "r/state.safetensors"))).toBe(true);
    expect((await longhand(cwd, "info r")).code).toBe(0);
  });

  test("before a run has begun the first Ctrl-C ends, and leaves nothing", async () => {
    const cwd = folder({ "t.txt": text });
    const { child, ended } = start(cwd, `train - ${tiny}`.split(" "), { hold: true });
    await new Promise((go) => setTimeout(go, 50));
    child.kill("SIGINT");
    const { code, signal, out } = await ended;
    expect(code === 130 || signal === "SIGINT").toBe(true); // by our hand, or before Node gave us one
    expect(out).toBe("");
    expect(existsSync(join(cwd, "runs"))).toBe(false);
  });
});
