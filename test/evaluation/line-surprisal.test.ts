// Tests of scoring line by line: the same numbers as of the whole text, and each line as soon as it is complete.

import { describe, expect, test } from "vitest";
import { lineSurprisals } from "../../src/evaluation/scoring/line-surprisal.js";
import { surprisal } from "../../src/evaluation/scoring/surprisal.js";
import { LanguageModel } from "../../src/model/language-model.js";
import type { Field } from "../../src/text/encoding/field.js";
import { randomModel, vocabularyOf } from "../generation/models.js";
import { fastest } from "../helpers/engines.js";

const text = "the cat\nsat on\n\nthe mat, é\nend";

function opened(values: Partial<Field>) {
  const stored = randomModel(vocabularyOf("the cat\nsat on the mat é", values));
  const documents = stored.vocab.endId !== undefined;
  const model = new LanguageModel(stored.spec, fastest, { lanes: 1, steps: 4, ...(documents && { documents }) });
  model.setWeights(stored.weights);
  return { stored, model };
}

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

describe("lines scored one by one", () => {
  test.each<Partial<Field>>([{}, { newline: "eos" }, { newline: "strip" }, { unit: "byte" }, { documents: "line" }])(
    "have the numbers of the whole text, whatever the pieces: %j",
    async (values) => {
      const { stored, model } = opened(values);
      const bytes = new TextEncoder().encode(text);
      const whole = await surprisal(model, stored, bytes, "t");
      for (const size of [1, 3, 100]) {
        const lines = [];
        for await (const line of lineSurprisals(model, stored, pieces(bytes, size), "t")) lines.push(line);
        expect(lines).toEqual(whole.lines);
      }
    },
  );

  test("a line is answered before the next one comes", async () => {
    const { stored, model } = opened({});
    let asked = 0;
    async function* slow(): AsyncGenerator<Uint8Array> {
      for (const line of text.split(/(?<=\n)/)) {
        asked += 1;
        yield new TextEncoder().encode(line);
      }
    }
    let answered = 0;
    for await (const _ of lineSurprisals(model, stored, slow(), "t")) {
      answered += 1;
      expect(asked).toBe(answered);
    }
    expect(answered).toBe(5);
  });
});
