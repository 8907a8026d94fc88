// copied, and generate --copied: what is told of a text, and what is refused.

import { rmSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { fill, folder, lines, longhand, outcome, someText, tiny } from "../helpers/cli.js";

const text = someText(400);
const trained = text.slice(0, Math.floor(text.length * 0.9));
const other = "The fox was never there: Ω and nothing else, 99 times over.\n".repeat(8);
const mixed = `${other}THE OWL\n${trained.slice(300, 700)}${other}`;
const cwd = folder({ "t.txt": text, "other.txt": other, "mixed.txt": mixed });
beforeAll(async () => {
  const { code, err } = await longhand(cwd, `train t.txt ${tiny} --lr 0.02 --steps 40 --quiet`);
  expect({ code, err }).toEqual({ code: 0, err: "" });
});

async function say(words: string, input?: string, home = cwd): Promise<string> {
  const { code, out, err } = await longhand(home, words, input === undefined ? {} : { input });
  expect({ code, err }).toEqual({ code: 0, err: "" });
  return out;
}

/** The share of the text's n-grams that its run's training part lacks, looked up one by one. */
function novel(examined: string, n: number, training = trained): { n: number; grams: number; novel: number } {
  const all = Array.from({ length: examined.length - n + 1 }, (_, i) => examined.slice(i, i + n));
  return { n, grams: all.length, novel: all.filter((gram) => !training.includes(gram)).length };
}

describe.concurrent("copied", () => {
  test("counts new n-grams and finds the longest spans, in the text and in the training part alone", async () => {
    const found = JSON.parse(await say("copied runs/t mixed.txt --json --spans 3"));
    expect(found).toMatchObject({ run: "runs/t", name: "mixed.txt", unit: "character", trained: trained.length });
    const { text: told, heldOut } = found;
    expect(told.tokens).toBe(mixed.length);
    expect(told.novelty).toMatchObject([5, 10, 20].map((n) => novel(mixed, n)));
    const human = text.slice(trained.length);
    expect(heldOut.spans.map((each: { text: number }) => each.text)).toEqual([0, 0, 0]);
    expect(heldOut.tokens).toBe(Math.min(human.length, mixed.length));
    expect(heldOut.novelty).toMatchObject([5, 10, 20].map((n) => novel(human.slice(0, mixed.length), n)));
    expect(told.spans.length).toBe(3);
    for (const { shown, at, length, place, times, file, line } of [...told.spans, ...heldOut.spans]) {
      expect(shown.length).toBe(length);
      expect(trained.indexOf(shown)).toBe(place);
      expect(trained.split(shown).length - 1).toBeLessThanOrEqual(times);
      expect(file).toBe("t.txt");
      expect(line).toBe(trained.slice(0, place).split("\n").length);
      expect(at).toBeGreaterThanOrEqual(0);
    }
    const [longest] = told.spans;
    expect(longest.length).toBeGreaterThanOrEqual(400);
    expect(mixed.indexOf(longest.shown)).toBe(longest.at);
    expect(longest.shown).toContain(trained.slice(300, 700));
  });

  test("shows a table, the held-out text beside, what to make of it, and the same of standard input", async () => {
    const [people, piped] = await Promise.all([say("copied runs/t mixed.txt"), say("copied runs/t -", mixed)]);
    const rows = lines(people);
    expect(rows[0]).toBe(
      `mixed.txt: ${mixed.length.toLocaleString("en")} characters, compared with the ${trained.length.toLocaleString("en")} of the training text of runs/t`,
    );
    expect(rows[1]).toMatch(/^ +tokens +new: 5-grams +10-grams +20-grams +longest span$/);
    expect(rows[2]).toMatch(/^ {2}this text +1,\d+ +\d+\.\d% +\d+\.\d% +\d+\.\d% +4\d\d$/);
    expect(rows[3]).toMatch(/^ {4}95% +\d+\.\d to \d+\.\d% +\d/);
    expect(rows[4]).toMatch(/^ {2}held-out text +1,\d+ +/);
    expect(people).toMatch(/^(It repeats|No difference|Too short).*\.$/m);
    expect(people).toMatch(/^ +4\d\d +1 +1 {2}t\.txt:\d+ +“/m);
    expect(lines(piped).slice(1)).toEqual(rows.slice(1));
  });

  test("the training text itself is no news at all, and its validation part is its own yardstick", async () => {
    const home = folder({ "t.txt": text, "human.txt": text.slice(trained.length), "all.txt": trained });
    expect((await longhand(home, `train t.txt ${tiny} --steps 2 --quiet`)).code).toBe(0);
    const all = JSON.parse(await say("copied runs/t all.txt --json", undefined, home));
    expect(all.text.longest).toBe(trained.length);
    expect(all.text.novelty.map((each: { novel: number }) => each.novel)).toEqual([0, 0, 0]);
    expect(all.verdict).toMatch(/^It repeats spans of 20 characters more often than people do\./);
    const human = JSON.parse(await say("copied runs/t human.txt --json", undefined, home));
    expect({ ...human.text, spans: [] }).toEqual({ ...human.heldOut, spans: [] });
    expect(human.verdict).toMatch(/^There is no significant difference from text/);
  });

  test("a lower-casing run of words compares what it read and shows what stands there", async () => {
    const home = folder({
      "a/1.txt": `ONE two three four five\n${text}`,
      "a/2.txt": `Alpha Beta Gamma Delta Epsilon\n${text}`,
      "v.txt": text,
    });
    const flags = `--unit word --lower on --min-freq 1 --valid v.txt --out runs/w ${tiny} --steps 2 --quiet`;
    expect((await longhand(home, `train a ${flags}`)).code).toBe(0);
    const found = JSON.parse(await say("copied runs/w - --json", "He said: ALPHA beta GAMMA delta? zzz", home));
    expect(found.unit).toBe("word");
    expect(found.text.novelty[0]).toMatchObject({ n: 5, grams: 5, novel: 5 });
    const alpha = found.text.spans.find(
      ({ shown }: { shown: string }) => shown.startsWith(" ALPHA") || shown.startsWith(" beta"),
    );
    expect(alpha).toMatchObject({ shown: " ALPHA beta GAMMA delta", length: 4, file: join("a", "2.txt"), line: 1 });
    expect(found.heldOut.tokens).toBe(found.text.tokens);
  });

  test("documents are texts with their ends, and a run on bytes shows text", async () => {
    const names = ["anna", "berta", "clara", "dorothea", "emil"];
    const home = folder({ "n.txt": `${names.join("\n")}\n`.repeat(30), "b.txt": "naïve señor, déjà vu!\n".repeat(60) });
    expect(
      (await longhand(home, `train n.txt --documents line --valid-split end ${tiny} --steps 2 --quiet`)).code,
    ).toBe(0);
    expect((await longhand(home, `train b.txt --unit byte ${tiny} --steps 2 --quiet`)).code).toBe(0);
    const [documents, bytes] = await Promise.all([
      say("copied runs/n - --json", "dorothea\nzora\n", home),
      say("copied runs/b - --json", "xx señor, déjà xx", home),
    ]);
    const [span] = JSON.parse(documents).text.spans;
    expect(span).toMatchObject({ shown: "\ndorothea\n", length: 10, file: "n.txt", line: 3, times: 27 });
    expect(JSON.parse(bytes).text.spans[0]).toMatchObject({ shown: " señor, déjà ", length: 16, line: 1 });
    expect(JSON.parse(bytes).unit).toBe("byte");
  });

  test("what cannot be examined is refused in a sentence", async () => {
    const refused = async (words: string, input?: string, home = cwd) => {
      const { code, out, err } = await longhand(home, words, input === undefined ? {} : { input });
      expect({ code, out }).toEqual({ code: 2, out: "" });
      return err;
    };
    expect(await refused("copied runs/t nowhere.txt")).toMatch(/^There is nothing at nowhere\.txt\.\n/);
    expect(await refused("copied runs/none mixed.txt")).toMatch(/^There is no run at runs\/none\./);
    expect(await refused("copied runs/t/model.safetensors mixed.txt")).toMatch(
      /^runs\/t\/model\.safetensors is no run's folder, so its training text is not known\.\nName the folder/,
    );
    expect(await refused("copied runs/t -", "")).toMatch(/ is empty\.\n/);
    expect(await refused("copied runs/t -", "abcd")).toBe(
      "- has 4 characters; the shortest span has 5.\nGive a longer text, of a few thousand.\n",
    );
    expect(await refused("copied runs/t mixed.txt --spans x")).toMatch(/^--spans wants a whole number/);
    expect(await refused("copied runs/t")).toMatch(/missing required argument/);
    const bytes = await longhand(cwd, "copied runs/t -", { input: Uint8Array.of(97, 255, 98) });
    expect(bytes).toMatchObject({ code: 2, out: "", err: expect.stringContaining("is not valid UTF-8") });
  });

  test("a training text that has changed or is gone is looked for in the run's tokens, and lines are those of the text", async () => {
    const home = folder({ "t.txt": text, "moved.txt": text });
    expect((await longhand(home, `train t.txt ${tiny} --steps 2 --quiet`)).code).toBe(0);
    const there = await say("copied runs/t moved.txt", undefined, home);
    fill(home, { "t.txt": `${text}!` });
    const changed = await say("copied runs/t moved.txt", undefined, home);
    rmSync(join(home, "t.txt"));
    expect(await say("copied runs/t moved.txt", undefined, home)).toBe(changed);
    const line = (shown: string) => /(\d+) +“/.exec(shown)?.[1];
    expect(there).toMatch(/first in\n.* t\.txt:1 /);
    expect(changed).toMatch(/first in the training text\n.* line 1 /);
    expect(line(changed)).toBe(line(there));
    expect(await say("copied runs/t moved.txt --training-text moved.txt", undefined, home)).toMatch(/ moved\.txt:1 /);
    expect(await longhand(home, "copied runs/t moved.txt --training-text runs/t/log.jsonl")).toMatchObject({
      code: 2,
      out: "",
      err: expect.stringContaining("runs/t/log.jsonl is not the training text of runs/t: "),
    });
  });

  test("a run without a validation part has no yardstick, and says so", async () => {
    const home = folder({ "t.txt": text });
    expect((await longhand(home, `train t.txt ${tiny} --valid-fraction 0 --steps 2 --quiet`)).code).toBe(0);
    const out = await say("copied runs/t t.txt", undefined, home);
    expect(out).toContain("There is no held-out text to compare with: runs/t was trained without a validation part.\n");
    expect(out).not.toMatch(/held-out text +\d/);
  });

  test("nothing of a run is changed", async () => {
    const before = outcome(join(cwd, "runs/t"));
    await say("copied runs/t mixed.txt");
    expect(outcome(join(cwd, "runs/t"))).toEqual(before);
  });
});

describe.concurrent("generate --copied", () => {
  test("writes what it writes without, and tells of it on standard error", async () => {
    const words = "generate runs/t --length 300 --seed 3 --count 2";
    const [plain, told] = await Promise.all([longhand(cwd, words), longhand(cwd, `${words} --copied`)]);
    expect(told.code).toBe(0);
    expect(told.out).toBe(plain.out);
    expect(told.err).toMatch(/^\nThe generated text: 600 characters, compared with the /);
    expect(told.err).toMatch(/^ {2}held-out text /m);
  });

  test("as JSON its last line is what copied tells of the same text", async () => {
    const out = lines(await say("generate runs/t --length 400 --seed 3 --copied --json")).map((line) =>
      JSON.parse(line),
    );
    expect(out.length).toBe(2);
    const [{ text: written }, { copied: told }] = out;
    const { kind: _, ...again } = JSON.parse(await say("copied runs/t - --json", written));
    expect({ ...told, name: "-" }).toEqual(again);
  });

  test("what a sample begins with by itself is examined too", async () => {
    const home = folder({ "t.txt": text.replaceAll("\n", " ") });
    expect((await longhand(home, `train t.txt ${tiny} --steps 2 --quiet`)).code).toBe(0);
    const out = lines(await say("generate runs/t --length 50 --copied --json", undefined, home));
    expect(JSON.parse(out[0]!).text.length).toBe(50);
    expect(JSON.parse(out[1]!).copied.text.tokens).toBe(50);
  });

  test("more than can be examined is refused before it is written; of too little nothing is told", async () => {
    const most = await longhand(cwd, "generate runs/t --length 5000000 --copied");
    expect(most).toMatchObject({ code: 2, out: "" });
    expect(most.err).toMatch(
      /^--copied examines at most 4,194,304 tokens; --length 5000000 and --count 1 may give 5,000,000\./,
    );
    const little = await longhand(cwd, "generate runs/t --length 3 --copied");
    expect(little.code).toBe(0);
    expect(little.err).toMatch(/^ {2}this text +3 +– +– +– +\d$/m);
    expect(little.err).toMatch(/^Too short to compare with text that people wrote\.$/m);
  });
});
