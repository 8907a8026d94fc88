// longhand show: the page it writes, what it says of it, and what it refuses.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { ShownPage } from "../../src/page/shown.js";
import { folder, longhand, someText, tiny } from "../helpers/cli.js";

const other = `She said "it's <b>odd</b>"; </script><!-- Ünïcode 😀 \u0007\n${someText(20)}`;
const cwd = folder({
  "t.txt": someText(120),
  "other.txt": other,
  "empty.txt": "",
  "one.txt": "a",
  "mine.html": "my own words",
});

beforeAll(async () => {
  const trained = await Promise.all([
    longhand(cwd, `train t.txt ${tiny} --steps 60 --quiet`),
    longhand(cwd, `train t.txt ${tiny} --steps 2 --quiet --cell lstm --layers 2 --documents line --out runs/d`),
    longhand(cwd, `train t.txt ${tiny} --steps 2 --quiet --unit byte --out runs/b`),
    longhand(cwd, `train t.txt ${tiny} --steps 2 --quiet --unit word --cell qrnn --out runs/w`),
  ]);
  for (const { code, err } of trained) expect({ code, err }).toEqual({ code: 0, err: "" });
}, 60_000);

const page = (path: string) => readFileSync(join(cwd, path), "utf8");
const dataOf = (html: string) => JSON.parse(/id="data">(.*)<\/script>/.exec(html)![1]!) as ShownPage;

describe("show", () => {
  test("writes one page that asks for nothing, and says what it holds and what was cut", async () => {
    const { code, out, err } = await longhand(cwd, "show runs/t --text other.txt --length 500 --seconds 0");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(/^model {2}gru, 1 layer of 8 units, [\d,]+ weights, vocabulary of \d+\n/);
    expect(out).toMatch(/^text {3}other\.txt, the first 500 of 8\d\d characters$/m);
    expect(out).toMatch(/^loss {3}\d\.\d{4} nats a character, .*; a uniform guess has \d\.\d{4} nats$/m);
    expect(out).toMatch(/^page {3}show\.html \([\d.]+ KiB\): open it in a browser$/m);
    const html = page("show.html");
    expect(html).not.toMatch(/https?:|<link|<img|@import|url\(|import\s|fetch\(|<script[^>]*src/);
    expect(html.match(/<script/g)).toHaveLength(2); // what the text holds of tags is no tag here
    expect(html).not.toContain("<b>odd");
    const { tokens, unknown, nats, series, names, guesses, came } = dataOf(html);
    expect(tokens.join("")).toBe([...other].slice(0, 500).join(""));
    expect(unknown.map((i) => tokens[i])).toEqual(expect.arrayContaining(["Ü", "ï", "😀", "\u0007"]));
    expect(nats).toHaveLength(500);
    expect(series.map(({ name }) => name)).toEqual(["h", "r", "z", "n"]);
    expect(series.every(({ units }) => units.length === 8)).toBe(true);
    expect(
      guesses.every((each) => each.length === 10 && each.every((x, k) => k % 2 === 1 || names[x] !== undefined)),
    ).toBe(true);
    for (const [i, k] of came.entries()) {
      const read = unknown.includes(i) ? "<unk>" : tokens[i];
      const listed = guesses[i]!.filter((_, at) => at % 2 === 0).map((x) => names[x]);
      expect(k).toBe(listed.indexOf(read));
      if (k >= 0) expect(-Math.log(guesses[i]![2 * k + 1]!)).toBeCloseTo(nats[i]!, 2);
    }
    expect(came.some((k) => k >= 0)).toBe(true);
    expect(html).toContain("The curves were not measured, because the option seconds is 0.");
  });

  test("its surprisals are those of score", async () => {
    expect((await longhand(cwd, "show runs/t --text other.txt --seconds 0 --out whole.html")).code).toBe(0);
    const scored = await longhand(cwd, "score runs/t other.txt --json");
    const rows = scored.out
      .trim()
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line));
    const wanted = rows.flatMap((line) => line.tokens.map(({ nats }: { nats: number | null }) => nats));
    const { nats, chances } = dataOf(page("whole.html"));
    expect(nats).toHaveLength(wanted.length);
    for (const [i, each] of nats.entries()) expect(each).toBeCloseTo(wanted[i], 4);
    for (const [i, p] of chances.entries()) expect(-Math.log(p)).toBeCloseTo(wanted[i], 2);
  });

  test("measures the curves of the trained model, marks its bptt, and gives the numbers too", async () => {
    const { code } = await longhand(cwd, "show runs/t --text t.txt --seconds 0.2 --length 100 --out curves.html");
    expect(code).toBe(0);
    const html = page("curves.html");
    expect(html).toMatch(/Measured with the trained model: gradients of \d+ losses, and [\d,]+ tokens scored/);
    expect(html).toContain("The dotted line is the bptt of its training, 16.");
    expect(html).toMatch(/<caption>Context<\/caption>.*<td>all<\/td>/);
  });

  test("where nothing can be measured, shows what the adviser left", async () => {
    const norms = [1, 0.5];
    const gradientDecay = { lags: [0, 1], norms, layers: [norms], places: 4 };
    const row = { tokens: 0, nats: 3, above: { mean: 1, low: 0.5, high: 1.5 } };
    const context = { rows: [row], carried: 2, carriedTokens: 9, scored: 9 };
    writeFileSync(join(cwd, "runs/b/advice.json"), JSON.stringify({ gradientDecay, context }));
    expect((await longhand(cwd, "show runs/b --text other.txt --seconds 0 --out advised.html")).code).toBe(0);
    expect(page("advised.html")).toContain("Measured by the adviser, after a brief training.");
    writeFileSync(join(cwd, "runs/b/advice.json"), '{"gradientDecay":');
    expect((await longhand(cwd, "show runs/b --text other.txt --seconds 0 --out advised.html")).code).toBe(0);
    expect(page("advised.html")).toContain("The curves were not measured");
  });

  test("without a text it reads the run's own validation part; a text that was trained on is told", async () => {
    const own = await longhand(cwd, "show runs/t --seconds 0 --out own.html");
    expect(own).toMatchObject({ code: 0, err: "" });
    expect(page("own.html")).toContain("<h1>runs/t reads its validation part</h1>");
    expect(someText(120).endsWith(dataOf(page("own.html")).tokens.join(""))).toBe(true);
    const read = await longhand(cwd, "show runs/t --text t.txt --seconds 0 --out read.html");
    expect(read.out).toMatch(/\d+% of t\.txt occurs in the text that runs\/t was trained on/);
  });

  test("documents, bytes and words are shown as they are read", async () => {
    for (const run of ["d", "b", "w"]) {
      const { code, err } = await longhand(cwd, `show runs/${run} --text other.txt --seconds 0 --out ${run}.html`);
      expect({ code, err }).toEqual({ code: 0, err: "" });
    }
    const documents = dataOf(page("d.html"));
    expect(documents.tokens.filter((token) => token === "∎\n")).toHaveLength(21);
    expect(documents.series.map(({ layer, name }) => `${layer}${name}`).join(" ")).toBe(
      "1h 1c 1i 1f 1g 1o 2h 2c 2i 2f 2g 2o",
    );
    expect(page("d.html")).toContain("This model reads each document from a zero state");
    expect(dataOf(page("b.html")).tokens).toContain("😀");
    expect(dataOf(page("b.html")).unknown).toEqual([]);
    expect(dataOf(page("w.html")).tokens.join("")).toBe(other);
  });

  test("a text of one token, and one from standard input", async () => {
    expect(await longhand(cwd, "show runs/t --text one.txt --out one.html")).toMatchObject({ code: 0, err: "" });
    expect(dataOf(page("one.html"))).toMatchObject({ tokens: ["a"], finds: [] });
    const piped = await longhand(cwd, "show runs/t --text - --out in.html", { input: "to be" });
    expect(piped).toMatchObject({ code: 0, err: "" });
    expect(piped.out).toContain("standard input, all 5 characters");
  });

  test.each<[words: string, code: number, says: RegExp]>([
    ["show", 2, /missing required argument 'run'/],
    ["show nowhere --text other.txt", 2, /There is no run at nowhere\./],
    ["show runs/t --text nothing.txt", 2, /There is nothing at nothing\.txt\./],
    ["show runs/t --text empty.txt", 2, /empty\.txt has no text to show\.\nName a text/],
    ["show runs/t --text other.txt --length 0", 2, /--length wants a whole number from 1 to 20000.*got 0/],
    ["show runs/t --text other.txt --length many", 2, /--length.*many/],
    ["show runs/t --text other.txt --seconds -1", 2, /--seconds/],
    [
      "show runs/t --text other.txt --out mine.html",
      2,
      /mine\.html exists, and longhand show did not write it\.\nName another/,
    ],
    ["show runs/t --text other.txt --out runs", 2, /--out runs is a folder\.\nName a file: --out runs\/show\.html/],
    ["show runs/t --text other.txt --out no/such/place.html", 3, /no\/such\/place\.html/],
    ["show runs/t/model.safetensors", 2, /no run's folder, so it has no validation part\.\nName a text/],
  ])("%s is refused in words", async (words, code, says) => {
    const refused = await longhand(cwd, words);
    expect(refused.code).toBe(code);
    expect(refused.err).toMatch(says);
    expect(refused.err).not.toMatch(/^\s+at |bug in longhand/m);
  });

  test("what was refused left everything as it was, and a page of its own it writes anew", async () => {
    expect(page("mine.html")).toBe("my own words");
    expect(existsSync(join(cwd, "no"))).toBe(false);
    const again = await longhand(cwd, "show runs/t/model.safetensors --text other.txt --seconds 0 --length 20");
    expect(again.code).toBe(0);
    expect(again.out).toContain("whether it was trained on this text is not known");
    expect(dataOf(page("show.html")).tokens).toHaveLength(20);
  });
});
