// What train says of a text that is not as it should be, and how it takes one from several places.

import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { digest, type Ended, folder, longhand, outcome, someText, tiny } from "../helpers/cli.js";

const quick = `${tiny} --steps 2 --quiet`;
const text = someText();
const bytes = (...all: (string | number | Uint8Array)[]) =>
  Buffer.concat(all.map((each) => (typeof each === "number" ? Buffer.of(each) : Buffer.from(each))));

interface Refusal {
  readonly title: string;
  readonly files: Readonly<Record<string, string | Uint8Array>>;
  readonly words: string;
  readonly says: string;
}

const refusals: readonly Refusal[] = [
  {
    title: "invalid UTF-8 is told by offset and line, and --unit byte is offered",
    files: { "bad.txt": bytes("abc\nde", 0xff, "f\n") },
    words: "bad.txt",
    says: "bad.txt is not valid UTF-8: the byte at offset 6 (line 2) begins no whole character.\nConvert it to UTF-8, or use --unit byte, which reads any bytes.\n",
  },
  {
    title: "invalid UTF-8 in a file of a folder names that file",
    files: { "d/a.txt": text, "d/sub/bad.txt": bytes(0xc3) },
    words: "d",
    says: "d/sub/bad.txt is not valid UTF-8: the byte at offset 0 (line 1) begins no whole character.\nConvert it to UTF-8, or use --unit byte, which reads any bytes.\n",
  },
  {
    title: "UTF-16 is recognised, and its cut-off end",
    files: { "wide.txt": bytes(0xff, 0xfe, "a", 0, "b") },
    words: "wide.txt",
    says: "wide.txt is not valid utf-16le: its end is cut off.\nName another --encoding, or mend the file. --unit byte reads any bytes.\n",
  },
  {
    title: "an empty file is one sentence and the next move",
    files: { "empty.txt": "" },
    words: "empty.txt",
    says: "empty.txt is empty.\nGive a text with something in it.\n",
  },
  {
    title: "one distinct character teaches nothing",
    files: { "one.txt": "a".repeat(99) },
    words: "one.txt",
    says: 'The training part of one.txt is one character over and over ("a"): nothing can be learned from it.\nGive a text with at least two different ones.\n',
  },
  {
    title: "a text below the smallest workable size is told that size",
    files: { "small.txt": "a" },
    words: "small.txt",
    says: "The training part of the text has 0 tokens; the smallest that works is 2.\nGive a longer text, or a smaller --valid-fraction.\n",
  },
  {
    title: "a text of two different characters has one of them to train on",
    files: { "small.txt": "ab" },
    words: "small.txt",
    says: "The training part of the text has 1 token; the smallest that works is 2.\nGive a longer text, or a smaller --valid-fraction.\n",
  },
  {
    title: "a folder without text is told as such",
    files: { "d/keep/x.bin": bytes("abc", 0, 1, 2, 0) },
    words: "d",
    says: "d (skipped: 1 file that is no text) holds no text.\nName a text file, or a folder with at least one in it.\n",
  },
  {
    title: "a path where nothing is",
    files: {},
    words: "nowhere.txt",
    says: "There is nothing at nowhere.txt.\nName a text file, a folder of them, or - for standard input.\n",
  },
  {
    title: "a text of newlines that are stripped",
    files: { "lines.txt": "\n\n\n" },
    words: "lines.txt --newline strip",
    says: "lines.txt contains only newlines, which are stripped.\nSet --newline keep, or give another text.\n",
  },
];

describe.concurrent("a text that cannot be trained on ends with 2, and leaves nothing behind", () => {
  for (const { title, files, words, says } of refusals) {
    test(title, async () => {
      const cwd = folder(files);
      const { code, out, err } = await longhand(cwd, `train ${words} ${tiny} --steps 2`);
      expect({ code, out, err }).toEqual({ code: 2, out: "", err: says });
      expect(existsSync(join(cwd, "runs"))).toBe(false);
    });
  }

  test("an empty standard input has its name", async () => {
    const { code, err } = await longhand(folder(), "train -", { input: "" });
    expect({ code, err }).toEqual({ code: 2, err: "standard input is empty.\nGive a text with something in it.\n" });
  });

  test("a vocabulary that no header would hold is refused before the first window, naming what makes it smaller", async () => {
    const letters = (i: number) => [...i.toString(26)].map((digit) => String.fromCharCode(97 + parseInt(digit, 26)));
    const words = Array.from({ length: 70_000 }, (_, i) => letters(i).join("").padStart(150, "x"));
    const cwd = folder({ "words.txt": words.join(" ") });
    const { code, out, err } = await longhand(cwd, `train words.txt --unit word ${tiny} --steps 2`);
    expect(err).toMatch(/--max-size/);
    expect(err).toMatch(/--min-freq/);
    expect({ code, out, runs: existsSync(join(cwd, "runs")) }).toEqual({ code: 2, out: "", runs: false });
  });

  test("a file that cannot be read ends with 3", async () => {
    const cwd = folder({ "locked.txt": text });
    chmodSync(join(cwd, "locked.txt"), 0);
    // Root may read everything but what the system itself cannot.
    const [path, why] = process.getuid?.() === 0 ? ["/proc/self/mem", "EIO"] : ["locked.txt", "EACCES"];
    const { code, out, err } = await longhand(cwd, `train ${path} ${quick}`);
    expect(err).toMatch(new RegExp(`^Cannot read ${path}: .* \\(${why}\\).\n[^\n]+\n$`));
    expect({ code, out }).toEqual({ code: 3, out: "" });
  });
});

const notices: readonly { title: string; content: Uint8Array; says: string }[] = [
  {
    title: "a short text gets fewer lanes",
    content: bytes(text.slice(0, 60)),
    says: "The training part has 54 tokens, too few for 4 lanes of at least 17: using 3 lanes.\n",
  },
];

describe.concurrent("what a user should know is said once, and training goes on", () => {
  for (const { title, content, says } of notices) {
    test(title, async () => {
      const { code, err } = await longhand(folder({ "t.txt": content }), `train t.txt ${tiny} --steps 2`);
      expect({ code, err }).toEqual({ code: 0, err: says });
    });
  }

  test("--unit byte reads what is no UTF-8, a byte order mark too", async () => {
    const cwd = folder({ "t.txt": bytes(0xef, 0xbb, 0xbf, text, 0xff) });
    const { code, err } = await longhand(cwd, `train t.txt --unit byte ${tiny} --steps 2`);
    expect({ code, err }).toEqual({ code: 0, err: "" });
  });
});

describe.concurrent("a text may come from several places", () => {
  const cut = [0, 1000, 1001, 2500, text.length];
  const [a, b, c, d] = [0, 1, 2, 3].map((i) => text.slice(cut[i], cut[i + 1]));
  const ok = (ended: Ended) => expect({ code: ended.code, err: ended.err }).toEqual({ code: 0, err: "" });

  test("one file, several, a folder and standard input give the same bits where they hold the same text", async () => {
    // Byte order: "B" < "a", and "a.txt" < "a/": "." comes before "/".
    const cwd = folder({ "whole.txt": text, "d/B": a!, "d/a.txt": b!, "d/a/z": c!, "d/b/1": d! });
    mkdirSync(join(cwd, "d/empty"));
    symlinkSync(join(cwd, "d"), join(cwd, "d/circle"));
    const all = await Promise.all([
      longhand(cwd, `train whole.txt ${quick}`),
      longhand(cwd, `train d/B d/a.txt d/a/z d/b/1 ${quick} --out runs/several`),
      longhand(cwd, `train d ${quick}`),
      longhand(cwd, `train - ${quick}`, { input: text }),
    ]);
    for (const ended of all) ok(ended);
    const wanted = outcome(join(cwd, "runs/whole"));
    for (const run of ["several", "d", "stdin"]) expect(outcome(join(cwd, "runs", run))).toEqual(wanted);
    expect(readFileSync(join(cwd, "runs/stdin/text-1.txt"), "utf8")).toBe(text);
  });

  test("of a folder, what has a NUL in its first 64 KiB is left out and told; the order is that of UTF-8's bytes", async () => {
    // U+FB01 comes before U+1D400 in UTF-8, and after its surrogates in UTF-16.
    const long = someText(2000).slice(0, 65_536);
    const files = { "d/\ufb01": a!, "d/\u{1d400}": b!, "d/far": bytes(long, 0), "d/near": bytes(long.slice(1), 0) };
    const cwd = folder({ ...files, "d/z": c! });
    const { code, out, err } = await longhand(cwd, `train d ${tiny} --steps 2 --out r`);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toContain("\n        skipped: 1 file that is no text\n");
    const { text: record } = JSON.parse(readFileSync(join(cwd, "r/config.json"), "utf8"));
    writeFileSync(join(cwd, "whole"), bytes(files["d/far"], c!, a!, b!));
    expect(record.sha256).toBe(digest(join(cwd, "whole")));
  });

  test("a run from standard input goes on from its own copy, also where the folder was moved", async () => {
    const cwd = folder();
    ok(await longhand(cwd, `train - ${tiny} --schedule constant --epochs 1 --quiet --out r`, { input: text }));
    ok(await longhand(cwd, "resume r --epochs 2 --quiet"));
    ok(await longhand(cwd, `train - ${tiny} --schedule constant --epochs 2 --quiet --out whole`, { input: text }));
    expect(outcome(join(cwd, "r")).model).toBe(outcome(join(cwd, "whole")).model);
  });

  test("--valid takes the place of the text's last part, and may be said again", async () => {
    const cwd = folder({ "t.txt": text, "v1.txt": a!, "v2.txt": c! });
    const { code, out } = await longhand(cwd, `train --valid v1.txt --valid v2.txt t.txt ${tiny} --steps 2 --json`);
    expect(code).toBe(0);
    const begun = JSON.parse(out.split("\n").find((line) => line.includes('"start"'))!);
    expect(begun).toMatchObject({ trainTokens: text.length, validTokens: a!.length + c!.length });
  });

  test("train warns when validation text also occurs in the training text", async () => {
    const long = someText(400);
    const cwd = folder({
      "t.txt": long,
      "part.txt": long.slice(4000, 12_000),
      "other.txt": someText(900).slice(-8000),
    });
    const said = async (valid: string) =>
      (await longhand(cwd, `train --valid ${valid} t.txt ${tiny} --steps 1 --out r --force`)).err;
    expect(await said("part.txt")).toMatch(
      /^warning: \d\d% of the validation text occurs in the training text; the loss there shows what the model remembers, not what it predicts\.\n$/,
    );
    expect(await said("other.txt")).toBe("");
  });
});
