// One cell of the grid, in this process and on one thread: a setting trained for so many seconds of processor time, and its loss on
// held-out text. Without bptt and batch the adviser is asked for them first, for the same seconds. It prints one line of JSON.

const WHOLE_RUN = 2 ** 40;

/** `inner`: the last tenth of the training part is held out in place of the validation text, which is then not looked at. */
export async function trainCell({ text, seconds, seed, inner, ask, knobs: shape, ...setting }) {
  const { createTrainer, nodeEngine, nodeThreads, readText } = await import("../dist/node.js");
  const { processorSeconds, windowsInSeconds } = await import("../dist/node/equal-seconds.js");
  const { adviseCorpus } = await import("../dist/node/advise.js");
  const { pause } = await import("../dist/node/pause.js");
  const asked = { ...shape, seed, threads: 1 };
  const corpus = await cut(await readText(text), inner);
  const advice = setting.bptt === undefined && (await adviseCorpus(corpus, { ...asked, minutes: seconds / 60 }, {}));
  const chosen = advice ? advice.advised : setting;
  const knobs = { ...asked, ...chosen, sampleLength: 0, validateEvery: WHOLE_RUN };
  const { engine } = nodeEngine();
  const [steps] = await windowsInSeconds(corpus, [knobs], { engine, threads: nodeThreads(), pause }, seconds);
  let [nats, trained, tokens, begun] = [Number.NaN, 0, 0, processorSeconds()];
  for await (const event of createTrainer(corpus, { ...knobs, steps }).trainer.events()) {
    if (event.kind === "start") begun = processorSeconds();
    if (event.kind === "window") [trained, tokens] = [processorSeconds() - begun, event.tokens];
    if (event.kind === "validation") nats = event.nats;
  }
  const of = { seconds, seed, ...(inner && { inner }), ...(ask && { ask }), ...(shape && { knobs: shape }) };
  const found = { ...chosen, nats, windows: steps, tokens, trained: Number(trained.toFixed(2)) };
  if (!advice) return { ...found, ...of };
  const { spent, reasons, race } = advice;
  return { ...found, ...of, advised: true, spent: Number(spent.toFixed(1)), reasons, race };
}

async function cut(corpus, inner) {
  if (!inner) return corpus;
  const { sliceOf } = await import("../dist/text/tokens.js");
  const { train } = corpus;
  const at = train.length - Math.floor(train.length / 10);
  const part = (from, to) => ({ ...train, ...sliceOf(train, from, to) });
  return { ...corpus, train: part(0, at), valid: part(at, train.length) };
}
