// docs/cells.md ties each equation to a function and a test by name: each name stands in the file that its link leads
// to, as a function's name or at the head of a test's title, and every kernel of a cell is told.

import { posix } from "node:path";
import { expect, it } from "vitest";
import { kernelNames } from "../../src/compute/kernels.js";
import { cells } from "../../src/model/cells/index.js";
import { read } from "../house/tree.js";

const [page = "", ...rest] = read("docs/cells.md").split(/^(?=\[[^\]]+\]: )/m);
const targets = new Map(rest.map((line) => /^\[([^\]]+)\]: (\S+)/.exec(line)!.slice(1) as [string, string]));
const used = new Set([...page.replace(/`[^`\n]*`/g, "").matchAll(/\[([^\]]+)\](?!\()/g)].map(([, name]) => name!));

it("each link has its target, and each target is linked", () => {
  expect([...used].sort()).toEqual([...targets.keys()].sort());
  expect(used.size).toBeGreaterThan(40);
});

it.each([...targets])("%s is there", (name, target) => {
  const source = read(posix.join("docs", target));
  const literal = name.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const isTest = target.startsWith("../test/");
  // A title begins with it, after `%s` and a colon or not; a function is declared, or is a row of a table of them.
  const found = isTest ? `["\`](%s:? )?${literal}` : `(function |const |^ *)${literal}(\\(|:)`;
  expect(source).toMatch(new RegExp(found, "m"));
});

/** Those with kernels of their own; a cell that is made of others' needs no derivation. */
const kinds = cells.map(({ kind }) => kind).filter((kind) => kernelNames.some((name) => name === `${kind}Forward`));

it.each(kinds)("%s has a heading, and a link to each of its two kernels", (kind) => {
  expect(page).toMatch(new RegExp(`^## ${kind}$`, "m"));
  for (const way of ["Forward", "Backward"]) expect(used).toContain(`${kind}${way}`);
});

it("tells the four", () => expect(kinds).toEqual(["rnn", "gru", "lstm", "qrnn"]));
