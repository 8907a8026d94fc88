// One cell of the grid: trains a setting on one thread in this process for a number of seconds of processor time, and
// returns its loss on held-out text. Without bptt and batch the adviser chooses them first, for the same seconds.

const WHOLE_RUN = 2 ** 40;
const FAR = 0.03;

/** Trains a cell. `inner`: the last tenth of the training part replaces the validation text, which stays unused. */
export async function trainCell({ text, seconds, seed, inner, ask, settings: shape, ...setting }) {
  const { nodeEngine, nodeThreads, readText } = await import("../dist/advanced-node.js");
  const { windowsIn } = await import("../dist/training/measure.js");
  const { ROUNDS, processorSecondsPerWindow } = await import("../dist/node/runs/processor-time.js");
  const { adviseCorpus } = await import("../dist/node/runs/advise.js");
  const { pause } = await import("../dist/node/system/pause.js");
  const asked = { ...shape, seed, threads: 1 };
  const corpus = await splitOf(await readText({ file: text }), inner);
  const advice = setting.bptt === undefined && (await adviseCorpus(corpus, { ...asked, minutes: seconds / 60 }, {}));
  const chosen = advice ? advice.advised : setting;
  const settings = { ...asked, ...chosen, sampleLength: 0, validateEvery: WHOLE_RUN };
  const { engine } = nodeEngine();
  const measured = [];
  for (let round = 0; round < ROUNDS; round++)
    measured.push(
      await processorSecondsPerWindow(corpus, settings, { engine, threads: nodeThreads(), pause }, seconds),
    );
  let steps = windowsIn(seconds, measured);
  let trained = await train(corpus, { ...settings, steps });
  // If the time was far off, train again with the number of updates that this measurement gives.
  if (Math.abs(trained.seconds / seconds - 1) > FAR) {
    steps = Math.max(1, Math.round((steps * seconds) / trained.seconds));
    trained = await train(corpus, { ...settings, steps });
  }
  const of = { seconds, seed, ...(inner && { inner }), ...(ask && { ask }), ...(shape && { settings: shape }) };
  const { nats, tokens } = trained;
  const result = { ...chosen, nats, windows: steps, tokens, trained: Number(trained.seconds.toFixed(2)) };
  if (!advice) return { ...result, ...of };
  const { spent, reasons, race, learning } = advice;
  return { ...result, ...of, advised: true, spent: Number(spent.toFixed(1)), reasons, learning, race };
}

/** A whole run: its last validation loss, and the processor seconds of its windows. */
async function train(corpus, settings) {
  const { createTrainer } = await import("../dist/advanced-node.js");
  const { processorSeconds } = await import("../dist/node/runs/processor-time.js");
  let nats = Number.NaN;
  let seconds = 0;
  let tokens = 0;
  let begun = processorSeconds();
  for await (const event of createTrainer(corpus, settings).trainer.events()) {
    if (event.kind === "start") begun = processorSeconds();
    if (event.kind === "window") [seconds, tokens] = [processorSeconds() - begun, event.tokens];
    if (event.kind === "validation") nats = event.nats;
  }
  return { nats, seconds, tokens };
}

async function splitOf(corpus, inner) {
  if (!inner) return corpus;
  const { sliceOf } = await import("../dist/text/storage/tokens.js");
  const { train } = corpus;
  const at = train.length - Math.floor(train.length / 10);
  const part = (from, to) => ({ ...train, ...sliceOf(train, from, to) });
  return { ...corpus, train: part(0, at), valid: part(at, train.length) };
}
