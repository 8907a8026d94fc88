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
