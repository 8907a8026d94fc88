// Tests of the two baselines of a loss: a uniform guess and an n-gram, scored on the network's own tokens.

import { describe, expect, test } from "vitest";
import { baseline } from "../../src/evaluation/baseline/baseline.js";
import { fitNgram, scoreNgram } from "../../src/evaluation/baseline/ngram.js";
import { evaluate, scoredLanes } from "../../src/evaluation/scoring/evaluate.js";
import { readCorpus } from "../../src/text/encoding/corpus.js";
import { createField } from "../../src/text/encoding/field.js";
import { sourceOf } from "../../src/text/storage/tokens.js";
import { openModel, randomModel } from "../generation/models.js";
import { idsOf, input } from "../text/helpers.js";

const TRAIN = "die Brücke 🌉 über\nden Fluß, sie steht\n\nund trägt — noch\n".repeat(4);
const SCORED = "über die Brücke 🌉\nträgt sie nichts!\n\nX\n";
const fields = [
  {},
  { lower: true, minFreq: 5 },
  { newline: "strip" },
  { newline: "eos" },
  { unit: "byte" },
  { unit: "word" },
  { unit: "word", newline: "strip" },
  { unit: "word", newline: "eos" },
];

async function compared(values: object, scored: string) {
  const field = createField(values);
  const { vocab, train } = await readCorpus([input(TRAIN)], { field, validFraction: 0 });
  const { train: valid } = await readCorpus([input(scored)], { field, vocab, validFraction: 0 });
  const { lanes, ...sizes } = scoredLanes(valid, 4, vocab.newlineId);
  const request = {
    vocabulary: vocab.size,
    train,
    scored: valid,
    limit: 1e9,
    pieces: { before: vocab.newlineId, positions: Number.POSITIVE_INFINITY },
    ...sizes,
  };
  const counts = new Array<number>(vocab.size).fill(0);
  const network = await evaluate(openModel(randomModel({ field, vocab, counts }), 4), lanes);
  return { vocab, sizes, network, request, baselines: await baseline(request) };
}

describe("the baseline", () => {
  test.each(fields.map((values) => [JSON.stringify(values), values] as const))(
    "scores the same tokens as the network, in the same units: %s",
    async (_, values) => {
      for (const scored of [SCORED, "di", "X\nX", "Xdi so"]) {
        const { vocab, sizes, network, request, baselines } = await compared(values, scored);
        expect(baselines.ngram.tokens).toBe(network.tokens);
        expect(network.tokens).toBe(request.scored.length - (vocab.newlineId === undefined ? 1 : 0));
        if (network.tokens === 0) continue; // one word has no context
        for (const each of [baselines.uniform, baselines.ngram]) {
          expect(each.tokens).toBe(network.tokens);
          const bits = (each.nats * each.tokens + sizes.spelling) / Math.LN2;
          expect(each.bpc).toBeCloseTo(bits / sizes.characters, 10);
          expect(each.bpb).toBeCloseTo(bits / sizes.bytes, 10);
        }
        expect(baselines.uniform.nats).toBeCloseTo(Math.log(vocab.size), 12);
        expect(baselines.uniform.perplexity).toBeCloseTo(vocab.size, 8);
        const ngram = fitNgram(idsOf(request.train), vocab.size);
        expect(baselines.order).toBe(ngram.order);
        expect(baselines.ngram.nats * network.tokens).toBeCloseTo(
          scoreNgram(ngram, idsOf(request.scored), request.pieces.before).nats,
          9,
        );
      }
    },
  );

  test("on its training text the n-gram costs less than half of a uniform guess", async () => {
    const { baselines } = await compared({}, TRAIN.slice(0, 60));
    expect(baselines.ngram.nats).toBeLessThan(baselines.uniform.nats / 2);
  });

  test("the n-gram counts at most the last `limit` tokens, from an asynchronous source too", async () => {
    const ids = Uint8Array.from({ length: 5000 }, (_, i) => (i * i) % 13);
    const rest = {
      vocabulary: 13,
      scored: sourceOf(ids),
      limit: 5000,
      pieces: { before: undefined, positions: Number.POSITIVE_INFINITY },
      characters: 5000,
      bytes: 5000,
      spelling: 0,
    };
    const once = await baseline({ ...rest, train: sourceOf(ids) });
    const asked: number[] = [];
    const large = {
      length: 1_000_000,
      read: async (from: number, to: number) => {
        asked.push(from);
        return Int32Array.from({ length: to - from }, (_, i) => ids[(from + i) % 5000]!);
      },
    };
    const counted = await baseline({ ...rest, train: large });
    expect(asked[0]).toBe(995_000);
    expect(counted).toEqual(once); // the same last 5,000 tokens
  });
});
