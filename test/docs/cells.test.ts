// docs/cells.md names a function and a test for each equation. A function is a link to its file; a test stands in
// quotation marks, and a table at the end of the page gives its file. Each name is that of a function, or the beginning
// of a test's title, in that file.

import { posix } from "node:path";
import { expect, it } from "vitest";
import { kernelNames } from "../../src/compute/kernels.js";
import { cells } from "../../src/model/cells/index.js";
import { read } from "../house/tree.js";

const whole = read("docs/cells.md");
const [page = ""] = whole.split("\n## Files of the tests\n");
const functions = new Map([...whole.matchAll(/^\[([^\]]+)\]: (\S+)$/gm)].map(([, name, path]) => [name!, path!]));
const tests = new Map(
  [...whole.matchAll(/^\| “([^”]+)” \| `([^`]+)` \|$/gm)].map(([, title, path]) => [title!, path!]),
);
const used = new Set([...page.replace(/`[^`\n]*`/g, "").matchAll(/\[([^\]]+)\](?!\()/g)].map(([, name]) => name!));
const quoted = new Set([...page.matchAll(/“([^”]+)”/g)].map(([, title]) => title!));
const literal = (name: string): string => name.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");

it("each function and test of the page has a file, and each file is for one of the page", () => {
  expect([...used].sort()).toEqual([...functions.keys()].sort());
  expect([...quoted].sort()).toEqual([...tests.keys()].sort());
  expect(used.size + quoted.size).toBeGreaterThan(40);
});

it.each([...functions])(
  "the function %s is declared in its file, or is a row of a table of functions there",
  (name, path) => {
    const declared = new RegExp(`(function |const |^ *)${literal(name)}(\\(|:)`, "m");
    expect(read(posix.join("docs", path))).toMatch(declared);
  },
);

it.each([...tests])("a test's title begins with: %s", (title, path) => {
  expect(read(path)).toMatch(new RegExp(`["\`](%s:? )?${literal(title)}`));
});

/** Those with kernels of their own; a cell that is made of others' needs no derivation. */
const kinds = cells.map(({ kind }) => kind).filter((kind) => kernelNames.some((name) => name === `${kind}Forward`));

it.each(kinds)("%s has a heading, and a link to each of its two kernels", (kind) => {
  expect(page).toMatch(new RegExp(`^## ${kind}$`, "m"));
  for (const way of ["Forward", "Backward"]) expect(used).toContain(`${kind}${way}`);
});

it("the page has the four cells with kernels of their own", () =>
  expect(kinds).toEqual(["rnn", "gru", "lstm", "qrnn"]));
