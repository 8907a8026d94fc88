// compare, from the command line, between runs that cut a text differently: held to what score tells of every token,
// put together by hand over the bytes of the text.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { compareRuns } from "../../src/node/scoring/compare.js";
import { fill, folder, lines, longhand, someText, tiny } from "../helpers/cli.js";

const shakespeare = readFileSync(new URL("../../data/tinyshakespeare.txt", import.meta.url), "utf8");
const other = `Ωmega, the Naïve.\n${shakespeare.slice(200_000, 201_400)}`;
const long = shakespeare.slice(300_000, 360_000);
const cwd = folder({ "t.txt": someText(60), "other.txt": other, "long.txt": long });
const runs = { char: "", byte: "--unit byte", word: "--unit word", lower: "--lower on" } as const;
type Name = keyof typeof runs;

/** A token as `score` tells it, and the bytes it stands for. */
interface Told {
  readonly end: number;
  readonly nats: number;
  /** It says what stands there. */
  readonly exact: boolean;
}
const told = new Map<Name, readonly Told[]>();
const bytesIn = (text: string) => new TextEncoder().encode(text).length;

beforeAll(async () => {
  await Promise.all(
    Object.entries(runs).map(async ([name, flags]) => {
      const flag = flags === "" ? "" : ` ${flags}`;
      const { code, err } = await longhand(
        cwd,
        `train t.txt --out runs/${name} ${tiny}${flag} --lr 0.02 --steps 30 --quiet`,
      );
      expect({ code, err }).toEqual({ code: 0, err: "" });
      const { out } = await longhand(cwd, `score runs/${name} other.txt --json`);
      // biome-ignore format: one thought
      type Token = { token: string; nats: number; unknown?: true; spelling?: number };
      const tokens = lines(out)
        .slice(0, -1)
        .flatMap((row) => JSON.parse(row).tokens as Token[]);
      let at = 0;
      let begin = 0;
      const list = tokens.map(({ token, nats, unknown, spelling }) => {
        const stands = other.slice(at, at + token.length);
        const size = name === "byte" ? 1 : bytesIn(token);
        if (name !== "byte") at += token.length;
        begin += size;
        // An unknown word is spelled; one that is known with or without its space costs two bytes.
        const bytes = unknown ? size + (name === "word" ? 1 : 0) : spelling === undefined ? 0 : 2;
        const spelled = Math.log(256) * bytes;
        return { end: begin, nats: nats + spelled, exact: name === "byte" || token === stands };
      });
      told.set(name as Name, list);
    }),
  );
});

/** Both sides summed over the bytes that both tell, between places where both have a token's end. */
function truth(a: Name, b: Name) {
  const x = told.get(a)!;
  const y = told.get(b)!;
  const ends = x.map(({ end }) => end).filter((end) => y.some((each) => each.end === end));
  const whole = new TextEncoder().encode(other);
  const found = { a: 0, b: 0, characters: 0, bytes: 0, leftOut: 0 };
  let from = 0;
  for (const to of ends) {
    const within = (list: readonly Told[]) => list.filter(({ end }) => end > from && end <= to);
    const sum = (list: readonly Told[]) => list.reduce((total, { nats }) => total + nats, 0);
    if ([...within(x), ...within(y)].every(({ exact }) => exact)) {
      found.a += sum(within(x));
      found.b += sum(within(y));
      found.bytes += to - from;
      found.characters += new TextDecoder().decode(whole.subarray(from, to)).length;
    } else found.leftOut += to - from;
    from = to;
  }
  return found;
}

const pairs = [
  ["char", "byte"],
  ["char", "word"],
  ["byte", "word"],
  ["lower", "char"],
  ["lower", "byte"],
  ["word", "lower"],
] as const;

describe.concurrent("compare", () => {
  test.each(pairs)(
    "%s with %s: a character's nats of each over the same bytes, their difference between",
    async (a, b) => {
      const { code, out, err } = await longhand(cwd, `compare runs/${a} runs/${b} other.txt --batch 1 --json`);
      expect({ code, err }).toEqual({ code: 0, err: "" });
      const found = JSON.parse(out);
      const wanted = truth(a, b);
      expect(found).toMatchObject({ characters: wanted.characters, bytes: wanted.bytes, leftOut: wanted.leftOut });
      expect(wanted.bytes + wanted.leftOut).toBe(bytesIn(other));
      const { perCharacter: nats, perByte: bits } = found;
      expect(nats.a).toBeCloseTo(wanted.a / wanted.characters, 6);
      expect(nats.b).toBeCloseTo(wanted.b / wanted.characters, 6);
      expect(bits.b).toBeCloseTo(wanted.b / Math.LN2 / wanted.bytes, 6);
      expect(nats.difference).toBeCloseTo(nats.b - nats.a, 12);
      expect(nats.low < nats.difference && nats.difference < nats.high).toBe(true);
      if (a === "lower" || b === "lower") expect(found.leftOut).toBeGreaterThan(20);
      else expect(found.leftOut).toBe(0);
    },
  );

  test.each(pairs)("%s with %s, turned round, is the same difference with the other sign", async (a, b) => {
    const o = { lanes: 1, notice: () => {} };
    const path = (name: Name) => join(cwd, "runs", name);
    const text = [join(cwd, "other.txt")];
    const one = await compareRuns(path(a), path(b), text, o);
    const two = await compareRuns(path(b), path(a), text, o);
    expect(two).toMatchObject({ characters: one.characters, leftOut: one.leftOut });
    expect(two.perCharacter.difference).toBeCloseTo(-one.perCharacter.difference, 12);
    expect(two.perCharacter.low).toBeCloseTo(-one.perCharacter.high, 12);
    expect(two.perCharacter.high).toBeCloseTo(-one.perCharacter.low, 12);
    const turned = { a: "b", b: "a" } as const;
    expect(two.better).toBe(one.better && turned[one.better]);
  });

  test(
    "the interval of a part of a text holds the difference on all " + "of it, and is no wider than a part's must be",
    async () => {
      const path = (name: Name) => join(cwd, "runs", name);
      // biome-ignore format: one line
      const compared = async (text: string) => {
    const { perCharacter } = await compareRuns(path("char"), path("byte"), [text], { lanes: 1 });
    return perCharacter;
  };
      const parts = 12;
      const size = long.length / parts;
      const files = Array.from({ length: parts }, (_, i) => [`part-${i}.txt`, long.slice(i * size, (i + 1) * size)]);
      fill(cwd, Object.fromEntries(files));
      const whole = await compared(join(cwd, "long.txt"));
      let held = 0;
      let width = 0;
      for (const [name] of files) {
        const { low, high } = await compared(join(cwd, name!));
        if (low <= whole.difference && whole.difference <= high) held += 1;
        width += (high - low) / parts;
      }
      expect(held).toBeGreaterThanOrEqual(9); // parts of a play are not quite of one kind
      expect(width / (whole.high - whole.low)).toBeLessThan(1.8 * Math.sqrt(parts));
    },
  );
});
