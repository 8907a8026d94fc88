// The scripts beside the stages, on which docs/lesson-7.md rests: what is fed when a text is scored the lesson's way,
// what is drawn of lanes, and that the page shows what they print.

import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import type { Session as Sessions } from "../../src/generation/session.js";
import { projectFiles, read, root } from "../house/tree.js";
import { node } from "../package/project.js";

const dist = (await import(
  pathToFileURL(join(root, "dist/advanced-node.js")).href
)) as typeof import("../../src/advanced-node.js");
const { ourNats, lessonNats } = (await import(pathToFileURL(join(root, "lesson/sampling.mjs")).href)) as {
  ourNats(session: Sessions, ids: Int32Array): number;
  lessonNats(session: Sessions, ids: Int32Array): number;
};

const { engine } = dist.nodeEngine("wasm-simd");
const corpus = await dist.readText({ file: join(root, "data/nietzsche.txt") }, { lower: true, minFreq: 3 });
const { session } = dist.prepare(corpus, { hidden: 12, embedding: 7, batch: 4, sampleLength: 0 }, { engine });
const prompt = corpus.vocab.encode([..."for thos"]);
const how = { length: 30, temperature: 0.9, seed: 5 };

interface Piece {
  readonly tokens: readonly { readonly id: number; readonly logProbability: number }[];
}

/** What was written, and the mean −log p that was told of it. */
function told(pieces: Iterable<Piece>) {
  const tokens = [...pieces].flatMap((piece) => piece.tokens);
  const nats = -tokens.reduce((sum, { logProbability }) => sum + logProbability, 0) / tokens.length;
  return { ids: Int32Array.from([...prompt, ...tokens.map(({ id }) => id)]), nats };
}

test(
  "a text that was written the lesson's way, scored the lesson's way, " +
    "has the log p it was written with; ours likewise",
  () => {
    const lesson = told(dist.lessonPieces(session(), prompt, how));
    const fed = session();
    fed.feedIds(prompt);
    const ours = told(dist.writePieces(fed, how));
    expect(lessonNats(session(), lesson.ids)).toBeCloseTo(lesson.nats, 12);
    expect(ourNats(session(), ours.ids)).toBeCloseTo(ours.nats, 12);
    expect(Math.abs(ourNats(session(), lesson.ids) - lesson.nats)).toBeGreaterThan(1e-6);
  },
);

test("the committed picture of lanes is the one that its script draws", () => {
  const { stdout, status } = node(root, "lesson/lanes.mjs");
  expect(status).toBe(0);
  expect(read("docs/lesson-7/lanes.svg")).toBe(stdout);
});

/** Those that need no run and no hour. */
test.each(["lesson/memory.mjs", "lesson/windows.mjs"])("docs/lesson-7.md shows what %s prints", (script) => {
  const shown = read("docs/lesson-7.md").split(`\`\`\`sh\nnode ${script}\n\`\`\`\n\`\`\`text\n`)[1]?.split("```")[0];
  expect(shown).toBe(node(root, script).stdout);
});

test("every command of docs/lesson-7.md is there to be run", () => {
  const commands = [...read("docs/lesson-7.md").matchAll(/^```sh\n([\s\S]*?)^```$/gm)].flatMap(([, block]) =>
    block!.trim().split("\n"),
  );
  expect(commands.length).toBeGreaterThan(8);
  const scripts = commands.flatMap((command) => /^(?:node|python3) (\S+)/.exec(command)?.[1] ?? []);
  expect(scripts.filter((path) => !projectFiles().includes(path))).toEqual([]);
  const others = commands.filter((command) => !/^(node|python3) /.test(command));
  expect(others.filter((command) => !/^npm run lesson( |$)/.test(command))).toEqual([]);
  expect(JSON.parse(read("package.json")).scripts.lesson).toBe("node lesson/main.mjs");
});
