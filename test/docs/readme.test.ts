// The README's commands, run in their order by a reader with short texts. `npm test` itself is not, and what `npm
// install` does is test/package's affair.

import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { read, root } from "../house/tree.js";
import { node, type Outcome } from "../package/project.js";
import { blocks, readersFolder, smallClone } from "./blocks.js";

const folder = readersFolder("readme");
const clone = smallClone();
afterAll(() => {
  for (const each of [folder, clone]) rmSync(each, { recursive: true, force: true });
});

const lines = blocks("README.md", "sh").flatMap((block) => block.trim().split("\n"));
const words = (line: string): string[] => [...line.matchAll(/"([^"]*)"|\S+/g)].map(([all, quoted]) => quoted ?? all);

/** What each command is known by in its output. */
const shows: Readonly<Record<string, RegExp>> = {
  train: /^Done\. Best validation loss: \d/m,
  resume: /^Resuming runs\/my after window/m,
  generate: /^[\s\S]{500}\n$/u,
  score: /^total \d+\.\d+ nats over \d+ characters/m,
  evaluate: /this model +\d.*\n(?: +95% (?:from|to) +-?\d.*\n)* +\d-gram +\d.*\n +uniform guess +\d/,
  info: /^run +runs\/my: finished/m,
};

function longhand(...args: string[]): Outcome {
  return node(folder, join(root, "dist/cli/main.js"), ...args);
}

describe("the README", () => {
  it("shows all the commands of a day, and the two for a clone", () => {
    const named = lines.map((line) => words(line).slice(0, 3).join(" "));
    expect(named.filter((name) => name === "npm install &&")).toHaveLength(2);
    expect(lines.filter((line) => line.startsWith("npx longhand")).map((line) => words(line)[2])).toEqual(
      Object.keys(shows),
    );
    expect(lines).toHaveLength(2 + Object.keys(shows).length);
  });

  it.each(lines.filter((line) => line.startsWith("npx longhand ")))("this command does what it shows: %s", (line) => {
    const [, , command = "", ...rest] = words(line);
    const { status, stdout, stderr } = longhand(command, ...rest);
    expect({ status, stderr }).toEqual({ status: 0, stderr: expect.not.stringMatching(/fault|Error/) });
    expect(stdout).toMatch(shows[command]!);
  });

  it("npm start trains on the bundled text and writes, and a second time only writes", () => {
    const [command, ...args] = words(JSON.parse(read("package.json")).scripts.start);
    expect(command).toBe("node");
    const first = node(clone, ...args);
    expect(first).toMatchObject({ status: 0, stderr: "" });
    expect(first.stdout).toMatch(/^Done\. Best[\s\S]*Now train on your own text/m);
    const second = node(clone, ...args);
    expect(second).toMatchObject({ status: 0, stderr: "" });
    expect(second.stdout).not.toMatch(/Done\. Best/);
    expect(second.stdout).toMatch(/[\s\S]{600}Now train on your own text/);
  });

  it("npm test checks and then runs the quick tests, and test:all runs all of them", () => {
    const { scripts } = JSON.parse(read("package.json"));
    expect(scripts.test).toBe("npm run check && vitest run");
    expect(scripts["test:all"]).toBe("npm run check && vitest run --mode all");
  });
});
