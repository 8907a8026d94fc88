// Tests of a session: its state is a value, a token costs one step, and a draw is a function of seed, sample, position.

import { describe, expect, test } from "vitest";
import { Purpose, uniform } from "../../src/base/random.js";
import { Session } from "../../src/generation/session.js";
import type { StoredModel } from "../../src/model/file/model-file.js";
import { fastest, float32Engines } from "../helpers/engines.js";
import { fc, repeats } from "../helpers/random.js";
import { explainedByChance, openModel, randomModel, vocabularyOf } from "./models.js";

const TEXT = "die Brücke 🌉\nüber den Fluß, sie steht\n";
const text = vocabularyOf(TEXT);
const stored = randomModel(text, { layers: 2 });
const createSession = (from: StoredModel = stored, steps = 8, engine = fastest) =>
  new Session(openModel(from, 1, steps, engine), from);

/** The bits of every number of a session, as text. */
function bits(session: Session): string {
  const { state, logits, written } = session.state;
  const hex = (data: ArrayBufferView) => Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("hex");
  const arrays = state.arrays.map(({ name, data }) => `${name} ${hex(data)}`);
  return [...arrays, logits ? hex(logits) : "nothing fed", written].join("\n");
}

const spell = (session: Session, count: number, options: Parameters<Session["draw"]>[0] = {}) =>
  Array.from({ length: count }, () => session.draw(options).id);

test("a token costs one step of the model, whatever the length of the text before it", () => {
  const session = createSession();
  const steps: number[] = [];
  const { model } = session;
  const forward = model.forward.bind(model);
  model.forward = (...part) => {
    steps.push(model.window.steps);
    forward(...part);
  };
  session.feed(TEXT.slice(0, 20));
  expect(steps).toEqual([8, 8, 3]); // 19 code points
  spell(session, 300);
  expect(steps.slice(3)).toEqual(new Array(300).fill(1));
});

describe("feeding", () => {
  describe.each(float32Engines)("on %s", (_, engine) => {
    test.each(["rnn", "gru", "lstm", "qrnn"])("a text fed in any pieces gives the bits of the whole: %s", (cell) => {
      const model = randomModel(text, { cell, layers: 2, cellSettings: { qrnnWindow: 2 } });
      const sessions = [1, 5, 64].map((steps) => createSession(model, steps, engine));
      const empty = sessions[0]!.state;
      const characters = [...TEXT];
      sessions[0]!.feed(TEXT);
      const whole = bits(sessions[0]!);
      const pieces = fc.array(fc.nat(characters.length), { maxLength: 8 });
      fc.assert(
        fc.property(pieces, fc.nat(2), (cuts, which) => {
          const session = sessions[which]!;
          session.state = empty;
          const bounds = [0, ...cuts.sort((a, b) => a - b), characters.length];
          for (const [i, end] of bounds.entries()) session.feed(characters.slice(bounds[i - 1] ?? 0, end).join(""));
          expect(bits(session)).toBe(whole);
        }),
        { numRuns: repeats(25) },
      );
    });
  });

  test("unknown characters are refused by name, skipped, or read as <unk>", () => {
    const session = createSession();
    session.feed("die");
    const before = bits(session);
    const bitsAfter = (feed: (session: Session) => void) => {
      const other = session.branch();
      feed(other);
      return bits(other);
    };
    const say = () => bitsAfter((s) => s.feed("dQs X Qist"));
    expect(say).toThrow('The model\'s vocabulary lacks "Q" and "X".');
    expect(bits(session)).toBe(before);
    expect(bitsAfter((s) => s.feed("dQs X Qist", "skip"))).toBe(bitsAfter((s) => s.feed("ds  ist")));
    const ids = text.vocab.encode([..."dQs X Qist"]);
    expect([...ids].filter((id) => id === 0).length).toBe(3);
    expect(bitsAfter((s) => s.feed("dQs X Qist", "unk"))).toBe(bitsAfter((s) => s.feedIds(ids)));
    expect(bitsAfter((s) => s.feed(""))).toBe(before);
  });

  test("a session needs a model of one lane, and fed text before a prediction", () => {
    expect(() => new Session(openModel(stored, 2), stored)).toThrow("needs a model planned for one lane; got 2");
    expect(() => createSession().distribution()).toThrow("Nothing was fed yet");
    expect(() => createSession().draw()).toThrow("Nothing was fed yet, so there is no next token.");
  });
});

describe("the state", () => {
  test("a branch and its session continue independently", () => {
    const session = createSession();
    session.feed("die Brü");
    spell(session, 4);
    const branch = session.branch();
    const fork = bits(branch);
    const reference = spell(session, 30, { seed: 5 });
    expect(bits(branch)).toBe(fork);
    const again = createSession(); // another model with the same weights
    again.feed("die Brü");
    spell(again, 4);
    for (let i = 0; i < 30; i++) {
      session.draw({ seed: 6 });
      expect(branch.draw({ seed: 5 }).id).toBe(reference[i]);
      expect(again.draw({ seed: 5 }).id).toBe(reference[i]);
    }
    expect(bits(branch)).toBe(bits(again));
  });

  test("a state can be read, cloned and set in another session, and does not change by itself", () => {
    for (const cell of ["rnn", "lstm", "qrnn"]) {
      const model = randomModel(text, { cell, layers: 2, cellSettings: { qrnnWindow: 2 } });
      const session = createSession(model);
      session.feed("über");
      spell(session, 3);
      const taken = session.state;
      const copied = structuredClone(taken);
      const rest = spell(session, 20);
      const end = bits(session);
      expect(taken).toEqual(copied);
      for (const value of [taken, copied]) {
        const other = createSession(model, 3);
        other.state = value;
        expect(spell(other, 20)).toEqual(rest);
        expect(bits(other)).toBe(end);
      }
      session.state = copied;
      expect(spell(session, 20)).toEqual(rest);
    }
  });

  test("other uses of the model between two draws do not change a session's state", () => {
    for (const cell of ["rnn", "lstm"]) {
      const model = randomModel(text, { cell, layers: 2 });
      const reference = createSession(model);
      const session = createSession(model);
      const others = [session.branch(), new Session(session.model, model)];
      for (const each of [reference, session]) each.feed("über");
      const intruders: (() => unknown)[] = [
        () => others[0]!.feed("steht"),
        () => session.state,
        () => others[1]!.begin() ?? others[1]!.draw({ seed: 9 }),
        () => session.branch().draw({ seed: 4 }),
        () => session.model.setState(others[0]!.state.state),
        () => {
          const uncounted = new Int32Array(3).fill(-1);
          session.model.load({ steps: 3, lanes: 1, inputs: Int32Array.of(1, 2, 3), targets: uncounted, counted: 0 });
          session.model.forward();
        },
        () => session.distribution(),
        () => {
          const { state } = session;
          session.draw();
          session.state = state;
        },
        () => expect(() => session.feedIds(Int32Array.of(text.vocab.size))).toThrow("feedIds needs ids from 0 to"),
        () => session.model.setWeights(session.model.weights()),
      ];
      for (let i = 0; i < 60; i++) {
        intruders[i % intruders.length]!();
        if (i % 3 === 0) intruders[(7 * i) % intruders.length]!();
        expect(session.draw()).toEqual(reference.draw());
      }
      expect(bits(session)).toBe(bits(reference));
    }
  });

  test("its size after ten thousand tokens is that after one", () => {
    const session = createSession();
    session.begin();
    const size = () => {
      const { state, logits } = session.state;
      const all = [logits!, ...state.arrays.map(({ data }) => data)];
      // The buffers too: a view would retain the whole arena.
      return all.map((data) => [data.byteLength, data.buffer.byteLength]);
    };
    session.draw();
    const first = size();
    for (let i = 1; i < 10_000; i++) session.draw();
    expect(session.state.written).toBe(10_000);
    expect(size()).toEqual(first);
    expect(first).toEqual([4 * text.vocab.size, 4 * 7, 4 * 7].map((bytes) => [bytes, bytes]));
    expect(session.distribution().every((each) => each < 0)).toBe(true);
  });
});

describe("writing", () => {
  const uniformModel: StoredModel = { ...stored, weights: stored.weights.map(() => 0) };

  test("a draw is the documented function of seed, sample and position only", () => {
    const tokens = text.vocab.size - 1; // all tokens but <unk>
    for (const [seed, sample] of [
      [1, 0],
      [1, 7],
      [2 ** 40, 0],
    ] as const) {
      const session = createSession(uniformModel);
      session.feed("die");
      for (let i = 0; i < 40; i++) {
        if (i % 7 === 3) session.feed("den"); // fed text uses no draw
        const u = uniform(seed, Purpose.sample, i, sample);
        expect(session.draw({ seed, sample }).id).toBe(1 + Math.floor(u * tokens));
      }
    }
    const [first, same, otherSeed, otherSample] = [{}, { seed: 1, sample: 0 }, { seed: 2 }, { sample: 1 }].map(
      (options) => {
        const session = createSession();
        session.begin();
        return spell(session, 40, options).join();
      },
    );
    expect(same).toBe(first);
    expect(new Set([first, otherSeed, otherSample]).size).toBe(3);
  });

  test("a special token is never written, however likely", () => {
    const two = vocabularyOf(TEXT, { specials: ["<unk>", "<pad>"] });
    const model = randomModel(two);
    model.weights.subarray(-two.vocab.size).fill(50, 0, 2); // decoder.bias of the specials
    for (const options of [{}, { greedy: true }, { temperature: 1e8 }, { topK: 1 }, { topP: 1e-9 }, { minP: 1 }]) {
      const session = createSession(model);
      session.begin();
      expect(Math.exp(session.distribution()[0]!)).toBeGreaterThan(0.4);
      expect(Math.min(...spell(session, 200, options))).toBeGreaterThanOrEqual(2);
    }
  });

  test("log-probabilities are the model's, before temperature and filters", () => {
    const session = createSession();
    session.feed("die");
    for (const options of [{}, { temperature: 0.3 }, { greedy: true }, { topK: 2 }, { minP: 0.3 }]) {
      for (let i = 0; i < 5; i++) {
        const before = session.distribution();
        const { id, logProbability } = session.draw(options);
        expect(logProbability).toBe(before[id]);
      }
    }
  });
});

describe("the start", () => {
  test("if nothing was fed, a text starts after a newline, or after <eos>", () => {
    for (const newline of ["keep", "eos"]) {
      const model = randomModel(vocabularyOf(TEXT, { newline }));
      const begun = createSession(model);
      const fed = createSession(model);
      expect(begun.begin()).toBeUndefined();
      fed.feed("\n");
      expect(bits(begun)).toBe(bits(fed));
      expect(begun.begin()).toBeUndefined(); // only the first call has an effect
      expect(bits(begun)).toBe(bits(fed));
    }
  });

  test("without a newline in the vocabulary it starts with a token drawn by frequency, never a special one", () => {
    const plain = vocabularyOf("aaaaaaaaabbbbccd");
    const counts = [500, ...plain.counts.slice(1)]; // <unk> has a count too
    const model = randomModel({ ...plain, counts });
    const seen = new Float64Array(plain.vocab.size);
    const session = createSession(model);
    const empty = session.state;
    for (let sample = 0; sample < 4000; sample++) {
      session.state = empty;
      const { id, logProbability } = session.begin({ sample })!;
      seen[id]! += 1;
      expect(logProbability).toBeCloseTo(Math.log([0, 9, 4, 2, 1][id]! / 16), 12);
      if (sample === 0) expect(session.state.written).toBe(1); // the next draw is a new one
    }
    expect(explainedByChance(seen, [0, 9 / 16, 4 / 16, 2 / 16, 1 / 16])).toBe(true);

    const unknown = createSession({ ...model, counts: [7, 0, 0, 0, 0] });
    const start = unknown.state;
    const ids = new Set<number>();
    for (let sample = 0; sample < 100; sample++) {
      unknown.state = start;
      ids.add(unknown.begin({ sample })!.id);
    }
    expect([...ids].sort()).toEqual([1, 2, 3, 4]); // without counts all are equally likely
  });
});
