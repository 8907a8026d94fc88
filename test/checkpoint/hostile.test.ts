// The safetensors reader with hostile files: a table of attacks, and 20,000 structurally mutated files.

import { describe, expect, test } from "vitest";
import { LonghandError } from "../../src/base/errors.js";
import { readSafetensors, writeSafetensors } from "../../src/checkpoint/safetensors.js";
import { dice, join, named } from "../helpers/damage.js";
import { repeats } from "../helpers/random.js";
import { absurdLengths, attacks, file, row } from "./attacks.js";

describe("the reader", () => {
  test("has at least 120 hostile and unusual files to read", () => {
    expect(attacks.length).toBeGreaterThanOrEqual(120);
  });

  test.each(attacks.map((each) => [each.name, each] as const))(
    "reads, or names the problem of: %s",
    (_, { bytes, says }) => {
      if (says === undefined) {
        const { tensors } = readSafetensors(bytes);
        for (const { shape, data } of tensors.values()) expect(data.length).toBe(shape.reduce((a, b) => a * b, 1));
        return;
      }
      let error: unknown;
      try {
        readSafetensors(bytes, "evil.safetensors");
      } catch (thrown) {
        error = thrown;
      }
      expect(error).toBeInstanceOf(LonghandError);
      const { code, message, hint } = error as LonghandError;
      expect(code).toBe("model-file");
      expect(message).toMatch(says);
      expect(message).toMatch(/^evil\.safetensors is not a complete safetensors file: [^\n]+\.$/);
      expect(hint).toBe("Copy it again, or use another file.");
      expect(message.length).toBeLessThan(400);
    },
  );

  test("leaves no prototype changed", () => {
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(({} as Record<string, unknown>).dtype).toBeUndefined();
    expect(readSafetensors(file('{"__metadata__":{}}', 0)).metadata.toString).toBeUndefined();
  });

  test("allocates no more than the size of the file", () => {
    const count = 4_000_000;
    const header = `{"a":${row("[1]", "[0,1]", '"U8"')},"b":${row(`[${count}]`, `[1,${1 + 4 * count}]`)}}`;
    const bytes = file(header, 1 + 4 * count);
    const before = process.memoryUsage().arrayBuffers;
    const { tensors } = readSafetensors(bytes); // unaligned, so it is copied
    expect(tensors.get("b")?.data.length).toBe(count);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 * bytes.length + 2 ** 24);
    const between = process.memoryUsage().arrayBuffers;
    for (const length of absurdLengths) expect(() => readSafetensors(file("{}", 0, length))).toThrow(LonghandError);
    expect(process.memoryUsage().arrayBuffers - between).toBeLessThan(2 ** 20);
  });

  test(`reads each of ${repeats(20_000)} mutated files as tensors that fill it, or refuses it with a message`, () => {
    const { below, pick } = dice(20_000);
    const base = writeSafetensors(
      [
        { name: "weight", dtype: "F32", shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
        { name: "bias", dtype: "F32", shape: [2], data: Float32Array.of(7, 8) },
        { name: "u", dtype: "U8", shape: [3], data: Uint8Array.of(1, 2, 3) },
      ],
      { cell: "gru", vocab: '["a","b"]' },
    );
    const json = new TextDecoder().decode(base[0]!.subarray(8)).trim();
    const data = join(base.slice(1));
    const tokens = json.match(/"(?:[^"\\]|\\.)*"|\d+|[{}[\],:]/g)!;
    const hostile = [
      "0",
      "1",
      "4",
      "24",
      "35",
      "-1",
      "1e9",
      "2147483648",
      "9007199254740993",
      "null",
      "true",
      '""',
      '"F64"',
      '"U8"',
      '"__proto__"',
      '"weight"',
      '"dtype"',
      '"\\ud800"',
      "[",
      "]",
      "{",
      "}",
      ",",
      ":",
      "[[",
      "[]",
      "{}",
      " ",
      "\\",
      '"',
    ];
    const seen = { read: 0, refused: 0 };
    for (let i = 0; i < repeats(20_000); i++) {
      const mutated = [...tokens];
      for (let n = below(4); n > 0; n--) {
        const at = below(mutated.length);
        const other = below(mutated.length);
        const kind = below(6);
        if (kind === 0) mutated[at] = pick(hostile);
        else if (kind === 1) mutated.splice(at, 1 + below(4));
        else if (kind === 2) mutated.splice(at, 0, ...mutated.slice(other, other + 1 + below(12)));
        else if (kind === 3) [mutated[at], mutated[other]] = [mutated[other]!, mutated[at]!];
        else if (kind === 4) mutated[at] = mutated[other]!;
        else mutated.splice(at, 0, pick(hostile));
      }
      const header = mutated.join("") + " ".repeat(below(9));
      const length = below(20) === 0 ? BigInt(below(300)) : undefined;
      let bytes = join([file(header, 0, length), below(10) === 0 ? data.subarray(below(36)) : data]);
      for (let n = below(8) === 0 ? 1 + below(4) : 0; n > 0; n--) bytes[below(bytes.length)]! ^= 1 << below(8);
      if (below(20) === 0) bytes = bytes.subarray(0, below(bytes.length));
      try {
        const found = readSafetensors(bytes);
        const start = 8 + Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
        const sizes = named(found).map((tensor) => tensor.data.byteLength);
        expect(sizes.reduce((a, b) => a + b, start)).toBe(bytes.length);
        const again = readSafetensors(join(writeSafetensors(named(found), found.metadata)));
        expect(new Map([...again.tensors].sort())).toEqual(new Map([...found.tensors].sort()));
        seen.read++;
      } catch (error) {
        if (!(error instanceof LonghandError)) throw error;
        expect(error.code).toBe("model-file");
        seen.refused++;
      }
    }
    expect(seen.read).toBeGreaterThan(repeats(2_000)); // both answers are well tried
    expect(seen.refused).toBeGreaterThan(repeats(10_000));
  });
});
