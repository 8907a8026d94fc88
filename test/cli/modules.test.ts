// The modules that each command loads: those that main.js and the command's file reach by static imports. What a
// command loads only for one of its flags stands behind import().

import { readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const dist = fileURLToPath(new URL("../../dist/", import.meta.url));

/** Paths below dist/ with "/", sorted. */
function modulesOf(command: string): string[] {
  const found = new Set<string>();
  const waiting = [join(dist, "cli/main.js"), join(dist, `cli/commands/${command}.js`)];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (found.has(file)) continue;
    found.add(file);
    for (const [, path] of readFileSync(file, "utf8").matchAll(/^(?:import|export)\s(?:[^;]*?from\s)?"(\.[^"]+)"/gm)) {
      waiting.push(join(dirname(file), path!));
    }
  }
  return [...found].map((file) => relative(dist, file).split(sep).join("/")).sort();
}

test.each([
  ["doctor", 40],
  ["build", 15],
] as const)("%s loads at most %i modules of this package", (command, most) => {
  expect(modulesOf(command).length).toBeGreaterThan(5);
  expect(modulesOf(command).length).toBeLessThanOrEqual(most);
});

test.each(["generate", "score", "doctor", "build"])("%s loads nothing of the trainer", (command) => {
  const trainer = /^training\/(loop|step|run|divergence|adviser)\//;
  expect(modulesOf("train").filter((path) => trainer.test(path)).length).toBeGreaterThan(10); // the pattern finds it
  expect(modulesOf(command).filter((path) => trainer.test(path))).toEqual([]);
});
