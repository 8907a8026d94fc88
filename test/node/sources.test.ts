// Texts from files, folders and pipes, as Node finds and reads them.

import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { readText } from "../../src/advanced-node.js";
import { choiceOf, type FileChoice, textsIn } from "../../src/node/files/folders.js";
import { asRead, findSources, readWhole } from "../../src/node/files/inputs.js";
import { loadModel } from "../../src/node/files/models.js";
import { readSources, textSize } from "../../src/node/files/texts.js";
import { createField, readingOf } from "../../src/text/encoding/field.js";

const root = mkdtempSync(join(tmpdir(), "longhand-sources-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const rules = readingOf(createField());

function write(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = mkdtempSync(join(root, "folder-"));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

async function read(paths: readonly string[]): Promise<{ text: string; said: string[] }> {
  const said: string[] = [];
  const notice = (sentence: string) => void said.push(sentence.replaceAll(/\S*\//g, ""));
  let text = "";
  const decoder = new TextDecoder();
  for (const { bytes } of asRead(await findSources(paths, notice), rules, notice)) {
    for await (const piece of bytes) text += decoder.decode(piece, { stream: true });
  }
  return { text, said };
}

describe("gzip", () => {
  const long = Array.from({ length: 300_000 }, (_, i) => `line ${i * i}\n`).join("");
  test("is read, of one member and of several", async () => {
    const folder = write({ "a.gz": gzipSync(long), "b.gz": Buffer.concat([gzipSync("first, "), gzipSync("second")]) });
    const one = await read([join(folder, "a.gz")]);
    expect(one.text === long).toBe(true);
    expect(one.said).toEqual(["a.gz is compressed by gzip; it was unpacked while it was read."]);
    expect((await read([join(folder, "b.gz")])).text).toBe("first, second");
  });

  test("that is cut off or damaged is an error", async () => {
    const packed = gzipSync(long);
    const damaged = Buffer.from(packed);
    damaged.fill(0xff, 5000, 5100);
    const folder = write({ "cut.gz": packed.subarray(0, packed.length / 2), "bad.gz": damaged });
    for (const name of ["cut.gz", "bad.gz"]) {
      await expect(read([join(folder, name)])).rejects.toThrow(
        `${name} cannot be unpacked: its gzip data are damaged or cut off.`,
      );
    }
  });
});

describe("a folder", () => {
  const names = async (folder: string, choice: FileChoice = {}) => {
    const said: string[] = [];
    const found = await textsIn(folder, choice, (sentence) => said.push(sentence.replace(folder, "folder")));
    return { found: found.map((path) => path.slice(folder.length + 1)), said };
  };
  const files = {
    "a.txt": "a\n",
    "b/c.md": "c\n",
    "utf16.txt": Buffer.from("words\n", "utf16le"),
    "packed.txt.gz": gzipSync("z\n"),
    ".hidden": "no",
    ".git/config": "no",
    "a.txt~": "no",
    "b/.c.md.swp": "no",
    "b/old.bak": "no",
    "#a.txt#": "no",
    "pic.png": Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    "book.pdf": "%PDF-1.4\n",
    "raw.bin": Buffer.from([1, 2, 0, 3, 4]),
  };

  test("stands for its texts, without hidden files, editors' copies and what is no text, in one line", async () => {
    expect(await names(write(files))).toEqual({
      found: ["a.txt", "b/c.md", "packed.txt.gz", "utf16.txt"],
      said: ["folder: 4 files are read; skipped: 3 hidden entries, 3 editors' copies, 3 files that are no texts."],
    });
    expect(await names(write({ "a.txt": "a" }))).toEqual({ found: ["a.txt"], said: [] });
  });

  test("include and exclude choose by name, and by path", async () => {
    const folder = write(files);
    const found = async (choice: FileChoice) => (await names(folder, choice)).found;
    expect(await found({ include: "*.txt" })).toEqual(["a.txt", "utf16.txt"]);
    expect(await found({ include: "b/*" })).toEqual(["b/c.md", "b/old.bak"]);
    expect(await found({ include: "**/*.md, *.gz" })).toEqual(["b/c.md", "packed.txt.gz"]);
    expect(await found({ exclude: "b" })).toEqual(["a.txt", "packed.txt.gz", "utf16.txt"]);
    expect(await found({ include: "*.txt", exclude: "utf*" })).toEqual(["a.txt"]);
    expect((await names(folder, { exclude: "b,*.gz,utf16.txt" })).said).toEqual([
      "folder: 1 file is read; skipped: 2 hidden entries, 2 editors' copies, 3 files that are no texts, " +
        "3 files by `include` and `exclude`.",
    ]);
    await expect(names(folder, { include: "*.csv" })).rejects.toThrow("holds no text");
  });
});

describe("a folder with files in other encodings", () => {
  const french = Buffer.from(
    "Voilà, c'était déjà l'été à la forêt: le garçon fâché préfère rêver.\n".repeat(5),
    "latin1",
  );
  const found = async (choice: FileChoice, files: Readonly<Record<string, string | Uint8Array>>) => {
    const said: string[] = [];
    const folder = write(files);
    const texts = await textsIn(folder, choice, (sentence) => said.push(sentence.replace(folder, "folder")));
    return { texts: texts.map((path) => path.slice(folder.length + 1)), said };
  };
  const files = {
    "a.txt": "é\n",
    "old-latin1.txt": french,
    "sub/z.txt": french,
    "u.txt": Buffer.from("é\n", "utf16le"),
  };

  test("is read without them, and one line tells the first of them and its encoding", async () => {
    expect(await found(choiceOf({}, rules), files)).toEqual({
      texts: ["a.txt", "u.txt"],
      said: [
        "folder: 2 files are read; skipped: 2 files in other encodings " +
          "(old-latin1.txt looks like windows-1252: `encoding`).",
      ],
    });
    const odd = await found(choiceOf({}, rules), { "a.txt": "é\n", "b.txt": Buffer.from([0xff, 0x41]) });
    expect(odd.said).toEqual([
      "folder: 1 file is read; skipped: 1 file in another encoding (b.txt is not UTF-8: `encoding`).",
    ]);
    // A character that the 64 KiB cut off is no such file.
    expect((await found(choiceOf({}, rules), { "a.txt": `${"a".repeat(65535)}é` })).said).toEqual([]);
    await expect(found(choiceOf({}, rules), { "b.txt": french })).rejects.toThrow(
      "(skipped: 1 file in another encoding (b.txt looks like windows-1252: `encoding`)) holds no text.",
    );
  });

  test("is read with them where an encoding is named, and where a token is a byte", async () => {
    const all = ["a.txt", "old-latin1.txt", "sub/z.txt", "u.txt"];
    const named = readingOf(createField(), { encoding: "windows-1252" });
    expect((await found(choiceOf({}, named), files)).texts).toEqual(all);
    expect((await found(choiceOf({}, readingOf(createField({ unit: "byte" }))), files)).texts).toEqual(all);
  });
});

test("the size of a text is not known where it is packed", async () => {
  const folder = write({ "a.txt": "abc", "b.txt": gzipSync("abc") });
  const file = (name: string) => ({ kind: "file", path: join(folder, name) }) as const;
  const given = (bytes: Uint8Array) => ({ kind: "given", name: "it", bytes }) as const;
  expect(await textSize([file("a.txt"), given(Buffer.from("de"))])).toBe(5);
  expect(await textSize([file("a.txt"), file("b.txt")])).toBeUndefined();
  expect(await textSize([given(gzipSync("abc"))])).toBeUndefined();
  const corpus = await readSources([file("b.txt")], { field: createField() }); // from a file that is removed at the end
  expect([corpus.vocab.itos.slice(1), corpus.train.length]).toEqual([["a", "b"], 2]);
});

test("a string is the text itself, and { file } names files", async () => {
  const path = join(write({ "a.txt": "a\r\nb\n" }), "a.txt");
  const { vocab } = await readText({ file: path }, { validFraction: 0 });
  expect((await readText("a\r\nb\n", { validFraction: 0 })).vocab).toEqual(vocab);
  expect(vocab.itos).toEqual(["<unk>", "\n", "a", "b"]);
  await expect(readText(path)).rejects.toThrow("A string is the text itself");
});

describe.skipIf(process.platform === "win32")("pipes and devices", () => {
  test("a FIFO is a stream that can be kept", async () => {
    const path = join(root, "pipe");
    execFileSync("mkfifo", [path]);
    const writer = spawn("sh", ["-c", `printf 'through a pipe' > '${path}'`]);
    const kept: string[] = [];
    const sources = await findSources([path], () => {}, {
      given: async (source) => {
        kept.push(source.name);
        return source;
      },
    });
    let text = "";
    for (const { bytes } of asRead(sources, rules)) for await (const piece of bytes) text += Buffer.from(piece);
    expect([text, kept]).toEqual(["through a pipe", [path]]);
    writer.kill();
  });

  test("an endless device is refused, wherever a file is read", async () => {
    const message = "/dev/zero is a device, which may never end; it is not read.";
    await expect(read(["/dev/zero"])).rejects.toThrow(message);
    await expect(readWhole("/dev/zero")).rejects.toThrow(message);
    await expect(loadModel("/dev/zero")).rejects.toThrow(message);
    expect(await read(["/dev/null"])).toEqual({ text: "", said: [] });
  });
});
