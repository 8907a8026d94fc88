// Prints the effect of the lesson's sampling, whose get_next_n feeds the last eight characters again for each new one
// while the state is carried: the loss on validation text and a sample, in the lesson's way and in the library's.
//
//   node lesson/sampling.mjs [runs/lesson/gru-1] [characters]

import { pathToFileURL } from "node:url";
import {
  createSession,
  encodeText,
  lessonPieces,
  loadModel,
  nodeEngine,
  readText,
  write,
} from "../dist/advanced-node.js";
import { recipe } from "./recipe.mjs";
import { oneLine, PROMPT } from "./samples.mjs";
import { saying } from "./say.mjs";

const FED = 8;

/** Mean −log p in nats of all ids but the first eight; feeds the ids from `from(i)` to i after each id i. */
function score(session, ids, from) {
  session.feedIds(ids.subarray(0, FED));
  let nats = 0;
  for (let i = FED; i < ids.length; i++) {
    nats -= session.distribution()[ids[i]];
    session.feedIds(ids.subarray(from(i), i + 1));
  }
  return nats / (ids.length - FED);
}

/** The loss if every token is fed once. */
export const ourNats = (session, ids) => score(session, ids, (i) => i);
/** The loss if every token is fed eight times, as by `lessonPieces`. */
export const lessonNats = (session, ids) => score(session, ids, (i) => i + 1 - FED);

async function print() {
  const [folder = "runs/lesson/gru-1", characters = "20000"] = process.argv.slice(2);
  const stored = await loadModel(folder);
  const open = () => createSession(stored, nodeEngine("auto").engine);
  const { path, settings } = recipe("gru");
  const { valid } = await readText({ file: path }, settings.text);
  const ids = await valid.read(0, Math.min(valid.length, Number(characters)));
  console.log(`the first ${ids.length.toLocaleString("en")} characters of the validation part, by ${folder}:`);
  console.log(`  fed once, as here:          ${ourNats(open(), ids).toFixed(4)} nats`);
  console.log(`  fed eight times, its way:   ${lessonNats(open(), ids).toFixed(4)} nats`);

  const prompt = encodeText(stored.field, stored.vocab, PROMPT, "error");
  const how = { length: 160, temperature: 0.8, seed: 1 };
  const session = open();
  session.feedIds(prompt);
  console.log(`after “${PROMPT}”, temperature ${how.temperature}, seed ${how.seed}:`);
  console.log(`  here:     ${oneLine(write(session, how))}`);
  const pieces = [...lessonPieces(open(), prompt, how)];
  console.log(`  its way:  ${oneLine(pieces.map(({ text }) => text).join(""))}`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await saying(print);
