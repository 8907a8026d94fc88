// A state that is sealed well and holds the wrong things: every key of its JSON and every tensor is dropped, or made of
// another kind. It is refused as a damaged file, or, where it does not matter, the run goes on; never is it a fault of
// our own.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { resumeRun, startRun } from "../../src/advanced-node.js";
import { createBackups } from "../../src/checkpoint/backups.js";
import type { NamedTensor, Tensor } from "../../src/checkpoint/safetensors.js";
import { nodeFileSystem } from "../../src/node/system/filesystem.js";
import { nodeHash } from "../../src/node/system/hash.js";
import { layUpon } from "../../src/training/settings/values.js";
import { tinySettings, tinyText } from "../helpers/run.js";

const root = mkdtempSync(join(tmpdir(), "longhand-shape-"));
afterAll(() => rmSync(root, { recursive: true }));
const [out, path] = [join(root, "run"), join(root, "text.txt")];

const generations = () => createBackups(nodeFileSystem(), out, "state.safetensors", nodeHash);
let about = "";
let tensors: NamedTensor[] = [];

/** Goes on for a window; `refused` where the state was. */
async function goOn(): Promise<unknown> {
  try {
    let asked = 0;
    const run = await resumeRun(out, { withoutBaseline: true, stopping: () => asked++ > 0 });
    for await (const _ of run.events);
    return "went on";
  } catch (error) {
    const { name, code, hint } = error as { name?: unknown; code?: unknown; hint?: unknown };
    return name === "LonghandError" && code === "model-file" && /damaged/.test(String(hint)) ? "refused" : error;
  }
}

async function outcomeWith(json: string, others: readonly NamedTensor[]): Promise<unknown> {
  const files = generations();
  await files.discard();
  await files.save(others, { "longhand.run": json });
  return goOn();
}

beforeAll(async () => {
  writeFileSync(path, tinyText(450));
  let asked = 0;
  const settings = layUpon(tinySettings, { cell: "lstm", steps: 9, keepEvery: 2, saveEvery: 1e6, validateEvery: 3 });
  const run = await startRun({ paths: [path], out, withoutBaseline: true, settings, stopping: () => asked++ >= 6 });
  for await (const _ of run.events);
  const file = (await generations().load(() => {}))!;
  about = file.metadata["longhand.run"]!;
  tensors = [...file.tensors].map(([name, tensor]) => ({ name, ...tensor }));
  expect(tensors.map(({ name }) => name)).toContain("last-good.weights");
  expect(await outcomeWith(about, tensors)).toBe("went on");
});

type Node = Record<string, unknown>;

/** The ways to each value of a JSON object; lists are values. */
function waysIn(value: unknown, way: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [way];
  const below = Object.entries(value).flatMap(([name, each]) => waysIn(each, [...way, name]));
  return way.length === 0 ? below : [way, ...below];
}

/** The same JSON with one value put in place, or dropped. */
function changed(way: readonly string[], value: unknown): string {
  const all = JSON.parse(about) as Node;
  const parent = way.slice(0, -1).reduce((node, name) => node[name] as Node, all);
  if (value === undefined) delete parent[way.at(-1)!];
  else parent[way.at(-1)!] = value;
  return JSON.stringify(all);
}

/** What a run may begin without: it has a default, or is absent before the first validation, window or snapshot. */
const spared = /^config\.settings\.|^recovery\.lastGood$|\.(best|first|trained|prints)\b/;

describe("a sealed state", () => {
  test("with any key of its JSON dropped is refused, or goes on where that may be", async () => {
    const ways = waysIn(JSON.parse(about));
    expect(ways.length).toBeGreaterThan(100);
    for (const way of ways) {
      const name = way.join(".");
      const outcome = await outcomeWith(changed(way, undefined), tensors);
      if (!spared.test(name)) expect(outcome, name).toBe("refused");
      else expect(["refused", "went on"], `${name}: ${outcome}`).toContain(outcome);
    }
  });

  test.each([null, 7.5, "x", [["x"]], { a: 1 }, true])("with %j in place of any value is refused", async (wrong) => {
    for (const way of waysIn(JSON.parse(about))) {
      const name = way.join(".");
      const was = way.reduce((node, key) => node[key] as Node, JSON.parse(about) as Node) as unknown;
      if (typeof was === typeof wrong && wrong !== null && Array.isArray(was) === Array.isArray(wrong)) continue;
      expect(await outcomeWith(changed(way, wrong), tensors), name).toBe("refused");
    }
  });

  test("with JSON that is none, or of something else, is refused", async () => {
    for (const json of ["", "{", "null", "7", "[]", '"x"', "{}", '{"config":null}', '{"config":{"format":3}}']) {
      expect(await outcomeWith(json, tensors), json).toBe("refused");
    }
  });

  test("with any tensor dropped, cut, longer, of another shape or of another kind is refused", async () => {
    const spoilt: Readonly<Record<string, (tensor: NamedTensor) => readonly NamedTensor[]>> = {
      dropped: () => [],
      renamed: (tensor) => [{ ...tensor, name: `${tensor.name}.x` }],
      shorter: ({ name, data }) => [{ name, ...flat((data as Float32Array).slice(0, -1)) }],
      longer: ({ name, data }) => [{ name, ...flat(Float32Array.of(...(data as Float32Array), 0)) }],
      empty: ({ name }) => [{ name, ...flat(new Float32Array()) }],
      "of bytes": ({ name }) => [{ name, dtype: "U8", shape: [3], data: Uint8Array.of(1, 2, 3) }],
      "of three axes": (tensor) => [{ ...tensor, shape: [1, 1, ...tensor.shape] }],
      "a state of other widths": ({ name, shape, data }) => [
        { name, ...(flat(data as Float32Array) as Tensor & { dtype: "F32" }), shape: [...shape].reverse() },
      ],
    };
    for (const [what, spoil] of Object.entries(spoilt)) {
      for (const tensor of tensors) {
        // Fingerprints are as many as there are; they are looked at when another text is scored.
        if (tensor.name === "chunks" && /shorter|longer|empty|widths/.test(what)) continue;
        if (/widths/.test(what) && tensor.shape.length === 1) continue;
        const others = tensors.flatMap((each) => (each === tensor ? spoil(each) : [each]));
        expect(await outcomeWith(about, others), `${tensor.name} ${what}`).toBe("refused");
      }
    }
  });
});

function flat(data: Float32Array | Float64Array): Tensor {
  const shape = [data.length];
  return data instanceof Float64Array ? { dtype: "F64", shape, data } : { dtype: "F32", shape, data };
}
