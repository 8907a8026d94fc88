// The token file of a run: the numbers that were written are read again, at any place; damaged, cut off, of other
// settings or of another text it is none; and a crash while it is written leaves a whole one or none.

import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { readLayout, readSafetensors } from "../../src/checkpoint/safetensors.js";
import { nodeHash } from "../../src/node/system/hash.js";
import { corpusAsRead, corpusOf, readInto } from "../../src/text/encoding/corpus.js";
import { createField } from "../../src/text/encoding/field.js";
import { createTokenFile, openTokenFile, tokenKey } from "../../src/training/run/token-file.js";
import { Crash, memoryFileSystem } from "../helpers/memory-filesystem.js";
import { idsOf, input, nietzsche } from "../text/helpers.js";

const PATH = "r/tokens.safetensors";
const field = createField({});
const key = tokenKey({
  text: "abc",
  valid: undefined,
  field,
  validFraction: 0.2,
  validSplit: "end",
  seed: 1,
  vocabFrom: "train",
});
/** Numbers of one byte, then of two, then of four. */
const wide = [
  "plain text, ".repeat(1000),
  Array.from({ length: 3000 }, (_, i) => String.fromCodePoint(0x4e00 + (i % 2000))).join(""),
  Array.from({ length: 70_000 }, (_, i) => String.fromCodePoint(0x10000 + i)).join(""),
].join("");

async function written(text: string | Uint8Array, fs = memoryFileSystem()) {
  await fs.makeFolder("r");
  const writer = await createTokenFile(fs, PATH, nodeHash);
  const data = await readInto(writer, [input(text)], { field, validFraction: 0.2 });
  await writer.seal(key, data);
  return fs;
}

type Tensors = ReadonlyMap<string, { readonly dtype: string; readonly bytes: Uint8Array }>;

function tensorsOf(file: Uint8Array): Tensors {
  const { places } = readLayout(file, file.length, "the file");
  return new Map(places.map(({ name, dtype, begin, end }) => [name, { dtype, bytes: file.slice(begin, end) }]));
}

/** A file of these tensors with the digest of its contents, as a malicious writer would make it. */
function sealed(tensors: Tensors): Uint8Array {
  const widths: Readonly<Record<string, number>> = { U8: 1, BOOL: 1, U16: 2, I32: 4, F64: 8 };
  let end = 0;
  const rows = [...tensors].map(([name, { dtype, bytes }]) => {
    const row = { dtype, shape: [bytes.length / widths[dtype]!], data_offsets: [end, end + bytes.length] };
    end += bytes.length;
    return [name, row];
  });
  const header = (digits: string) => {
    const json = JSON.stringify({ __metadata__: { sha256: digits }, ...Object.fromEntries(rows) });
    const bytes = new Uint8Array(4096).fill(0x20);
    new DataView(bytes.buffer).setBigUint64(0, 4088n, true);
    bytes.set(new TextEncoder().encode(json), 8);
    return bytes;
  };
  const data = Buffer.concat([...tensors.values()].map(({ bytes }) => bytes));
  const hash = createHash("sha256")
    .update(data)
    .update(header("0".repeat(64)));
  return new Uint8Array(Buffer.concat([header(hash.digest("hex")), data]));
}

describe("the token file", () => {
  test.each([
    ["nietzsche", nietzsche.subarray(0, 200_000)],
    ["three widths", wide],
  ])("gives the corpus that memory gives, from memory and from afar: %s", async (_, text) => {
    const fs = await written(text);
    const whole = await corpusAsRead([input(text)], {
      field,
      validFraction: 0.2,
      validSplit: "end",
      seed: 1,
      vocabFrom: "train",
    });
    for (const options of [{}, { inMemory: 0 }, { inMemory: 0, trusted: true }]) {
      const file = await openTokenFile(fs, PATH, nodeHash, key, options);
      const { data, store } = file!;
      expect("ahead" in store).toBe("inMemory" in options);
      const { vocab, counts, train, valid, documents } = corpusOf(field, data, store);
      expect([vocab, counts, documents]).toEqual([whole.vocab, whole.counts, whole.documents]);
      for (const [mine, theirs] of [
        [train, whole.train],
        [valid!, whole.valid!],
      ] as const) {
        const { read: _read, cursor: _cursor, ...sizes } = theirs;
        expect(mine).toMatchObject(sizes);
        expect(await mine.read(0, mine.length)).toEqual(idsOf(theirs));
      }
      await file!.close();
    }
  });

  test("is a safetensors file, each stretch as wide as its numbers", async () => {
    const fs = await written(wide);
    const { tensors } = readSafetensors(fs.peek(PATH)!);
    const shapes = [...tensors].map(([name, { dtype }]) => `${name} ${dtype}`);
    expect(shapes).toEqual([
      "tokens.0 U8",
      "tokens.1 U16",
      "tokens.2 I32",
      "vocabulary U8",
      "counts F64",
      "ids I32",
      "table U8",
      "about U8",
    ]);
    const total = [0, 1, 2].reduce((sum, i) => sum + tensors.get(`tokens.${i}`)!.data.length, 0);
    expect(total).toBe([...wide].length);
  });

  test("is none where one bit of it is another, where it is cut off or longer, and where its key differs", async () => {
    const fs = await written("A small text, but of more than one character.\n".repeat(3));
    const good = fs.peek(PATH)!;
    expect(await openTokenFile(fs, PATH, nodeHash, key)).toBeDefined();
    expect(await openTokenFile(fs, PATH, nodeHash, key.replace("0.2", "0.3"))).toBeUndefined();
    expect(await openTokenFile(fs, "r/nothing", nodeHash, key)).toBeUndefined();
    for (let at = 0; at < good.length; at += at < 900 || at > 4090 ? 1 : 97) {
      const bad = new Uint8Array(good);
      bad[at]! ^= 1 << (at % 8);
      fs.put(PATH, bad);
      expect(await openTokenFile(fs, PATH, nodeHash, key), `byte ${at}`).toBeUndefined();
    }
    for (const length of [0, 7, 8, 100, 4096, good.length - 1, good.length + 1]) {
      const cut = new Uint8Array(length);
      cut.set(good.subarray(0, length));
      fs.put(PATH, cut);
      expect(await openTokenFile(fs, PATH, nodeHash, key), `${length} bytes`).toBeUndefined();
    }
  });

  test("that was sealed with contents that make no sense is none", async () => {
    const fs = await written("A small text, but of more than one character.\n".repeat(3));
    const tensors = tensorsOf(fs.peek(PATH)!);
    const reopen = async (changed: Tensors) => {
      fs.put(PATH, sealed(changed));
      return openTokenFile(fs, PATH, nodeHash, key);
    };
    expect(await reopen(tensors)).toBeDefined();
    const json = (value: unknown) =>
      new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));
    const about = JSON.parse(new TextDecoder().decode(tensors.get("about")!.bytes)) as Record<string, object>;
    const odd: [string, Partial<{ dtype: string; bytes: Uint8Array }>][] = [
      ...[...tensors.keys()].map((name): [string, { bytes: Uint8Array }] => [name, { bytes: new Uint8Array(0) }]),
      ...["vocabulary", "about", "table"].flatMap((name) =>
        ["{", "null", "[]", "[".repeat(100_000)].map((text): [string, { bytes: Uint8Array }] => [
          name,
          { bytes: json(text) },
        ]),
      ),
      ...(["train", "valid"] as const).flatMap((part) =>
        [{ from: -1 }, { to: 1e9 }, { from: 0.5 }, { characters: "x" }, { firstBytes: null }].map(
          (wrong): [string, { bytes: Uint8Array }] => [
            "about",
            { bytes: json({ ...about, [part]: { ...about[part], ...wrong } }) },
          ],
        ),
      ),
      ["about", { bytes: json({ ...about, train: undefined }) }],
      ["about", { bytes: json({ ...about, documents: -1 }) }],
      ["tokens.0", { bytes: tensors.get("tokens.0")!.bytes.map(() => 255) }],
      ["ids", { bytes: tensors.get("ids")!.bytes.map(() => 255) }],
      ["ids", { dtype: "U8" }],
      ["counts", { dtype: "U8" }],
      ["counts", { bytes: tensors.get("counts")!.bytes.subarray(0, 8) }],
      ["tokens.0", { dtype: "BOOL" }],
    ];
    for (const [name, change] of odd) {
      const what = `${name} ${change.dtype ?? new TextDecoder().decode(change.bytes?.subarray(0, 200))}`;
      const file = await reopen(new Map([...tensors, [name, { ...tensors.get(name)!, ...change }]]));
      expect(file, what).toBeUndefined();
    }
    for (const name of tensors.keys()) {
      expect(await reopen(new Map([...tensors].filter(([each]) => each !== name))), `without ${name}`).toBeUndefined();
    }
  });

  test("holds documents that were drawn, in the order of the parts", async () => {
    const text = Array.from({ length: 200 }, (_, i) => `n${i}\n`).join("");
    const drawn = { field: createField({ documents: "line" }), validSplit: "shuffle" } as const;
    const fs = memoryFileSystem();
    await fs.makeFolder("r");
    const writer = await createTokenFile(fs, PATH, nodeHash);
    await writer.seal(key, await readInto(writer, [input(text)], drawn));
    const whole = await corpusAsRead([input(text)], drawn);
    for (const inMemory of [1e6, 0]) {
      const file = await openTokenFile(fs, PATH, nodeHash, key, { inMemory });
      const corpus = corpusOf(drawn.field, file!.data, file!.store);
      for (const part of ["train", "valid"] as const) {
        const { length } = whole[part]!;
        expect([...(await corpus[part]!.read(0, length))]).toEqual([...(await whole[part]!.read(0, length))]);
      }
      await file!.close();
    }
  });

  test("holds specials of any length", async () => {
    const fs = memoryFileSystem();
    await fs.makeFolder("r");
    const many = createField({ specials: ["<unk>", ...Array.from({ length: 700 }, (_, i) => `<special-${i}>`)] });
    const parts = { validFraction: 0, validSplit: "end", seed: 1, vocabFrom: "train" } as const;
    const long = tokenKey({ text: "abc", valid: undefined, field: many, ...parts });
    const writer = await createTokenFile(fs, PATH, nodeHash);
    const data = await readInto(writer, [input("A text of few words.")], { field: many, validFraction: 0 });
    await writer.seal(long, data);
    const file = await openTokenFile(fs, PATH, nodeHash, long);
    expect(long.length).toBeGreaterThan(10_000);
    expect(file!.data).toEqual(data);
  });

  test("a crash or a loss of power at any operation leaves a whole file or none", async () => {
    const text = "to be or not to be, that is the question. ".repeat(20);
    const operations = (await written(text)).calls.length;
    let whole = 0;
    for (let at = 0; at < operations; at++) {
      for (const when of ["before", "during", "after"] as const) {
        const fs = memoryFileSystem();
        fs.crashAt(at, when);
        await expect(written(text, fs)).rejects.toThrow(Crash);
        const disks = [
          fs.reboot(),
          ...(["lost", "torn", "nul", "kept"] as const).map((data) => fs.powerLoss(data, 0xffff)),
        ];
        for (const disk of disks) {
          const file = await openTokenFile(disk, PATH, nodeHash, key);
          if (file === undefined) continue;
          whole += 1;
          expect(file.store.length).toBe(text.length);
        }
      }
    }
    expect(whole).toBeGreaterThan(0);
  });

  test("short writes are gone on with; a full disk is told by its path, and what is there is removed", async () => {
    const fs = memoryFileSystem();
    fs.shortWrites(1000);
    await written(wide.slice(0, 9000), fs);
    expect(await openTokenFile(fs, PATH, nodeHash, key)).toBeDefined();
    const full = memoryFileSystem();
    await full.makeFolder("r");
    const writer = await createTokenFile(full, PATH, nodeHash);
    full.failAt("write", 0, "ENOSPC");
    const long = "ab".repeat(800_000);
    await expect(readInto(writer, [input(long)], { field })).rejects.toThrow(`Cannot write ${PATH}: the disk is full`);
    await writer.discard();
    expect(full.paths()).toEqual([]);
  });
});
