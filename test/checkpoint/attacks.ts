// Hostile and unusual safetensors files, each with the expected message. One row per attack.

import { HEADER_LIMIT } from "../../src/checkpoint/safetensors.js";
import { join } from "../helpers/damage.js";

export interface Attack {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** What the sentence says; undefined: the file is good. */
  readonly says: RegExp | undefined;
}
const encode = (text: string) => new TextEncoder().encode(text);

/** A file of this header, zeros as data, and this claimed length (by default the true one). */
export function file(header: string | Uint8Array, data = 4, length?: bigint): Uint8Array {
  const json = typeof header === "string" ? encode(header) : header;
  const size = new BigUint64Array([length ?? BigInt(json.length)]);
  return join([new Uint8Array(size.buffer), json, new Uint8Array(data)]);
}
const attack = (
  name: string,
  says: RegExp | undefined,
  header: string | Uint8Array,
  data?: number,
  length?: bigint,
) => ({
  name,
  says,
  bytes: file(header, data, length),
});
/** One tensor row; parts are JSON as text. */
export const row = (shape: string, offsets: string, dtype = '"F32"') =>
  `{"dtype":${dtype},"shape":${shape},"data_offsets":${offsets}}`;
const good = `{"w":${row("[1]", "[0,4]")}}`;
const w = (shape: string, offsets: string, dtype?: string) => `{"w":${row(shape, offsets, dtype)}}`;

/** Header lengths no file may claim. */
export const absurdLengths = [
  2n ** 23n + 1n,
  2n ** 31n,
  2n ** 32n,
  2n ** 32n + BigInt(good.length),
  2n ** 53n + 1n,
  2n ** 63n,
  2n ** 64n - 1n,
];
const wrongDtypes = [
  '"F33"',
  '""',
  '"f32"',
  '"toString"',
  '"__proto__"',
  '"constructor"',
  "4",
  "[]",
  "{}",
  '["F32"]',
  '"F32\\u0000"',
  '"C64"',
];
const wrongShapes = ['"1"', "{}", "1", '["1"]', "[[1]]", "[{}]", "[9007199254740993]", "[2]", "[0]", "[1,2]"];
const wrongOffsets = [
  "[]",
  "[0]",
  "[0,4,8]",
  '["0","4"]',
  "[4,0]",
  "[0,8]",
  "[4,8]",
  "[0,9007199254740993]",
  "[9007199254740993,9007199254740997]",
  "{}",
  '"0,4"',
  "4",
  "[[0],[4]]",
];
const wrongNumbers = [
  "-1",
  "-0",
  "1.0",
  "1e0",
  "1E0",
  "0.5",
  "+1",
  "NaN",
  "Infinity",
  "null",
  "true",
  "false",
  "0x1",
  "1_0",
  "'1'",
  "$",
];
const names = [
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "../../x",
  "a/b",
  "",
  "0",
  "\\u0000",
  "\\u001b[2J",
  "ü",
  "😀",
  "x".repeat(10_000),
];

export const attacks: readonly Attack[] = [
  attack("a good file", undefined, good),
  { name: "an empty file", says: /it has 0 bytes/, bytes: new Uint8Array(0) },
  { name: "seven bytes", says: /it has 7 bytes/, bytes: new Uint8Array(7) },
  { name: "eight zeros", says: /does not begin with \{/, bytes: new Uint8Array(8) },
  { name: "a length and nothing else", says: /claims a header of 100 bytes, but 0 follow/, bytes: file("", 0, 100n) },
  { name: "a length one too long", says: /but 5 follow/, bytes: file("{}   ", 0, 6n) },
  attack("a length one too short", /not JSON/, good, 4, BigInt(good.length - 1)),
  attack("a length of one", /not JSON/, good, 4, 1n),
  ...absurdLengths.map((length) =>
    attack(`a length of ${length}`, /claims a header of \d+ bytes; at most 8388608/, good, 4, length),
  ),
  attack("no tensor and no data", undefined, "{}", 0),
  attack("no tensor, but data", /4 bytes follow the last tensor/, "{}", 4),
  attack("an empty header with metadata", undefined, '{"__metadata__":{}}', 0),
  ...[1, 2, 3, 4, 5, 6, 7, 8].map((pad) => attack(`a header padded by ${pad}`, undefined, good + " ".repeat(pad))),
  attack("a header padded with new lines and tabs", undefined, `${good}\n\r\t`),
  attack("a space before the header", /does not begin with \{/, ` ${good}`),
  attack("a byte order mark", /does not begin with \{/, `\ufeff${good}`),
  attack("UTF-16", /stands outside of any string/, new Uint8Array(Buffer.from(good, "utf16le"))),
  attack("zeros after the header", /stands outside of any string/, `${good}\0\0`),
  attack("junk after the header", /not JSON/, `${good}{}`),
  attack("words after the header", /stands outside of any string/, `${good} PK`),
  attack("a list", /does not begin with \{/, `[${good}]`),
  attack("a string", /does not begin with \{/, '"abc"'),
  attack("a zip", /claims a header/, good, 4, 0x04034b50n),
  attack("a header cut in a string", /not JSON/, '{"w'),
  attack("a header cut after a backslash", /not JSON/, '{"w\\'),
  attack("a comma too many", /not JSON/, `{"w":${row("[1]", "[0,4]")},}`),
  attack("a comment", /stands outside of any string/, `{/**/"w":${row("[1]", "[0,4]")}}`),
  attack("a million brackets", /does not begin/, "[".repeat(1_000_000)),
  attack("a million braces", /not JSON|nested deeper/, "{".repeat(1_000_000)),
  attack("a million brackets in a row", /nested deeper/, `{"w":${"[".repeat(1_000_000)}`),
  attack(
    "a million closed brackets in a shape",
    /nested deeper/,
    w("[".repeat(500_000) + "]".repeat(500_000), "[0,4]"),
  ),
  attack("a million objects", /nested deeper/, `{"w":${'{"a":'.repeat(1_000_000)}`),
  attack("eight million closing braces", /not JSON/, `{${"}".repeat(HEADER_LIMIT - 1)}`),
  attack("a string of eight million", /not JSON/, `{"${"x".repeat(HEADER_LIMIT - 2)}`),
  attack("a key twice", /a key twice/, `{"w":${row("[1]", "[0,4]")},"w":${row("[1]", "[0,4]")}}`),
  attack("a key twice, once escaped", /a key twice/, `{"w":${row("[1]", "[0,4]")},"\\u0077":${row("[1]", "[0,4]")}}`),
  attack(
    "a key twice within a row",
    /a key twice/,
    `{"w":{"dtype":"F64","dtype":"F32","shape":[1],"data_offsets":[0,4]}}`,
  ),
  attack("__metadata__ twice", /a key twice/, `{"__metadata__":{},"__metadata__":{"a":"b"}}`, 0),
  attack("a metadata field twice", /a key twice/, `{"__metadata__":{"a":"x","a":"y"}}`, 0),
  attack("__proto__ twice", /a key twice/, `{"__proto__":${row("[1]", "[0,4]")},"__proto__":${row("[1]", "[0,4]")}}`),
  attack("colons and quotes in names", undefined, `{"a:\\":{[":${row("[1]", "[0,4]")}}`),
  ...names.map((name) =>
    attack(`a tensor named ${name.slice(0, 20)}`, undefined, `{"${name}":${row("[1]", "[0,4]")}}`),
  ),
  attack("a name with half a surrogate pair", /half a surrogate pair/, `{"\\ud83d":${row("[1]", "[0,4]")}}`),
  attack(
    "a name that is not UTF-8",
    /not JSON in UTF-8/,
    join([encode('{"'), Uint8Array.of(0xff), encode(`":${row("[1]", "[0,4]")}}`)]),
  ),
  attack(
    "a name in overlong UTF-8",
    /not JSON in UTF-8/,
    join([encode('{"'), Uint8Array.of(0xc0, 0xaf), encode(`":${row("[1]", "[0,4]")}}`)]),
  ),
  attack("a name with a raw new line", /not JSON/, `{"a\nb":${row("[1]", "[0,4]")}}`),
  ...["[]", '"x"', "1", '[["a","b"]]'].map((text) =>
    attack(`metadata that is ${text}`, /__metadata__ is not an object/, `{"__metadata__":${text}}`, 0),
  ),
  attack("metadata that is null", /stands outside of any string/, '{"__metadata__":null}', 0),
  ...["1", "[]", "{}", '["x"]', '{"b":"c"}'].map((text) =>
    attack(`a metadata field that is ${text}`, /"a" is not a string/, `{"__metadata__":{"a":${text}}}`, 0),
  ),
  attack("metadata with half a surrogate pair", /half a surrogate pair/, '{"__metadata__":{"a":"\\udfff"}}', 0),
  attack("metadata named __proto__", undefined, '{"__metadata__":{"__proto__":"x","toString":"y"}}', 0),
  ...[
    "[]",
    '"x"',
    "1",
    "{}",
    '{"dtype":"F32"}',
    '{"dtype":"F32","shape":[1]}',
    '{"dtype":"F32","shape":[1],"offsets":[0,4]}',
    '{"__proto__":{"dtype":"F32"},"shape":[1],"data_offsets":[0,4]}',
    `{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":"y"}`,
  ].map((text) => attack(`a row that is ${text}`, /"w" (has not exactly|takes)|of "w" is/, `{"w":${text}}`)),
  ...wrongDtypes.map((text) =>
    attack(`dtype ${text}`, /the dtype of "w" is .*; known are F64, F32/, w("[1]", "[0,4]", text)),
  ),
  ...wrongShapes.map((text) => attack(`shape ${text}`, /shape of "w"|its shape wants|nested deeper/, w(text, "[0,4]"))),
  ...wrongOffsets.map((text) =>
    attack(`offsets ${text}`, /data_offsets of "w"|its shape wants|belong to no tensor|nested deeper/, w("[1]", text)),
  ),
  ...wrongNumbers.map((text) => attack(`a size ${text}`, /outside of any string|not JSON/, w(`[${text}]`, "[0,4]"))),
  ...wrongNumbers
    .slice(0, 8)
    .map((text) => attack(`an offset ${text}`, /outside of any string|not JSON/, w("[1]", `[${text},4]`))),
  attack("a leading zero", /not JSON/, w("[01]", "[0,4]")),
  attack("sizes whose product wraps", /more than can be counted/, w("[4294967296,4294967296]", "[0,4]")),
  attack(
    "sizes whose product wraps before a zero",
    /more than can be counted/,
    w("[4294967296,4294967296,0]", "[0,0]"),
    0,
  ),
  attack("a product that fits but times the width does not", /its shape wants/, w("[9007199254740991]", "[0,4]")),
  attack("a zero size before large ones", undefined, w("[0,9007199254740991]", "[0,0]"), 0),
  attack("a scalar", undefined, w("[]", "[0,4]")),
  attack("64 axes", undefined, w(`[${"1,".repeat(63)}1]`, "[0,4]")),
  attack("65 axes", /65 axes/, w(`[${"1,".repeat(64)}1]`, "[0,4]")),
  attack("a million axes", /1000000 axes/, w(`[${"1,".repeat(999_999)}1]`, "[0,4]")),
  attack("a tensor that ends after the file", /ends after the file/, w("[2]", "[0,8]"), 4),
  attack("a tensor far beyond the file", /ends after the file/, w("[1000000000]", "[0,4000000000]"), 4),
  attack("a hole at the start", /4 bytes before "w" belong to no tensor/, w("[1]", "[4,8]"), 8),
  attack("a hole in between", /belong to no tensor/, `{"a":${row("[1]", "[0,4]")},"b":${row("[1]", "[8,12]")}}`, 12),
  attack("junk at the end", /1 bytes follow the last tensor/, good, 5),
  attack("tensors that overlap", /overlaps/, `{"a":${row("[2]", "[0,8]")},"b":${row("[2]", "[4,12]")}}`, 12),
  attack("two tensors over the same bytes", /overlaps/, `{"a":${row("[1]", "[0,4]")},"b":${row("[1]", "[0,4]")}}`),
  attack("a tensor within another", /overlaps/, `{"a":${row("[3]", "[0,12]")},"b":${row("[1]", "[4,8]")}}`, 12),
  attack("tensors in reverse", undefined, `{"a":${row("[1]", "[4,8]")},"b":${row("[1]", "[0,4]")}}`, 8),
  attack(
    "empty tensors that share a place",
    undefined,
    `{"a":${row("[0]", "[0,0]")},"b":${row("[0,5]", "[0,0]")},"c":${row("[1]", "[0,4]")},"d":${row("[0]", "[4,4]")}}`,
  ),
  attack("an empty tensor inside another", /overlaps/, `{"a":${row("[2]", "[0,8]")},"b":${row("[0]", "[4,4]")}}`, 8),
  attack(
    "an empty tensor beyond the end",
    /belong to no tensor/,
    `{"a":${row("[1]", "[0,4]")},"b":${row("[0]", "[8,8]")}}`,
  ),
  attack(
    "an unaligned tensor",
    undefined,
    `{"a":${row("[1]", "[0,1]", '"U8"')},"b":${row("[1]", "[1,9]", '"F64"')}}`,
    9,
  ),
  attack("half floats", undefined, `{"a":${row("[1]", "[0,2]", '"F16"')},"b":${row("[1]", "[2,4]", '"BF16"')}}`),
  attack(
    "100,000 tensors",
    undefined,
    `{${Array.from({ length: 100_000 }, (_, i) => `"t${i}":${row("[0]", "[0,0]", '"U8"')}`).join(",")}}`,
    0,
  ),
];
