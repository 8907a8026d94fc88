// Holds the rules of style that the linter has no rule for.

import { describe, expect, it } from "vitest";
import { projectFiles, read, sourceFiles, withoutComments } from "./tree.js";

const kernelSources = projectFiles().filter((path) => /^kernels\/.*\.(c|h|mjs)$/.test(path));
// What the compiler of the kernels and the bundler of the libraries wrote is kept as text; nobody reads it.
const isMade = (path: string) => /^src\/(compute\/wasm\/modules|libraries)\//.test(path);
const sources = sourceFiles().filter((file) => !isMade(`src/${file}`));
const written = [...sources.map((file) => `src/${file}`), ...kernelSources];

describe("the style", () => {
  it("no file has more than 300 lines", () => {
    const tall = written.filter((path) => read(path).trimEnd().split("\n").length > 300);
    expect(tall).toEqual([]);
  });

  // Code is held to the same width by the formatter, which leaves a string or a pattern that it cannot part.
  it("no comment of TypeScript or JavaScript has a line of more than 120 columns", () => {
    const sources = projectFiles().filter((path) => /\.m?[jt]s$/.test(path) && !isMade(path));
    const wide = sources.flatMap((path) => {
      const lines = read(path).split("\n");
      return lines.flatMap((line, i) =>
        /^\s*(\/\/|\/?\*)/.test(line) && line.length > 120 ? [`${path}:${i + 1}`] : [],
      );
    });
    expect(wide).toEqual([]);
  });

  it("no line of C has more than 120 columns", () => {
    const sources = projectFiles().filter((path) => /^kernels\/.*\.[ch]$/.test(path));
    const wide = sources.flatMap((path) =>
      read(path)
        .split("\n")
        .flatMap((line, i) => (line.length > 120 ? [`${path}:${i + 1}`] : [])),
    );
    expect(sources.length).toBeGreaterThan(15);
    expect(wide).toEqual([]);
  });

  it("the first line of every file is a comment", () => {
    const silent = written.filter((path) => !/^(#!.*\n)?(\/\/ |\/\*)/.test(read(path)));
    expect(silent).toEqual([]);
  });

  it("what reaches a bit does not go through functions whose last digits differ between runtimes", () => {
    const inexact = /\bMath\.(a?(sin|cos|tan)h?|atan2|exp|expm1|log|log2|log10|log1p|pow|cbrt|hypot)\b|\*\*/;
    const exact = /\b2 \*\* \d+\b/g; // a power of two written out
    const code = (file: string): string => withoutComments(read(`src/${file}`)).replace(exact, "");
    const users = sources.filter((file) => !file.startsWith("compute/reference/") && inexact.test(code(file)));
    expect(users).toEqual([]);
  });

  it("the command line prints through one file, which escapes control characters", () => {
    const printers = sourceFiles().filter(
      (file) =>
        file !== "cli/show/streams.ts" &&
        /\bstd(out|err)\.write\b|\bconsole\./.test(withoutComments(read(`src/${file}`))),
    );
    expect(printers.filter((file) => /^(cli|node)\//.test(file))).toEqual([]);
  });

  it("there are no class trees: a class extends nothing but Error", () => {
    const trees = sources.filter((file) => /\bclass\s+\w+[^{]*\bextends\s+(?!Error\b)/.test(read(`src/${file}`)));
    expect(trees).toEqual([]);
  });

  it("below the doors nothing draws its own chance and nothing asks for the date", () => {
    const below = sources.filter((file) => !/^(node|browser|cli)[./]/.test(file));
    const chancy = below.filter((file) =>
      /\bMath\.random\b|\bDate\.now\b|\bnew Date\(\)/.test(withoutComments(read(`src/${file}`))),
    );
    expect(chancy).toEqual([]);
  });
});
