// What differs between Linux, macOS and Windows, each branch with the answers of that system.

import { describe, expect, test } from "vitest";
import { joinPath } from "../../src/base/ports.js";
import { recordedPath } from "../../src/node/system/paths.js";
import { startOf } from "../../src/node/system/processes.js";
import { retryWhereHeld } from "../../src/node/system/retry.js";

const failure = (code: string) => Object.assign(new Error(code), { code });

/** Fails so often with that code, then succeeds; what was waited, and how often it was called. */
async function attempt(code: string, failures: number, platform: string) {
  const waits: number[] = [];
  let calls = 0;
  const act = async () => {
    calls += 1;
    if (calls <= failures) throw failure(code);
  };
  const error = await retryWhereHeld(act, platform, async (ms) => waits.push(ms)).catch((error) => error.code);
  return { error, calls, waits };
}

describe("a rename or removal of a file that another program holds", () => {
  test.each(["EPERM", "EBUSY", "EACCES"])("is tried again on Windows after %s, with growing waits", async (code) => {
    expect(await attempt(code, 3, "win32")).toEqual({ error: undefined, calls: 4, waits: [10, 20, 40] });
  });

  test("fails with the last error after nine attempts; at once for another code, and on other systems", async () => {
    const lasting = await attempt("EBUSY", 99, "win32");
    expect(lasting).toMatchObject({ error: "EBUSY", calls: 9 });
    expect(lasting.waits.reduce((sum, ms) => sum + ms, 0)).toBeLessThan(3000);
    expect(await attempt("ENOENT", 99, "win32")).toEqual({ error: "ENOENT", calls: 1, waits: [] });
    for (const platform of ["linux", "darwin"]) {
      expect(await attempt("EACCES", 99, platform)).toEqual({ error: "EACCES", calls: 1, waits: [] });
    }
  });
});

describe("the start of a process, which tells a pid that was given out again", () => {
  const answering = (platform: string, answer: string | undefined, alive = true) => {
    const asked: string[] = [];
    const run = (program: string, args: readonly string[]) => {
      asked.push([program, ...args].join(" "));
      return answer;
    };
    return { start: startOf(42, { platform, run, isAlive: () => alive }), asked };
  };

  test("comes from ps on macOS: state and start; a zombie has ended", () => {
    const { start, asked } = answering("darwin", "S+   Sun Nov 29 19:44:34 2026    \n");
    expect({ start, asked }).toEqual({ start: "sunnov291944342026", asked: ["ps -o stat=,lstart= -p 42"] });
    expect(answering("darwin", "Z    Sun Nov 29 19:44:34 2026\n").start).toBeUndefined();
  });

  test("comes from PowerShell on Windows", () => {
    const { start, asked } = answering("win32", "638999999999999999\r\n");
    expect(start).toBe("638999999999999999");
    expect(asked).toEqual([expect.stringContaining("Get-Process -Id 42")]);
  });

  test("is unknown where the program is missing, and nobody is asked of a pid that no process has", () => {
    for (const platform of ["darwin", "win32"]) {
      expect(answering(platform, undefined).start).toBe("alive");
      expect(answering(platform, undefined, false)).toEqual({ start: undefined, asked: [] });
    }
  });
});

describe("paths", () => {
  test.each([
    [["runs/my", "state"], "runs/my/state"],
    [["runs/my/", "/state/"], "runs/my/state"],
    [["/", "state"], "/state"],
    [["", "state"], "state"],
    [["runs\\my", "state"], "runs\\my/state"],
    [["runs\\my\\", "state"], "runs\\my/state"],
    [["C:\\", "runs"], "C:/runs"],
    [["\\\\server\\share\\", "runs"], "\\\\server\\share/runs"],
    [["//server/share", "runs"], "//server/share/runs"],
    [["//server/share/", "runs", "my"], "//server/share/runs/my"],
  ])("joinPath(%j) is %s", (parts, joined) => {
    expect(joinPath(...parts)).toBe(joined);
  });

  test("a run's record has slashes on Windows, and elsewhere a name's backslash stays", () => {
    expect(recordedPath("C:\\texts\\my.txt", "win32")).toBe("C:/texts/my.txt");
    expect(recordedPath("/texts/a\\b.txt", "linux")).toBe("/texts/a\\b.txt");
  });
});
