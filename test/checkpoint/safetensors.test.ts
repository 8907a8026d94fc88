import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { HEADER_LIMIT, type NamedTensor, readSafetensors, writeSafetensors } from "../../src/checkpoint/safetensors.js";
import { dice, join, named } from "../helpers/damage.js";
import { fc, repeats } from "../helpers/random.js";

const f32 = (name: string, shape: number[], ...values: number[]): NamedTensor => ({
  name,
  dtype: "F32",
  shape,
  data: Float32Array.from(values),
});

describe("a safetensors file", () => {
  test("has exactly the bytes of the format", () => {
    const pieces = writeSafetensors([f32("b", [1], 2), f32("a", [1, 1], 1)], { k: "v" });
    const json =
      '{"__metadata__":{"k":"v"},"a":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}';
    const padded = json.padEnd(Math.ceil(json.length / 8) * 8);
    const expected = Buffer.alloc(8 + padded.length + 8);
    expected.writeBigUInt64LE(BigInt(padded.length));
    expected.write(padded, 8);
    expected.writeFloatLE(1, 8 + padded.length);
    expected.writeFloatLE(2, 12 + padded.length);
    expect(Buffer.from(join(pieces))).toEqual(expected);
  });

  test("is written without a copy of the data", () => {
    const tensor = f32("a", [2], 1, 2);
    expect(writeSafetensors([tensor])[1]?.buffer).toBe(tensor.data.buffer);
  });

  test("aligns every tensor, so that reading copies none", () => {
    const bytes = join(
      writeSafetensors([
        { name: "a", dtype: "U8", shape: [3], data: Uint8Array.of(1, 2, 3) },
        { name: "b", dtype: "F16", shape: [1], data: Uint16Array.of(4) },
        { name: "c", dtype: "F64", shape: [1], data: Float64Array.of(5) },
        f32("d", [1], 6),
      ]),
    );
    const { tensors } = readSafetensors(bytes);
    expect([...tensors.keys()]).toEqual(["c", "d", "b", "a"]);
    for (const { data } of tensors.values()) expect(data.buffer).toBe(bytes.buffer);
  });

  test("gives back any tensors and metadata, at any offset in a buffer, and the same bytes if written again", () => {
    const width = {
      F64: 8,
      F32: 4,
      I64: 8,
      U64: 8,
      I32: 4,
      U32: 4,
      I16: 2,
      U16: 2,
      F16: 2,
      BF16: 2,
      I8: 1,
      U8: 1,
      BOOL: 1,
    };
    const views = { 8: BigUint64Array, 4: Uint32Array, 2: Uint16Array, 1: Uint8Array };
    const tensor = fc
      .record({
        dtype: fc.constantFrom(...(Object.keys(width) as (keyof typeof width)[])),
        shape: fc.array(fc.nat(4), { maxLength: 3 }),
        seed: fc.nat(),
      })
      .map(({ dtype, shape, seed }) => {
        const size = shape.reduce((a, b) => a * b, 1);
        const { below } = dice(seed);
        const bits = Uint8Array.from({ length: size * width[dtype] }, () => below(256));
        const one = new TextEncoder().encode(
          JSON.stringify({ t: { dtype, shape, data_offsets: [0, bits.length] } }).padEnd(72),
        );
        const length = new Uint8Array(new BigUint64Array([72n]).buffer);
        return readSafetensors(join([length, one, bits])).tensors.get("t")!;
      });
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom("__proto__", "constructor", "toString", "0", ""),
    );
    fc.assert(
      fc.property(fc.dictionary(text, tensor), fc.dictionary(text, text), fc.nat(9), (dictionary, metadata, shift) => {
        const tensors: NamedTensor[] = Object.entries(dictionary)
          .filter(([name]) => name !== "__metadata__")
          .map(([name, each]) => ({ name, ...each }));
        const bytes = join(writeSafetensors(tensors, metadata));
        const moved = join([new Uint8Array(shift), bytes]).subarray(shift);
        const file = readSafetensors(moved);
        expect(Object.entries(file.metadata).sort()).toEqual(Object.entries(metadata).sort());
        expect([...file.tensors.keys()].sort()).toEqual(tensors.map(({ name }) => name).sort());
        for (const { name, dtype, shape, data } of tensors) {
          const found = file.tensors.get(name)!;
          expect([found.dtype, found.shape, found.data.constructor]).toEqual([dtype, shape, data.constructor]);
          const View = views[width[dtype] as keyof typeof views];
          const bits = (each: typeof data) => new View(each.buffer as ArrayBuffer, each.byteOffset, each.length);
          expect(bits(found.data)).toEqual(bits(data));
        }
        expect(join(writeSafetensors(named(file), file.metadata))).toEqual(bytes);
      }),
      { numRuns: repeats(500) },
    );
  });

  const folder = new URL("../golden/vectors/", import.meta.url);
  const golden = readdirSync(folder).filter((name) => name.endsWith(".safetensors"));
  test.each(golden)("of another writer is read and written again with the same content: %s", (name) => {
    const bytes = new Uint8Array(readFileSync(new URL(name, folder)));
    const file = readSafetensors(bytes);
    expect(file.tensors.size).toBeGreaterThan(10);
    expect(file.metadata.cell).toBe(name.match(/rnn|gru|lstm/)?.[0]);
    const again = readSafetensors(join(writeSafetensors(named(file), file.metadata)));
    expect(again.metadata).toEqual(file.metadata);
    expect(new Map(again.tensors)).toEqual(new Map(file.tensors));
    for (const { data } of named(file)) {
      if (data instanceof Float32Array || data instanceof Float64Array) expect(data.every(Number.isFinite)).toBe(true);
    }
  });

  test("is not written with two equal names, a wrong shape or half a surrogate pair", () => {
    expect(() => writeSafetensors([f32("a", [1], 1), f32("a", [1], 1)])).toThrow('named "a"');
    expect(() => writeSafetensors([f32("__metadata__", [1], 1)])).toThrow("__metadata__");
    expect(() => writeSafetensors([f32("a", [2], 1)])).toThrow('"a" has 1 elements, but its shape is [2]');
    expect(() => writeSafetensors([f32("a\ud800", [1], 1)])).toThrow("surrogate");
    expect(() => writeSafetensors([], { a: "\udc00" })).toThrow("surrogate");
  });

  test("has a header of at most 8 MiB, in writing and reading", () => {
    const around = '{"__metadata__":{"a":""}}'.length;
    const fits = join(writeSafetensors([], { a: "x".repeat(HEADER_LIMIT - around) }));
    expect(fits.length).toBe(8 + HEADER_LIMIT);
    expect(readSafetensors(fits).metadata.a).toHaveLength(HEADER_LIMIT - around);
    const more = { a: "x".repeat(HEADER_LIMIT - around + 1) };
    expect(() => writeSafetensors([], more)).toThrow(/the limit is 8388608\.$/);
  });
});
