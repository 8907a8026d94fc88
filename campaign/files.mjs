// Mutated files: a run's state, model, token file, log and config, a recipe and the text. Every command then ends with
// the right result, or with an exit code from 2 to 5 and a sentence.

import { createHash } from "node:crypto";
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { longhand, outcome, place, small, undisturbed, wrongWith } from "./kit.mjs";
import { acts, startLibrary } from "./library.mjs";

const run = ["state.safetensors", "model.safetensors", "tokens.safetensors", "log.jsonl", "config.json"];

/** Commands over the run r; `sameBits`: those that end with the run of before. */
const commands = [
  { words: "resume r --quiet", sameBits: true },
  { words: "info r" },
  { words: "info r --json" },
  { words: "generate r --length 50" },
  { words: "evaluate r t.txt" },
  { words: "score r t.txt" },
  { words: "copied r t.txt" },
  { words: "show r --text t.txt --out p.html" },
];

export async function prepare(root) {
  const { whole } = await undisturbed(root);
  const library = startLibrary();
  // Half of a run, so that a resume has something to do.
  place(join(root, "half"));
  for (let stopped = false, tries = 0; !stopped; tries++) {
    rmSync(join(root, "half/r"), { recursive: true, force: true });
    const half = await longhand(join(root, "half"), `train t.txt ${small} --out r --json`, { began: stopMidway });
    stopped = half.code === 130;
    if (tries === 20) throw new Error(`The half run: ${wrongWith(half, [130])}`);
  }

  const mutated = (file, change, sealed) => async (dice, folder) => {
    cpSync(join(root, "half"), folder, { recursive: true });
    const path = join(folder, "r", file);
    const before = readFileSync(path);
    const bytes = change(before, dice);
    writeFileSync(path, bytes);
    // Of both states, or of the newest alone.
    if (file === "state.safetensors" && dice.below(2) === 0) writeFileSync(`${path}.previous`, bytes);
    if (dice.below(8) === 0) rmSync(join(folder, "t.txt"));
    // Most trials by the library in one process, some by the command line.
    const inside = dice.below(8) > 0;
    const { words, sameBits } = inside ? actOf(dice) : dice.pick(commands);
    const ended = inside ? await library.attempt(words, folder) : await longhand(folder, words);
    const failure = wrongWith(ended);
    if (failure !== undefined) return `${words}: ${failure}`;
    // A sealed change may be a run of its own.
    if (sameBits && !sealed && ended.code === 0 && outcome(join(folder, "r")) !== whole && file !== "log.jsonl") {
      return `${words}: it ends with other bits`;
    }
    return undefined;
  };
  return {
    close: library.close,
    cases: [
      ...run.map((file) => ({ name: `bytes of ${file}`, attempt: mutated(file, spoil, false) })),
      ...run.slice(0, 3).map((file) => ({
        name: `contents of ${file}, with a right digest`,
        attempt: mutated(file, (bytes, dice) => seal(spoilHeader(bytes, dice), file.startsWith("tokens")), true),
      })),
      ...run.slice(3).map((file) => ({ name: `values of ${file}`, attempt: mutated(file, spoilLines, true) })),
      { name: "a recipe", attempt: recipe },
      { name: "bytes of the text", attempt: hostileText },
    ],
  };
}

function actOf({ pick }) {
  const words = pick(Object.keys(acts));
  return { words, sameBits: words === "resume" };
}

function stopMidway(child) {
  let seen = "";
  child.stdout.on("data", (piece) => {
    seen += piece;
    if (seen.includes('"window":8,')) child.kill("SIGINT");
  });
}

/** Bytes flipped, cut off, repeated, zeroed, drawn or emptied. */
function spoil(before, { below, pick }) {
  const bytes = Buffer.from(before);
  const at = below(bytes.length);
  const size = 1 + below(pick([1, 8, 64, 4096]));
  const ways = [
    () => bytes.subarray(0, at),
    () => Buffer.concat([bytes, bytes.subarray(at, at + size)]),
    () => Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + size)]),
    () => bytes.fill(0, at, Math.min(bytes.length, at + size)),
    () => bytes.map((byte, i) => (i >= at && i < at + size ? below(256) : byte)),
    () => Buffer.alloc(pick([0, 1, 8, bytes.length])),
  ];
  const one = () => {
    for (let times = 1 + below(4); times > 0; times--) bytes[below(bytes.length)] ^= 1 << below(8);
    return bytes;
  };
  return below(2) === 0 ? one() : pick(ways)();
}

/** Values that nobody expects. */
const odd = [
  null,
  true,
  -1,
  0,
  1,
  0.5,
  1e9,
  2 ** 53,
  1e308,
  "",
  "x",
  "\u001b[2J",
  "\u009b31m",
  "a\u0000b",
  "\ud800",
  "../../x",
  "y".repeat(1e5),
  [],
  {},
  [null],
  { __proto__: null },
];

/** A value of JSON with one part replaced, left out or nested deep, anywhere in it. */
function spoilValue(value, dice, depth = 0) {
  const { below, pick } = dice;
  const inside = typeof value === "object" && value !== null ? Object.keys(value) : [];
  if (inside.length === 0 || (depth > 0 && below(4) === 0)) return pick(odd);
  const name = pick(inside);
  const copy = Array.isArray(value) ? [...value] : { ...value };
  const how = below(8);
  if (how === 0) delete copy[name];
  else if (how === 1) copy[pick(["x", "\u001b[2J", "y".repeat(1000)])] = pick(odd);
  else copy[name] = spoilText(copy[name], dice, depth);
  return copy;
}

/** Strings of JSON are changed inside. */
function spoilText(value, dice, depth) {
  if (typeof value === "string" && /^[[{]/.test(value)) {
    try {
      return JSON.stringify(spoilValue(JSON.parse(value), dice, depth + 1));
    } catch {
      return dice.pick(odd);
    }
  }
  return spoilValue(value, dice, depth + 1);
}

/** Some lines of JSON, or one text of JSON, with an odd value in it. */
function spoilLines(before, dice) {
  const words = before.toString();
  const deep = `${"[".repeat(200_000)}${"]".repeat(dice.pick([0, 200_000]))}`;
  try {
    return Buffer.from(JSON.stringify(spoilValue(JSON.parse(words), dice)));
  } catch {
    const lines = words.trimEnd().split("\n");
    const at = dice.below(lines.length + 1);
    const line = lines[at] ?? lines[0];
    const wrong = dice.pick([
      () => JSON.stringify(spoilValue(JSON.parse(line), dice)),
      () => deep,
      () => JSON.stringify(dice.pick(odd)),
    ])();
    lines.splice(at, dice.below(2), wrong);
    return Buffer.from(`${lines.join("\n")}\n`);
  }
}

/** A safetensors file whose metadata, or whose numbers, are others. */
function spoilHeader(before, dice) {
  const length = Number(before.readBigUInt64LE(0));
  const header = JSON.parse(before.toString("utf8", 8, 8 + length));
  const data = before.subarray(8 + length);
  if (dice.below(3) === 0 && data.length > 8) {
    const numbers = Buffer.from(data);
    const at = dice.below(numbers.length - 8);
    dice.pick([
      () => numbers.writeFloatLE(dice.pick([Number.NaN, Number.POSITIVE_INFINITY, 1e38]), at - (at % 4)),
      () => numbers.writeDoubleLE(dice.pick([Number.NaN, -1, 1e300]), at - (at % 8)),
      () => numbers.writeInt32LE(dice.pick([-1, 2 ** 31 - 1, 12_345]), at - (at % 4)),
      () => numbers.fill(dice.below(256), at, Math.min(numbers.length, at + dice.below(64))),
    ])();
    return join8(header, numbers, length);
  }
  const changed =
    dice.below(3) === 0 ? spoilValue(header, dice) : { ...header, __metadata__: spoilValue(header.__metadata__, dice) };
  return join8(changed, data, length);
}

/** A file of a header of at least so many bytes, and data. */
function join8(header, data, least) {
  const json = Buffer.from(JSON.stringify(header));
  const size = Math.max(least, Math.ceil(json.length / 8) * 8);
  const head = Buffer.alloc(8 + size, " ");
  head.writeBigUInt64LE(BigInt(size), 0);
  json.copy(head, 8);
  return Buffer.concat([head, data]);
}

/** The same file with the digest of its bytes. A token file's digest covers its data first, then its header. */
function seal(bytes, dataFirst) {
  const mark = Buffer.from('"sha256":"');
  const at = bytes.indexOf(mark) + mark.length;
  if (at < mark.length) return bytes;
  bytes.write("0".repeat(64), at, "latin1");
  const end = 8 + Number(bytes.readBigUInt64LE(0));
  const hash = createHash("sha256");
  if (dataFirst) hash.update(bytes.subarray(end)).update(bytes.subarray(0, end));
  else hash.update(bytes);
  bytes.write(hash.digest("hex"), at, "latin1");
  return bytes;
}

async function recipe(dice, folder) {
  place(folder);
  const settings = { hidden: 8, batch: 4, bptt: 8, steps: 5, cell: "gru", specials: "<unk>", tied: false };
  const right = { result: "one", text: ["t.txt"], out: "r", settings };
  const deep = `{"result":"x","text":"t.txt","settings":{"hidden":${"[".repeat(100_000)}${"]".repeat(100_000)}}}`;
  const written = dice.below(10) === 0 ? deep : JSON.stringify(spoilValue(right, dice));
  writeFileSync(join(folder, "recipe.json"), dice.below(5) === 0 ? spoil(Buffer.from(written), dice) : written);
  const ended = await longhand(folder, "train --recipe recipe.json --out r --quiet");
  return wrongWith(ended);
}

async function hostileText(dice, folder) {
  place(folder);
  const before = readFileSync(join(folder, "t.txt"));
  writeFileSync(join(folder, "t.txt"), spoil(before, dice));
  const unit = dice.pick(["char", "word", "byte"]);
  return wrongWith(
    await longhand(folder, `train t.txt --unit ${unit} --hidden 8 --batch 2 --bptt 8 --steps 5 --out r`),
  );
}
