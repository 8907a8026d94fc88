// Tests of the verdict between a network and an n-gram: both read the validation part in the same pieces, and a short
// part in fewer lanes than training has.

import { expect, test } from "vitest";
import { baseline } from "../../src/evaluation/baseline/baseline.js";
import { fitNgram, scoreNgram } from "../../src/evaluation/baseline/ngram.js";
import { evaluate, type LaneScoringOptions, scoredLanes } from "../../src/evaluation/scoring/evaluate.js";
import { readCorpus } from "../../src/text/encoding/corpus.js";
import { createField } from "../../src/text/encoding/field.js";
import { sourceOf } from "../../src/text/storage/tokens.js";
import { evaluationLanes, validationLanes } from "../../src/text/windows/lanes.js";
import { validationReader } from "../../src/training/settings/reading.js";
import { checkSettings } from "../../src/training/settings/values.js";
import { prepare } from "../../src/training/training-run.js";
import { openModel } from "../generation/models.js";
import { dice } from "../helpers/damage.js";
import { fastest } from "../helpers/engines.js";
import { idsOf, input } from "../text/helpers.js";

/** Lines of whole phrases: what comes next is nearly certain, once a line has begun. */
function phrases(characters: number): string {
  const { pick } = dice(3);
  const begin = ["the old baker counted", "a tired sailor painted", "my neighbour borrowed", "no teacher ever carried"];
  const end = [
    "a basket of plums",
    "the long ladder",
    "her winter coat",
    "the church bell at dawn",
    "two copper kettles",
  ];
  let text = "";
  while (text.length < characters) text += `${pick(begin)}\n${pick(end)}\n`;
  return text.slice(0, characters);
}

test.each([
  [1, 32, 1],
  [999, 32, 1],
  [1999, 32, 1],
  [2000, 32, 2],
  [31_999, 32, 31],
  [32_000, 32, 32],
  [1e7, 32, 32],
  [1e7, 1, 1],
])("a text of %d tokens and %d lanes of training is scored in %d", (tokens, lanes, wanted) => {
  expect(validationLanes(tokens, lanes)).toBe(wanted);
});

test("a model of many lanes scores a text in few, to the same bits as a model of few", async () => {
  const corpus = await corpusOf(2500);
  const { train } = corpus;
  const run = prepare(corpus, tiny, { engine: fastest });
  const few = openModel(run.stored(), 2);
  const many = openModel(run.stored(), 7);
  const wide = evaluationLanes(train, 2, undefined, 7);
  expect(await nats(many, wide)).toEqual(await nats(few, evaluationLanes(train, 2)));
});

test("the n-gram forgets what it has read where the model begins a lane", async () => {
  const corpus = await corpusOf(3000);
  const valid = corpus.valid!;
  const { lanes, ...sizes } = scoredLanes(valid, 3, corpus.vocab.newlineId);
  const pieces = { before: corpus.vocab.newlineId, positions: lanes.positions };
  const found = await baseline({ ...request(corpus), pieces, ...sizes });
  const ids = [corpus.vocab.newlineId!, ...idsOf(valid)];
  const ngram = fitNgram(idsOf(corpus.train), corpus.vocab.size);
  const each = [0, 100, 200].map((at) => scoreNgram(ngram, Int32Array.from(ids.slice(at, at + 101))));
  expect(pieces.positions).toBe(100);
  expect(each.map(({ scored }) => scored)).toEqual([100, 100, 100]);
  expect(found.ngram.nats * 300).toBeCloseTo(each[0]!.nats + each[1]!.nats + each[2]!.nats, 9);
});

test("where 32 lanes of a text of 3 KB give the verdict to the n-gram, one lane gives it to the network", async () => {
  const corpus = await corpusOf(3000);
  const settings = checkSettings({ ...tiny, hidden: 32, batch: 8, epochs: 25, lr: 0.01, bptt: 24 });
  const run = prepare(corpus, settings, { engine: fastest, cell: undefined });
  for await (const _ of run.trainer.events()) void _;
  const valid = corpus.valid!;
  const score = async (lanes: number) => {
    const { lanes: reader, ...sizes } = scoredLanes(valid, lanes, corpus.vocab.newlineId);
    const pieces = { before: corpus.vocab.newlineId, positions: reader.positions };
    const network = await nats(openModel(run.stored(), lanes), reader);
    return { network, ngram: (await baseline({ ...request(corpus), pieces, ...sizes })).ngram.nats };
  };
  const apart = await score(32);
  const whole = await score(1);
  expect(apart.network).toBeGreaterThan(whole.ngram);
  expect(whole.network).toBeLessThan(whole.ngram);
  const reader = validationReader(valid, settings, { lanes: 32, steps: 24 }, corpus.vocab.newlineId);
  expect(reader.pieces).toEqual({ before: corpus.vocab.newlineId, positions: 300 });
  expect(reader.lanes).toMatchObject({ lanes: 32, positions: 300 });
  expect(run.trainer.state().best!.nats).toBeLessThan(apart.network);
});

const tiny = { hidden: 8, embedding: 8, batch: 2, bptt: 16, epochs: 1, sampleLength: 0 };

const corpusOf = (characters: number) => readCorpus([input(phrases(characters))], { field: createField({}) });

async function nats(
  model: ReturnType<typeof openModel>,
  reader: Parameters<typeof evaluate>[1],
  o?: LaneScoringOptions,
) {
  const { nats: sum, tokens } = await evaluate(model, reader, o);
  return sum / tokens;
}

function request({ vocab, train, valid }: Awaited<ReturnType<typeof corpusOf>>) {
  return { vocabulary: vocab.size, train: sourceOf(idsOf(train)), scored: valid!, limit: 1e9 };
}
