// The screen: on a real terminal of several widths, and the few functions that lay it out.

import { describe, expect, test } from "vitest";
import { binarySize } from "../../src/base/size.js";
import { fitParts, joinParts } from "../../src/cli/show/parts.js";
import { createTrainingScreen } from "../../src/cli/show/progress.js";
import { createTerminal, duration, grouped, oneLine, threeDigits, visible } from "../../src/cli/show/terminal.js";
import { columnsOf, shorten } from "../../src/cli/show/width.js";
import type { TrainEvent } from "../../src/training/loop/events.js";
import { folder, longhand, onTerminal, someText, tiny } from "../helpers/cli.js";
import { noTerminal } from "../helpers/tools.js";

const ESC = "\u001b";
const cwd = folder({ "t.txt": someText(100) });
const words = (out: string) => `train t.txt ${tiny} --steps 300 --validate-every 100 --out ${out}`;

/** What stands on each row when all is written: a carriage return writes over, ESC [ K erases to the end. */
function rows(text: string): string[] {
  return text
    .replaceAll("\r\n", "\n")
    .split("\n")
    .map((row) => plain(row.split("\r").at(-1)!));
}

/** Every state of the line that moves. */
function frames(text: string): string[] {
  return text.split(/[\r\n]+/).filter((each) => /^[━─]{4}/.test(plain(each)));
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape codes are what is looked for
const plain = (text: string) => text.replace(/\u001b\[[0-9;]*[A-Za-z]/g, "");

const lacking = noTerminal();

describe.concurrent("on a terminal", () => {
  test.for([40, 80, 120])(
    "of %i columns one line is rewritten in place and no line of ours wraps",
    async (columns, context) => {
      if (lacking !== undefined) return context.skip(lacking);
      const { code, out } = await onTerminal(cwd, words(`r${columns}`), columns);
      expect(code).toBe(0);
      const moving = frames(out);
      expect(moving.length).toBeGreaterThan(1);
      for (const frame of moving) {
        expect(plain(frame).length).toBeLessThan(columns);
      }
      const last = plain(moving.at(-1)!);
      if (columns >= 80) {
        expect(last).toMatch(
          /^[━─]{4,24} .*tok\/s {2}\d:\d\d left {2}\d\.\d{3} nats {2}\d\.\d\d bits {2}valid \d\.\d\d {2}\d+-gram \d\.\d\d/,
        );
      }
      if (columns >= 120) expect(last).toMatch(/ {2}uniform \d\.\d\d$/);
      // Nothing of the moving line is left.
      expect(rows(out).join("\n")).not.toMatch(/[━─]/);
      for (const row of rows(out).filter((each) => /^(window|baseline|text|length)/.test(each))) {
        if (columns >= 80) expect(row.length).toBeLessThan(columns);
      }
    },
  );

  test("colours are there, and NO_COLOR takes them away", async (context) => {
    if (lacking !== undefined) return context.skip(lacking);
    const coloured = await onTerminal(cwd, words("c"), 80);
    const bare = await onTerminal(cwd, words("b"), 80, { NO_COLOR: "1" });
    expect(coloured.out).toContain(`${ESC}[36m`);
    expect(bare.out.replaceAll(`${ESC}[K`, "")).not.toContain(ESC);
  });

  test("control characters that a model writes are escaped on a terminal, and raw in a pipe", async (context) => {
    if (lacking !== undefined) return context.skip(lacking);
    const home = folder({ "t.txt": `\u0007${ESC}[2J`.repeat(300) });
    expect((await longhand(home, `train t.txt ${tiny} --lr 0.1 --epochs 3 --out r`)).code).toBe(0);
    const line = "generate r --length 40";
    const [seen, raw] = await Promise.all([onTerminal(home, line, 80), longhand(home, line)]);
    expect(raw.out).toContain(ESC);
    expect(seen.out).not.toContain(ESC);
    expect(seen.out.replace(/\r?\n/g, "")).toBe(visible(raw.out).replaceAll("\n", ""));
  });
});

describe.concurrent("the prompt", () => {
  test("stands before what is written on a terminal, and not in a pipe", async (context) => {
    if (lacking !== undefined) return context.skip(lacking);
    const home = folder({ "t.txt": someText() });
    expect((await longhand(home, `train t.txt ${tiny} --steps 5 --quiet --out r`)).code).toBe(0);
    const line = "generate r --prompt honey, --length 12";
    const [seen, piped] = await Promise.all([onTerminal(home, line, 80), longhand(home, line)]);
    expect([...piped.out].length).toBe(13);
    expect(seen.out.replaceAll("\r\n", "\n")).toBe(`honey,${piped.out}`);
  });
});

describe("the opening lines", () => {
  const start = {
    kind: "start",
    parameters: 1234,
    vocabulary: 60,
    trainTokens: 1000,
    validTokens: 100,
    trimmed: 7,
    lanes: 4,
    windows: 62,
    epochs: 2,
    bytes: { total: 1 << 20, parameters: 1 << 20 },
    text: {
      train: { tokens: 1000, characters: 1000, bytes: 1000, unknown: 0 },
      valid: { tokens: 100, characters: 100, bytes: 100, unknown: 0 },
      validSplit: "end",
    },
  } as const;
  const title = {
    folder: "runs/my",
    model: "gru 1 × 8",
    engine: "wasm relaxed-simd, 2 threads",
    skipped: [{ name: "native", reason: "no addon for linux-x64 (npx longhand build makes one)" }],
    windows: 62,
    epochs: 2,
    bySteps: false,
    kept: "best" as const,
    vocabulary: 60,
    charactersPerToken: 1,
    spellingPerToken: 0,
    texts: ["/srv/texts/my.txt"],
  };
  const shown = (event: TrainEvent) => {
    const lines: string[] = [];
    const terminal = { ...createTerminal(process.stdout, true), line: (text: string) => void lines.push(text) };
    createTrainingScreen(terminal, title).show(event);
    return lines;
  };

  test("show the leftover tokens, the engine, and the skipped engines with their reasons", () => {
    expect(shown(start)).toEqual([
      "model   gru 1 × 8, 1,234 weights, vocabulary of 60",
      "text    1,000 training tokens (and 7 left over), 100 validation tokens",
      "length  62 windows of 4 lanes, 2 epochs",
      "memory  1.0 MiB: parameters 1.0 MiB",
      "engine  wasm relaxed-simd, 2 threads",
      "        skipped native: no addon for linux-x64 (npx longhand build makes one)",
      "run     runs/my",
    ]);
    expect(shown({ ...start, trimmed: 0 })[1]).toBe("text    1,000 training tokens, 100 validation tokens");
  });
});

describe("the layout", () => {
  test("parts of the highest rank are left out first; those without a rank stay and are cut", () => {
    const parts = [{ text: "aaaa", rank: 2 }, { text: "bbbb" }, { text: "", rank: 9 }, { text: "cccc", rank: 1 }];
    const fitted = (width: number) => joinParts(fitParts(parts, width), width);
    expect([16, 15, 10, 9, 3].map(fitted)).toEqual(["aaaa  bbbb  cccc", "bbbb  cccc", "bbbb  cccc", "bbbb", "bbb"]);
  });

  test("colours do not count as columns", () => {
    const paint = (text: string) => `<${text}>`;
    expect(
      joinParts(
        [
          { text: "ab", paint },
          { text: "cd", paint },
        ],
        5,
      ),
    ).toBe("<ab>  <c>");
  });

  test("numbers are short and the same in every locale", () => {
    expect([0, 9.94, 985, 999.6, 12_345, 999_600, 4_560_000].map(threeDigits)).toEqual([
      "0",
      "9",
      "985",
      "1.00k",
      "12.3k",
      "1.00M",
      "4.56M",
    ]);
    expect([0, 65, 3725].map(duration)).toEqual(["0:00", "1:05", "1:02:05"]);
    expect([0, 999, 1000, 1234567].map(grouped)).toEqual(["0", "999", "1,000", "1,234,567"]);
    expect([0, 1023, 1536, 12_897_485, 2 ** 31].map(binarySize)).toEqual([
      "0 bytes",
      "1023 bytes",
      "1.5 KiB",
      "12.3 MiB",
      "2.0 GiB",
    ]);
  });

  test("control characters, and those that turn the direction of writing, are escaped", () => {
    expect(visible(`a${ESC}[2J\u0085\u202eb\n\tc`)).toBe("a\\u001b[2J\\u0085\\u202eb\n\tc");
    expect(oneLine("a\r\nb\tc\r")).toBe("a⏎b c⏎");
  });

  test("lines are cut by columns: a Chinese character and an emoji take two, a combining accent none", () => {
    expect([shorten("abc", 3), shorten("abcd", 3)]).toEqual(["abc", "ab…"]);
    expect([shorten("😀😀😀", 6), shorten("😀😀😀", 5), shorten("😀😀😀", 4)]).toEqual(["😀😀😀", "😀😀…", "😀…"]);
    expect(["漢字かな", "ﾊﾝｶｸ", "e\u0301", "👩‍👩‍👧", "🇫🇷", "❤️", "a\u200bb", "한국"].map(columnsOf)).toEqual([
      8, 4, 1, 2, 2, 2, 2, 4,
    ]);
    expect([shorten("漢字かな", 7), shorten("e\u0301e\u0301", 1), shorten("", 0)]).toEqual(["漢字か…", "…", ""]);
    expect(joinParts([{ text: "漢字かな" }], 5)).toBe("漢字");
  });
});
