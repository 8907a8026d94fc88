// A model and its sessions, as the front gives them: what is saved opens elsewhere with the same bits, and what does
// not fit is refused.

import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { Model, SavedSession } from "../../src/node.js";
import { builtUrl, compare, copied, LonghandError, load, rank, small, temporaryFolder, text, train } from "./built.js";

const folder = temporaryFolder();
const out = join(folder, "run");
let model: Model;
let other: Model;
beforeAll(async () => {
  model = await train(text, { ...small, out }).model();
  other = await train(text, { ...small, seed: 2 }).model();
});

const how = { length: 40, temperature: 0.8, seed: 3 };

describe("generating", () => {
  test("gives `length` tokens, the same for the same seed; the stream's pieces joined are the same text", async () => {
    const whole = await model.generate("To be", how);
    expect(whole).toHaveLength(40);
    expect(await model.generate("To be", how)).toBe(whole);
    expect(await model.generate("To be", { ...how, seed: 4 })).not.toBe(whole);
    let streamed = "";
    for await (const piece of model.stream("To be", how)) streamed += piece;
    expect(streamed).toBe(whole);
  });

  test("samples are numbered texts: sample i is what generate gives with that number", async () => {
    const samples = await model.samples("To be", { ...how, count: 3 });
    const alone = [0, 1, 2].map((sample) => model.generate("To be", { ...how, sample }));
    expect(samples).toEqual(await Promise.all(alone)); // side by side over one model
  });

  test("a session as the prompt continues where it stands", async () => {
    const session = model.session();
    session.feed("To be");
    const first = await model.generate(session, { ...how, length: 15 });
    expect(first + (await model.generate(session, { ...how, length: 25 }))).toBe(await model.generate("To be", how));
  });

  test("lets timers run while it computes, and an aborted signal rejects with its reason", async () => {
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 1);
    await model.generate("To be", { length: 20_000 });
    clearInterval(timer);
    expect(turns).toBeGreaterThan(1);
    const control = new AbortController();
    const long = model.generate("To be", { length: 1e9, signal: control.signal });
    setTimeout(() => control.abort(new Error("enough")), 30);
    await expect(long).rejects.toThrow("enough");
  });

  test("refuses a misspelt option, a length that is none, and tokens that the model does not know", async () => {
    await expect(model.generate("T", { temperatur: 1 } as object)).rejects.toThrow(
      'generate has no option "temperatur".',
    );
    for (const length of [-1, 1.5, Number.NaN, "9"] as number[]) {
      await expect(model.generate("T", { length })).rejects.toThrow(/^length wants a whole number from 0/);
    }
    await expect(model.generate("T", { topP: 2 })).rejects.toThrow(/^topP wants /);
    await expect(model.generate("é", how)).rejects.toThrow(/vocabulary lacks "é"/);
    expect(await model.generate("é", { ...how, unknown: "skip" })).toHaveLength(40);
  });
});

describe("saving", () => {
  test("save gives bytes that load opens: the same weights, the same text", async () => {
    const bytes = await model.save();
    const file = join(folder, "mine.safetensors");
    writeFileSync(file, bytes);
    for (const source of [bytes, bytes.buffer, new Blob([bytes]), file, out]) {
      const loaded = await load(source);
      expect(loaded.info).toEqual(model.info);
      expect(loaded.stored.weights).toEqual(model.stored.weights);
      expect(await loaded.generate("To be", how)).toBe(await model.generate("To be", how));
    }
    const damaged = bytes.slice();
    damaged[damaged.length - 2]! ^= 1;
    await expect(load(damaged)).rejects.toMatchObject({ code: "model-file" });
    await expect(load(join(folder, "nothing"))).rejects.toMatchObject({ code: "usage" });
    await expect(load(file, { cels: [] } as object)).rejects.toThrow(/no option "cels"/);
  });
});

describe("a session", () => {
  const draws = (session: ReturnType<Model["session"]>, count = 12) =>
    Array.from({ length: count }, () => session.draw({ temperature: 0.7, seed: 5 }));

  test("draws tokens with their log-probability, which the distribution has too", () => {
    const session = model.session();
    session.feed("Whether ");
    const distribution = session.distribution();
    expect(distribution).toHaveLength(model.info.vocabulary);
    const { id, token, logProbability } = session.draw({ temperature: 0.7, seed: 5 });
    expect(logProbability).toBe(distribution[id]);
    expect(token).toBe(model.stored.vocab.itos[id]);
  });

  test("saved as bytes or as JSON, it continues with the same tokens, and so does a branch", () => {
    const session = model.session();
    session.feed("Whether ");
    draws(session, 5);
    const saved = session.save();
    const json = JSON.parse(JSON.stringify(session)) as SavedSession;
    const { state } = session;
    const branch = session.branch();
    const wanted = draws(session);
    expect(saved.length).toBeLessThan(1000);
    for (const again of [model.session(saved), model.session(json), model.session(state), branch]) {
      expect(draws(again)).toEqual(wanted);
    }
  });

  test("saved before anything was fed, it begins as a new one", () => {
    const again = model.session(model.session().save());
    expect(() => again.draw()).toThrow("Nothing was fed yet");
    again.feed("To");
    const fresh = model.session();
    fresh.feed("To");
    expect(draws(again)).toEqual(draws(fresh));
  });

  test("continues in another process to the letter", () => {
    const session = model.session();
    session.feed("Whether ");
    draws(session, 5);
    writeFileSync(join(folder, "session.bin"), session.save());
    const script = `
      import { readFile } from "node:fs/promises";
      import { load } from ${JSON.stringify(builtUrl)};
      const session = (await load(${JSON.stringify(out)})).session(await readFile(${JSON.stringify(join(folder, "session.bin"))}));
      const drawn = Array.from({ length: 12 }, () => session.draw({ temperature: 0.7, seed: 5 }));
      console.log(JSON.stringify(drawn));`;
    const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toEqual(draws(session));
  });

  test("is refused by another model, in every form, by a LonghandError that says so", () => {
    const session = model.session();
    session.feed("To");
    for (const saved of [session.save(), session.toJSON(), session.state]) {
      expect(() => other.session(saved)).toThrow(LonghandError);
      expect(() => other.session(saved)).toThrow("belongs to another model");
    }
  });

  test("what is no saved session is refused", () => {
    const json = model.session().toJSON();
    const wrong: unknown[] = [
      {},
      null,
      "text",
      { ...json, written: -1 },
      { ...json, state: {} },
      { ...json, state: { "rnn.0.h": ["a"] } },
      { ...json, logits: [1] },
      new Uint8Array(3),
      model.session().save().subarray(0, 40),
    ];
    for (const each of wrong)
      expect(() => model.session(each as SavedSession), JSON.stringify(each)).toThrow(LonghandError);
    const session = model.session();
    expect(() => session.feed(undefined as unknown as string)).toThrow("feed needs a string");
    expect(() => session.feedIds([1, 2] as unknown as Int32Array)).toThrow("feedIds needs an Int32Array");
    expect(() => {
      session.state = {} as never;
    }).toThrow(LonghandError);
  });
});

describe("scoring", () => {
  test("score gives the surprisal of each token by line, and evaluate the same total", async () => {
    const { lines, nats, tokens } = await model.score("To be\nor not\n");
    expect(lines.map((line) => line.tokens.map(({ token }) => token).join(""))).toEqual(["To be\n", "or not\n"]);
    const sum = lines.reduce((total, line) => total + line.nats, 0);
    expect(sum).toBeCloseTo(nats, 6);
    const evaluated = await model.evaluate("To be\nor not\n", { force: true, withoutBaseline: true, lanes: 1 });
    expect(evaluated.model.tokens).toBe(tokens);
    expect(evaluated.model.nats * tokens).toBeCloseTo(nats, 6);
    expect(evaluated.uniform.nats).toBeCloseTo(Math.log(model.info.vocabulary), 6);
  });

  test("a model of a run's folder is evaluated on the run's validation part, beside its n-gram", async () => {
    const { model: loss, baseline } = await (await load(out)).evaluate();
    expect(loss.nats).toBeGreaterThan(0);
    expect(baseline?.order).toBeGreaterThan(0);
  });

  test("a text that the run was trained on is refused, unless it is forced", async () => {
    const varied = Array.from({ length: 400 }, (_, i) => `The square of ${i} is ${i * i}.\n`).join("");
    const run = train(varied, { ...small, steps: 5, out: join(folder, "varied") });
    const trained = await run.model();
    await expect(trained.evaluate(varied)).rejects.toThrow(/occurs in the text that/);
    const { tokens } = (await trained.evaluate(varied, { force: true, withoutBaseline: true })).model;
    expect(tokens).toBe(varied.length);
  });

  test("rank, copied and compare take a text as train does", async () => {
    const documents = await rank(model, "To be\nor not\n\nxx\n".replaceAll("x", "q"));
    expect(documents.map((each) => each.text)).toEqual(["To be", "or not", "qq"]);
    const report = await copied(out, text.slice(100, 400));
    expect(report.text.spans[0]!.length).toBeGreaterThan(100);
    const comparison = await compare(out, out, "The slings that be nobler to the mind.\n".repeat(50));
    expect(comparison.text).toBe("The text");
  });
});

test("load gives the weights of the best validation, or the last ones", async () => {
  const out = join(folder, "last");
  const backwards = [...text].reverse().join(""); // the better the text is known, the worse this is
  const losses: number[] = [];
  for await (const event of train(text, { ...small, lr: 0.03, validateEvery: 4, valid: backwards, out })) {
    if (event.kind === "validation") losses.push(event.nats);
  }
  expect(losses.at(-1)! - Math.min(...losses)).toBeGreaterThan(0.05);
  const [best, last] = [await load(out), await load(out, { last: true })];
  expect((await best.evaluate()).model.nats).toBeCloseTo(Math.min(...losses), 5);
  const { model } = await last.evaluate(backwards);
  expect(Math.abs(model.nats - losses.at(-1)!)).toBeLessThan(0.01);
});

test("a closed model is not used; its sessions go on", async () => {
  const closing = await load(out);
  const session = closing.session();
  session.feed("To");
  {
    using _ = closing;
  }
  expect(() => closing.session()).toThrow("This model is closed.");
  await expect(closing.generate("To")).rejects.toThrow("This model is closed.");
  expect(session.draw().token).toHaveLength(1);
});
