// evaluate --state document over real documents, against the slow truth: each document read alone, from zeros, by a
// model that knows of no documents; every token weighs the same.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { writeSafetensors } from "../../src/checkpoint/safetensors.js";
import { modelTensors, type StoredModel } from "../../src/model/file/model-file.js";
import { LanguageModel } from "../../src/model/language-model.js";
import { zeroState } from "../../src/model/layout/state.js";
import { evaluateText } from "../../src/node/scoring/evaluate.js";
import { randomModel, vocabularyOf } from "../generation/models.js";
import { fill, folder } from "../helpers/cli.js";
import { join as joined } from "../helpers/damage.js";
import { f64 } from "../helpers/engines.js";
import { windowOf } from "../helpers/tiny.js";

const data = (name: string) => readFileSync(new URL(`../../data/${name}`, import.meta.url), "utf8");
/** Real documents, and how a file of them is written. */
const names = data("names.txt").split("\n").slice(0, 150);
const speeches = data("tinyshakespeare.txt").split("\n\n").slice(0, 24);
const kinds = [
  ["names", "line", names, "\n"],
  ["speeches of Shakespeare", "blank-line", speeches, "\n\n"],
] as const;

/** −log p of each of `ids` but the first, which is fed to a state of zeros. */
function alone(stored: StoredModel, ids: readonly number[]): number[] {
  const steps = ids.length - 1;
  const model = new LanguageModel(stored.spec, f64, { lanes: 1, steps });
  model.setWeights(stored.weights);
  model.setState(zeroState(stored.spec, 1, "f64"));
  model.load(windowOf(steps, 1, Int32Array.from(ids.slice(0, -1)), Int32Array.from(ids.slice(1))));
  model.forward();
  model.loss();
  return Array.from(model.losses());
}

const sum = (values: readonly number[]) => values.reduce((total, each) => total + each, 0);

describe.each(kinds)("%s", (_, rule, documents, separator) => {
  const text = documents.map((each) => each + separator).join("");
  const home = folder({ "t.txt": text });
  const paths = (stored: StoredModel) => {
    const { tensors, metadata } = modelTensors(stored);
    fill(home, { "model.safetensors": joined(writeSafetensors(tensors, metadata)) });
    return [join(home, "model.safetensors"), [join(home, "t.txt")]] as const;
  };
  const known = text.replaceAll("z", ""); // a letter of the text is unknown

  test.each(["char", "byte"] as const)("by %s, in one lane: the mean over all documents' tokens", async (unit) => {
    const stored = randomModel(vocabularyOf(known, { unit, documents: rule }), { cell: "lstm", layers: 2 });
    const { vocab } = stored;
    const units = (each: string) =>
      unit === "char" ? [...each] : [...new TextEncoder().encode(each)].map((b) => vocab.itos[b]!);
    const truth = documents.map((each) => alone(stored, [vocab.endId!, ...vocab.encode(units(each)), vocab.endId!]));
    const tokens = sum(truth.map((each) => each.length));
    const total = sum(truth.flat());
    const asked = { state: "document", lanes: 1, withoutBaseline: true };
    const found = await evaluateText(...paths(stored), asked);
    const bytes = new TextEncoder().encode(text).length;
    const unknown = unit === "char" ? [...text].filter((letter) => letter === "z").length : 0;
    const spelled = total + unknown * Math.log(256); // an unknown letter costs 8 bits more
    expect(found.model.tokens).toBe(tokens);
    expect(found.model.nats).toBeCloseTo(total / tokens, 5);
    expect(found.model.bpc).toBeCloseTo(spelled / Math.LN2 / [...text].length, 5);
    expect(found.model.bpb).toBeCloseTo(spelled / Math.LN2 / bytes, 5);
    expect(found.perWord / Math.exp(spelled / text.match(/\S+/g)!.length)).toBeCloseTo(1, 3);
    // Documents do not weigh the same, nor does a carried state reach the same.
    expect(sum(truth.map((each) => sum(each) / each.length)) / truth.length).not.toBeCloseTo(total / tokens, 3);
    const carried = await evaluateText(...paths(stored), { ...asked, state: "carry" });
    expect(carried.model.nats).not.toBeCloseTo(total / tokens, 4);
    expect((await evaluateText(...paths(stored), { lanes: 1, withoutBaseline: true })).model).toEqual(found.model); // the default
  });

  test("in lanes, a document that a lane begins in the middle of is read from there", async () => {
    const stored = randomModel(vocabularyOf(text, { documents: rule }));
    const { vocab } = stored;
    const end = vocab.endId!;
    const stream = [end, ...documents.flatMap((each) => [...vocab.encode([...each]), end])];
    const lanes = 4;
    const length = Math.ceil((stream.length - 1) / lanes);
    const pieces: number[][] = [];
    for (let b = 0; b < lanes; b++) {
      const lane = stream.slice(b * length, (b + 1) * length + 1);
      for (let from = 0; from < lane.length - 1; ) {
        const to = lane.indexOf(end, from + 1);
        const last = to < 0 ? lane.length - 1 : to;
        pieces.push(lane.slice(from, last + 1));
        from = last;
      }
    }
    expect(pieces.length).toBeGreaterThan(documents.length);
    const total = sum(pieces.flatMap((each) => alone(stored, each)));
    const found = await evaluateText(...paths(stored), { state: "document", lanes, withoutBaseline: true });
    expect(found.model.tokens).toBe(stream.length - 1);
    expect(found.model.nats).toBeCloseTo(total / (stream.length - 1), 5);
  });
});
