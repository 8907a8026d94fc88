// How much one must read to understand training: the files within src/training/ that trainer.ts and step.ts reach by
// imports, types included.

import { expect, test } from "vitest";
import { importsOf, read, resolveImport } from "./tree.js";

function reach(start: string): string[] {
  const reached = new Set<string>();
  const visit = (file: string): void => {
    if (!file.startsWith("training/") || reached.has(file)) return;
    reached.add(file);
    for (const specifier of importsOf(read(`src/${file}`))) visit(resolveImport(file, specifier) ?? specifier);
  };
  visit(start);
  return [...reached].sort();
}

test("the training loop reaches six files within training, of a thousand lines together; the step two", () => {
  expect(reach("training/step/step.ts")).toEqual(["training/settings/optimizer.ts", "training/step/step.ts"]);
  const files = reach("training/loop/trainer.ts");
  expect(files).toEqual([
    "training/loop/after-window.ts",
    "training/loop/events.ts",
    "training/loop/trainer-state.ts",
    "training/loop/trainer.ts",
    "training/settings/optimizer.ts",
    "training/step/step.ts",
  ]);
  const lines = files.map((file) => read(`src/${file}`).split("\n").length - 1);
  expect(lines.reduce((sum, n) => sum + n, 0)).toBeLessThanOrEqual(1000);
});

test("the five verbs of an update stand within one screen of trainer.ts", () => {
  const lines = read("src/training/loop/trainer.ts").split("\n");
  const verbs = ['"forward"', '"loss"', '"backward"', "step.gradients(", "step.update("];
  const at = verbs.map((verb) => lines.findIndex((line) => line.includes(verb)));
  expect(at.every((line) => line >= 0)).toBe(true);
  expect(Math.max(...at) - Math.min(...at)).toBeLessThan(40);
});
