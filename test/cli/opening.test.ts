// The opening of a run: one screen says how the text was read, and standard error has only what asks for a decision.

import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { folder, lines, longhand, someText, tiny } from "../helpers/cli.js";

test("of an ugly folder fits one screen of 80 columns before the first window", async () => {
  const prose = `${someText(60)}\ncafé\n`;
  const cwd = folder({
    "d/crlf.txt": prose.replaceAll("\n", "\r\n"),
    "d/mac.txt": someText(40).replaceAll("\n", "\r"),
    "d/utf16.txt": Buffer.from(`\ufeff${someText(30)}`, "utf16le"),
    "d/nfd.txt": prose.normalize("NFD"),
    "d/mark.txt": `\ufeff${someText(10)}`,
    "d/packed.txt.gz": gzipSync(someText(20)),
    "d/.git/config": "x",
    "d/.hidden": "x",
    "d/deep/old.txt~": "x",
    "d/deep/book.pdf": "%PDF-1.4\n",
  });
  const { code, out, err } = await longhand(cwd, `train d ${tiny} --steps 3 --valid-fraction 0`);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  const opening = lines(out.slice(0, out.indexOf("33%")).trimEnd());
  expect(opening.length).toBeLessThan(24);
  for (const line of opening) expect(line.length).toBeLessThanOrEqual(80);
  expect(opening.slice(1, 5)).toEqual([
    expect.stringMatching(/^text {4}6 files, 9\.\d KiB, 1 in UTF-16LE, 1 packed by gzip;$/),
    "        CR LF and CR read as LF; 1 byte order mark dropped; 1 composed to NFC",
    "        skipped: 2 hidden entries, 1 editor's copy, 1 file that is no text",
    "        8,888 training tokens, 0 validation tokens",
  ]);
});
