// generate, as a user and as a program in a pipe sees it.

import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { folder, lines, longhand, main, someText, start, tiny } from "../helpers/cli.js";
import { noFullDevice } from "../helpers/tools.js";

const cwd = folder({ "t.txt": someText() });
beforeAll(async () => {
  const { code, err } = await longhand(cwd, `train t.txt ${tiny} --lr 0.02 --steps 40 --quiet`);
  expect({ code, err }).toEqual({ code: 0, err: "" });
});

async function write(flags: string, prompt?: string): Promise<string> {
  const words = ["generate", "runs/t", ...flags.split(" "), ...(prompt === undefined ? [] : ["--prompt", prompt])];
  const { code, out, err } = await longhand(cwd, words);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  return out;
}

describe.concurrent("generate", () => {
  test("the same seed writes the same text, another seed another; the length is in tokens", async () => {
    const [a, b, c, file] = await Promise.all([
      write("--length 60 --seed 5"),
      write("--length 60 --seed 5"),
      write("--length 60 --seed 6"),
      longhand(cwd, "generate runs/t/model.safetensors --length 60 --seed 5"),
    ]);
    expect([...a].length).toBe(61); // and the newline after it
    expect(b).toBe(a);
    expect(c).not.toBe(a);
    expect(file.out).toBe(a);
  });

  test("--count writes different samples, and the first is what one alone would be", async () => {
    const [one, three] = await Promise.all([
      write("--json --length 30", "the "),
      write("--json --length 30 --count 3", "the "),
    ]);
    const [last, ...samples] = lines(three)
      .map((line) => JSON.parse(line))
      .reverse();
    samples.reverse();
    expect(last).toEqual({ kind: "result", samples: 3 });
    expect(samples[0]).toEqual(JSON.parse(lines(one)[0]!));
    expect(samples.map(({ sample, seed, prompt }) => [sample, seed, prompt])).toEqual(
      [0, 1, 2].map((i) => [i, 1, "the "]),
    );
    expect(new Set(samples.map(({ text }) => text)).size).toBe(3);
  });

  test("--lesson-sampling begins as ours does, goes on otherwise, and is as long", async () => {
    const [ours, lessons, again] = await Promise.all(
      ["", " --lesson-sampling", " --lesson-sampling"].map((flag) => write(`--json --length 40${flag}`, "The owl ")),
    );
    const [one, other] = [ours, lessons].map((out) => JSON.parse(lines(out!)[0]!).text as string);
    expect(again).toBe(lessons);
    expect([...other!].length).toBe(40);
    expect(other![0]).toBe(one![0]);
    expect(other).not.toBe(one);
  });

  test("samples written together are told apart: each under its number, the text of its JSON line", async () => {
    const [json, plain, table] = await Promise.all([
      write("--json --length 30 --count 4 --seed 8"),
      write("--length 30 --count 4 --seed 8"),
      write("--length 5 --count 2 --seed 8 --log-probs"),
    ]);
    const texts = lines(json)
      .slice(0, -1)
      .map((line) => JSON.parse(line).text as string);
    expect(plain).toBe(texts.map((text, i) => `--- sample ${i} ---\n${text}\n`).join("\n"));
    const heads = table.split("\n").map((line) => (line.split("\t").length > 1 ? "token" : line));
    const tokens = Array<string>(5).fill("token");
    expect(heads).toEqual(["--- sample 0 ---", ...tokens, "", "--- sample 1 ---", ...tokens, ""]);
  });

  test("greedy is any filter that leaves only the likeliest", async () => {
    const [greedy, topK, topP, minP] = await Promise.all(
      ["--greedy", "--top-k 1", "--top-p 1e-9", "--min-p 1"].map((flag) => write(`--length 25 ${flag}`, "The owl ")),
    );
    for (const each of [topK, topP, minP]) expect(each).toBe(greedy);
  });

  test("--log-probs prints each token with its log-probability, and the tokens are the text", async () => {
    const [text, table, json] = await Promise.all([
      write("--length 20", "The "),
      write("--length 20 --log-probs", "The "),
      write("--length 20 --log-probs --json", "The "),
    ]);
    const rows = lines(table).map((line) => line.split("\t"));
    expect(rows.map(([token]) => JSON.parse(token!)).join("")).toBe(text.slice(0, -1));
    for (const [, value] of rows) expect(Number(value)).toBeLessThanOrEqual(0);
    const { tokens } = JSON.parse(lines(json)[0]!) as { tokens: { token: string; logProbability: number }[] };
    expect(tokens.map(({ token, logProbability }) => [JSON.stringify(token), logProbability.toFixed(6)])).toEqual(rows);
  });

  test("--log-probs tells of the first token too, where the text has no newline to begin after", async () => {
    const home = folder({ "t.txt": "abacus and cab ".repeat(60) });
    expect((await longhand(home, `train t.txt ${tiny} --steps 2 --quiet --out r`)).code).toBe(0);
    const [table, json] = await Promise.all(
      ["", " --json"].map(async (flag) => (await longhand(home, `generate r --length 7 --log-probs${flag}`)).out),
    );
    const rows = lines(table!).map((line) => line.split("\t"));
    const { text, tokens } = JSON.parse(lines(json!)[0]!) as {
      text: string;
      tokens: { token: string; logProbability: number }[];
    };
    expect(rows.map(([token]) => JSON.parse(token!)).join("")).toBe(text);
    expect(tokens.map(({ token, logProbability }) => [JSON.stringify(token), logProbability.toFixed(6)])).toEqual(rows);
    expect(tokens.length).toBe(7);
    const trained = "abacus and cab ".repeat(60).slice(0, 810);
    const share = (trained.split(text[0]!).length - 1) / trained.length;
    expect(tokens[0]!.logProbability).toBeCloseTo(Math.log(share), 9);
  });

  test("unknown characters of a prompt are listed; skip leaves them out, unk stands for them", async () => {
    const refused = await longhand(cwd, ["generate", "runs/t", "--prompt", "The Ωowlß"]);
    expect(refused).toMatchObject({ code: 2, out: "" });
    expect(refused.err).toBe(
      'The model\'s vocabulary lacks "Ω" and "ß".\nThe training part has none of these. Leave them out, or set --unknown skip or --unknown unk.\n',
    );
    const [skipped, without, unk] = await Promise.all([
      longhand(cwd, ["generate", "runs/t", ..."--length 25 --unknown skip --prompt".split(" "), "The Ωowlß"]),
      write("--length 25", "The owl"),
      write("--length 25 --unknown unk", "The Ωowlß"),
    ]);
    expect(skipped.out).toBe(without);
    expect(skipped.err).toBe('--unknown skip leaves out "Ω" and "ß"; the rest is read.\n');
    expect([...unk].length).toBe(26);
  });

  test("a length of 0 writes nothing but the line's end", async () => {
    expect(await write("--length 0", "The ")).toBe("\n");
  });

  test("a reader that has had enough ends it with 0 and without a word", async () => {
    const line =
      `"${process.execPath}" "${main}" generate runs/t --length ` +
      `1000000000 | head -c 9 >&2; echo "\${PIPESTATUS[0]}"`;
    const { out, err } = await longhand(cwd, ["-c", line], { program: "bash" });
    expect(out).toBe("0\n");
    expect(err.length).toBe(9);
  });

  test("a standard output that cannot take it ends with 3 and a sentence", async (context) => {
    const lacking = noFullDevice();
    if (lacking !== undefined) return context.skip(lacking);
    const line = `exec "${process.execPath}" "${main}" generate runs/t --length 9 > /dev/full`;
    const { code, err } = await longhand(cwd, ["-c", line], { program: "bash" });
    expect({ code, err }).toEqual({
      code: 3,
      err:
        "Cannot write standard output: the disk is full (ENOSPC).\nFree " +
        "some space, then run the same command again.\n",
    });
  });

  test("text is streamed: the first of it is there long before the last could be made", async () => {
    const { child, ended, until } = start(cwd, ["generate", "runs/t", "--length", "1000000000"]);
    await until("e");
    child.kill("SIGKILL");
    expect((await ended).signal).toBe("SIGKILL");
  });

  test("a damaged model ends with 5 and says what it is", async () => {
    const { readFileSync } = await import("node:fs");
    const bytes = readFileSync(join(cwd, "runs/t/model.safetensors"));
    bytes[bytes.length - 9]! ^= 1;
    const home = folder({ "model.safetensors": bytes, "cut.safetensors": bytes.subarray(0, 700) });
    for (const name of ["model.safetensors", "cut.safetensors", "."]) {
      const { code, out, err } = await longhand(home, ["generate", name]);
      expect({ code, out }).toEqual({ code: 5, out: "" });
      expect(err).toMatch(/^\S*(model|cut)\.safetensors [^\n]+\.\n([^\n]+\n)?$/);
    }
  });
});

describe.concurrent("the prompt and the end of a text", () => {
  test("a prompt from a file or standard input, without its last line end, is the prompt; --echo prints it", async () => {
    const home = folder({ "p.txt": "The owl\r\n" });
    const words = ["generate", join(cwd, "runs/t"), "--length", "20", "--echo"];
    const [file, input, word] = await Promise.all([
      longhand(home, [...words, "--prompt-file", "p.txt"]),
      longhand(home, [...words, "--prompt", "-"], { input: "The owl\n" }),
      longhand(home, [...words, "--prompt", "The owl"]),
    ]);
    expect(word.out).toMatch(/^The owl/);
    expect([...word.out].length).toBe(7 + 20 + 1);
    expect([file.out, input.out]).toEqual([word.out, word.out]);
    const both = await longhand(home, [...words, "--prompt", "The", "--prompt-file", "p.txt"]);
    expect(both).toMatchObject({ code: 2, out: "" });
    expect(both.err).toMatch(/--prompt and --prompt-file both give a prompt/);
  });

  test("--stop ends the text before each of its strings, \\n being a line end; --lines after so many lines", async () => {
    const whole = await write("--length 200 --seed 2");
    const [stopped, lined, escaped] = await Promise.all([
      write("--length 200 --seed 2 --stop e --stop a"),
      write("--length 200 --seed 2 --lines 2"),
      write("--length 200 --seed 2 --stop \\n"),
    ]);
    expect(stopped).toBe(`${whole.slice(0, whole.search(/[ea]/))}\n`);
    expect(lined).toBe(`${whole.split("\n").slice(0, 2).join("\n")}\n`);
    expect(escaped).toBe(`${whole.split("\n")[0]}\n`);
  });

  test("a model of bytes writes the very bytes into a pipe, and reads a prompt that is no UTF-8", async () => {
    const home = folder({ "b.bin": Uint8Array.from({ length: 3000 }, (_, i) => 128 + ((i * i) % 128)) });
    expect((await longhand(home, `train b.bin --unit byte ${tiny} --steps 20 --quiet`)).code).toBe(0);
    const bytes = execFileSync(process.execPath, [main, ..."generate runs/b --length 100 --seed 4".split(" ")], {
      cwd: home,
    });
    const table = await longhand(home, "generate runs/b --length 100 --seed 4 --log-probs");
    const tokens = lines(table.out).map((line) => JSON.parse(line.split("\t")[0]!) as string);
    expect([...bytes]).toEqual(tokens.map((token) => token.charCodeAt(0)));
    expect(bytes.some((byte) => byte >= 128)).toBe(true);
    const prompt = join(home, "p.bin");
    writeFileSync(prompt, Uint8Array.of(0xff, 0x80));
    const echoed = execFileSync(process.execPath, [main, "generate", "runs/b", "--prompt-file", prompt, "--echo", "--length", "3"], { cwd: home }); // biome-ignore format: one line
    expect([...echoed.subarray(0, 2)]).toEqual([0xff, 0x80]);
    expect(echoed.length).toBe(5);
  });
});

describe.concurrent("next", () => {
  test("prints the likeliest tokens with their probabilities, the likeliest first; --json has all numbers", async () => {
    const [people, machines, greedy] = await Promise.all([
      longhand(cwd, ["next", "runs/t", "The ", "--top", "5"]),
      longhand(cwd, ["next", "runs/t", "The ", "--json", "--top", "100000"]),
      write("--length 1 --greedy", "The "),
    ]);
    const { kind, prompt, tokens } = JSON.parse(machines.out) as {
      kind: string;
      prompt: string;
      tokens: { token: string; probability: number }[];
    };
    expect([kind, prompt]).toEqual(["result", "The "]);
    expect(tokens.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 9);
    expect(tokens.map(({ probability }) => probability)).toEqual(
      tokens.map(({ probability }) => probability).toSorted((a, b) => b - a),
    );
    expect(tokens.find(({ token }) => token !== "<unk>")!.token).toBe(greedy[0]);
    const rows = lines(people.out).slice(1);
    expect(rows).toHaveLength(5);
    expect(rows[0]).toMatch(/^ {3}1 {2}".+" +\d+\.\d\d%$/);
  });
});

test("info without a run lists the runs of the folder", async () => {
  const [people, machines] = await Promise.all([longhand(cwd, "info"), longhand(cwd, "info --json")]);
  expect(people.out).toMatch(/^runs\/t {2}finished +window 40 +\d\.\d{4} nats$/m);
  expect(JSON.parse(machines.out)).toMatchObject({
    kind: "result",
    runs: [{ folder: "runs/t", ended: true, window: 40 }],
  });
  expect((await longhand(folder(), "info")).out).toMatch(/^There is no run in this folder, nor in runs\//);
});

test("the completion of bash offers commands, flags and values", async () => {
  const { out } = await longhand(cwd, "completion bash");
  const home = folder({ "c.bash": out });
  const offered = (...words: string[]) => {
    const line = `source c.bash; COMP_WORDS=(longhand ${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length}; _longhand; printf '%s ' "\${COMPREPLY[@]}"`; // biome-ignore format: one line
    return execFileSync("bash", ["-c", line], { cwd: home, encoding: "utf8" }).trim().split(" ");
  };
  expect(offered("ge")).toEqual(["generate"]);
  expect(offered("train", "--epo")).toEqual(["--epochs"]);
  expect(offered("train", "--cell", "")).toContain("lstm");
  expect(offered("info", "c")).toEqual(["c.bash"]);
});
