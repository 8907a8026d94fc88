// Errors for people, and the nearest word.

import { expect, test } from "vitest";
import { fileError, keyword, LonghandError, nearest, usageError } from "../../src/base/errors.js";
import { errorCode, joinPath } from "../../src/base/ports.js";

test("an error says what is wrong, then the next move, and keeps its cause", () => {
  const cause = new Error("ENOSPC");
  const error = new LonghandError("io", "The disk is full.", "Free some room.", cause);
  expect([error.message, error.next, error.fault, error.cause]).toEqual([
    "The disk is full.\nFree some room.",
    "Free some room.",
    "io",
    cause,
  ]);
  expect(Object.hasOwn(new LonghandError("io", "x"), "cause")).toBe(false);
  expect([usageError("a").fault, fileError("b").fault, usageError("a").message]).toEqual(["usage", "model-file", "a"]);
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
  expect(keyword("--cell", "gru", ["rnn", "gru"])).toBe("gru");
  expect(() => keyword("--cell", "GRU", ["rnn", "gru"])).toThrow('--cell wants one of rnn, gru; got "GRU".');
  expect(() => keyword("--cell", "transformer", ["rnn", "gru"])).toThrow(/^((?!Did you mean).)*$/s);
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
