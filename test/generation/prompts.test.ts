// Prompts of a model of words: the space before a word is taken or given as needed, and a last space waits.

import { describe, expect, test } from "vitest";
import { likeliestTokens } from "../../src/generation/likeliest.js";
import { writeSamples } from "../../src/generation/samples.js";
import { Session } from "../../src/generation/session.js";
import { write } from "../../src/generation/write.js";
import { openModel, randomModel, vocabularyOf } from "./models.js";

const about = vocabularyOf("The kettle sang, the old kettle.\nThe end of the day.\n", { unit: "word" });
const stored = randomModel(about, { seed: 2 });
const newSession = () => new Session(openModel(stored, 1, 4), stored);
const fed = (...parts: string[]) => {
  const session = newSession();
  for (const part of parts) session.feed(part);
  return session;
};
const bitsOf = (session: Session) => JSON.stringify(session);
const tokensOf = (text: string) => {
  const ids: number[] = [];
  const session = newSession();
  const feed = session.feedIds.bind(session);
  session.feedIds = (some) => {
    ids.push(...some);
    feed(some);
  };
  session.feed(text);
  return ids.map((id) => about.vocab.itos[id]);
};

describe("a prompt of tokens between spaces", () => {
  const spaced = vocabularyOf("The kettle sang, the old kettle.\nThe end of the day.\n", { unit: "space" });
  const model = randomModel(spaced, { seed: 3 });
  const open = (...parts: string[]) => {
    const session = new Session(openModel(model, 1, 4), model);
    for (const part of parts) session.feed(part);
    return session;
  };
  const words = (text: string) => text.split(/[ \n]/).filter((each) => each !== "");

  test("what is written after it begins with a space, unless the prompt ends with one", () => {
    for (let seed = 1; seed <= 10; seed++) {
      const after = write(open("The old"), { length: 4, seed });
      expect(after).toMatch(/^[ \n]/);
      expect(write(open("The old "), { length: 4, seed })).toBe(after.replace(/^ /, ""));
      expect(write(open("The ", "old"), { length: 4, seed })).toBe(after);
      expect(write(open("The old\n"), { length: 4, seed })).not.toMatch(/^ /);
      expect(write(open(), { length: 4, seed })).not.toMatch(/^ /);
      expect(writeSamples(open("The old"), { count: 3, length: 4, seed })[0]).toBe(after);
      for (const word of words(`The old${after}`)) expect(spaced.vocab.itos).toContain(word);
    }
  });

  test("also where a session goes on that was saved", () => {
    const session = open("The old");
    const whole = write(session.branch(), { length: 6 });
    const first = write(session, { length: 3 });
    for (const saved of [session.save(), JSON.parse(JSON.stringify(session)), session.state]) {
      const other = open();
      other.restore(saved);
      expect(first + write(other, { length: 3 })).toBe(whole);
    }
  });
});

describe("a prompt of words", () => {
  test("finds a word with and without the space before it", () => {
    expect(tokensOf("kettle")).toEqual([" kettle"]);
    expect(tokensOf(" The kettle")).toEqual(["The", " kettle"]);
    expect(tokensOf("the ")).toEqual([" the"]);
    expect(() => fed("teapot")).toThrow('lacks "teapot"');
  });

  test("may come in parts: a last space belongs to the next word", () => {
    expect(bitsOf(fed("the ", "kettle"))).toBe(bitsOf(fed("the kettle")));
    expect(bitsOf(fed("the", " ", "kettle"))).toBe(bitsOf(fed("the kettle")));
    expect(bitsOf(fed("the", " kettle"))).toBe(bitsOf(fed("the kettle")));
  });

  test("after a last space only a word with a space comes, and its text is without the space", () => {
    const tokens = likeliestTokens(fed("the "), 100).map(({ token }) => token);
    expect(tokens.length).toBe(about.vocab.itos.filter((token) => token.startsWith(" ")).length);
    expect(tokens.every((token) => token.startsWith(" "))).toBe(true);
    for (let seed = 1; seed <= 20; seed++) {
      const session = fed("the ");
      const text = write(session, { length: 3, seed });
      expect(text).toMatch(/^\S/);
      expect(session.space).toBe(false);
      expect(writeSamples(fed("the "), { count: 3, length: 3, seed })[0]).toBe(text);
    }
  });

  test("a space that waits is saved with the session", () => {
    const session = fed("the ");
    for (const saved of [session.save(), JSON.parse(JSON.stringify(session)), session.state]) {
      const other = newSession();
      other.restore(saved);
      expect(other.space).toBe(true);
      expect(write(other, { length: 3 })).toBe(write(fed("the "), { length: 3 }));
    }
    expect(session.branch().space).toBe(true);
  });
});
