// Errors for people, and the nearest word.

import { expect, test } from "vitest";
import { fileError, keyword, LonghandError, nearest, shown, textError, usageError } from "../../src/base/errors.js";
import { errorCode, joinPath } from "../../src/base/ports.js";
import { checkSettings, readSettings } from "../../src/training/settings/values.js";

test("an error has a code, a message that is whole, and apart from it hint, setting and cause", () => {
  const cause = new Error("ENOSPC");
  const { message, ...error } = new LonghandError("io", "The disk is full.", { hint: "Free some room.", cause });
  expect({ message, ...error, cause }).toEqual({
    name: "LonghandError",
    message: "The disk is full.",
    hint: "Free some room.",
    setting: undefined,
    code: "io",
    cause,
  });
  expect(Object.hasOwn(new LonghandError("io", "x"), "cause")).toBe(false);
  expect([usageError("a"), textError("a"), fileError("b")].map(({ code }) => code)).toEqual([
    "usage",
    "text",
    "model-file",
  ]);
  expect(usageError("lr wants …", "Try 1.", "lr")).toMatchObject({ hint: "Try 1.", setting: "lr" });
});

test("the nearest word is the one a slip away, and none is nearest to noise", () => {
  const words = ["--batch", "--bptt", "--embedding", "--epochs", "--hidden"];
  expect(nearest("--bacth", words)).toBe("--batch");
  expect(nearest("--epoch", words)).toBe("--epochs");
  expect(nearest("--embeding", words)).toBe("--embedding");
  expect(nearest("--hiden", words)).toBe("--hidden");
  expect(nearest("--completely-else", words)).toBeUndefined();
  expect(nearest("x", [])).toBeUndefined();
  expect(nearest("gru", ["gru", "gro"])).toBe("gru");
});

test("a keyword is itself, or an error that lists the words", () => {
  expect(keyword("cell", "gru", ["rnn", "gru"])).toBe("gru");
  const hints = ["gro", "transformer", 3].map((word) => {
    try {
      return keyword("cell", word, ["rnn", "gru"]);
    } catch (error) {
      const { message, hint, setting } = error as LonghandError;
      expect([message, setting]).toEqual([`cell wants one of rnn, gru; got ${JSON.stringify(word)}.`, "cell"]);
      return hint;
    }
  });
  expect(hints).toEqual(["Did you mean gru?", undefined, undefined]);
});

test("a message is short, and names are compared in no time, whatever is quoted", () => {
  const long = "a".repeat(3_000_000);
  expect(usageError(`There is nothing at ${long}.`).message).toMatch(/^There is nothing at a{980}…a{999}\.$/);
  const begun = performance.now();
  expect(nearest(long, ["bptt", long.slice(1)])).toBeUndefined();
  expect(performance.now() - begun).toBeLessThan(100);
  let deep: unknown = 1;
  for (let i = 0; i < 100_000; i++) deep = [deep];
  expect(shown(deep)).toBe("[…]");
  expect(() => checkSettings({ hidden: deep } as never)).toThrow(
    "hidden wants a whole number from 1 to 65536; got […].",
  );
  expect(() => readSettings({ [long]: 1 })).toThrow(/^There is no setting "a{119}…\.$/);
});

test("a value that a message quotes is short, whatever it is", () => {
  const circle: { self?: object } = {};
  circle.self = circle;
  expect(["a", Number.NaN, undefined, null, { a: 1 }, circle].map(shown)).toEqual([
    '"a"',
    "NaN",
    "undefined",
    "null",
    '{"a":1}',
    "{…}",
  ]);
  expect(shown("x".repeat(5000)).length).toBeLessThan(130);
});

test("paths join with single slashes, and a root stays a root", () => {
  expect(joinPath("a/", "/b/", "", "c")).toBe("a/b/c");
  expect(joinPath("/", "a")).toBe("/a");
  expect(joinPath("/a//", "b")).toBe("/a/b");
  expect(joinPath("", "a")).toBe("a");
});

test("a system error's code is read from anything thrown", () => {
  expect(errorCode(Object.assign(new Error("x"), { code: "ENOENT" }))).toBe("ENOENT");
  expect([undefined, null, "ENOENT", new Error("x"), { code: 2 }].map(errorCode)).toEqual(new Array(5).fill(undefined));
});
