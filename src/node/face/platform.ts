// The face's platform in Node: files, addresses, the fastest engine, all cores.

import { fileURLToPath } from "node:url";
import { LonghandError, usageError } from "../../base/errors.js";
import type { Platform } from "../../face/platform.js";
import { type GivenText, givenTexts, isFiles, type TextOpener, type TextSource } from "../../face/text-source.js";
import { nodeEngine } from "../engine/engine.js";
import { nodeThreads } from "../engine/threads.js";
import { gunzip } from "../files/gunzip.js";
import { findSources, type NamedSource, toInput, wholeSource } from "../files/inputs.js";
import { countValidation } from "../runs/baseline.js";
import { evaluateStored } from "../scoring/evaluate.js";
import { nodeHash } from "../system/hash.js";
import { usableMemory } from "../system/memory.js";
import { pause } from "../system/pause.js";

const texts: TextOpener = {
  async *address(url) {
    if (url.startsWith("file:")) yield await wholeSource({ kind: "file", path: fileURLToPath(url) });
    else yield* answerOf(url);
  },
  async files(paths) {
    return (await findSources(paths, () => {})).map((source): GivenText => {
      const { name, bytes } = toInput(source);
      return { name, bytes: bytes as GivenText["bytes"] };
    });
  },
};

/** What Node computes with. */
export const nodePlatform: Platform = {
  texts,
  gunzip,
  engine: nodeEngine,
  threads: nodeThreads,
  pause,
  newHash: nodeHash,
  memory: () => usableMemory(),
  baseline: countValidation,
  async evaluate({ stored, origin, engine }, text, options) {
    const sources = text === undefined ? [] : await namedSources(text);
    return evaluateStored(stored, origin ?? "The model", sources, { ...options, engine });
  },
};

/** A source of text as Node's readers take it: files by their paths. */
export async function namedSources(text: TextSource): Promise<NamedSource[]> {
  if (isFiles(text)) return typeof text.file === "string" ? [text.file] : [...text.file];
  if (Array.isArray(text)) return (await Promise.all(text.map(namedSources))).flat();
  return (await givenTexts(text, texts)).map((each) => ({ kind: "given", ...each }));
}

/** The pieces of what a server answers. */
export async function* answerOf(url: string): AsyncGenerator<Uint8Array> {
  const answer = await fetch(url).catch((error) => {
    throw new LonghandError("io", `${url} could not be fetched: ${reasonOf(error)}.`, {
      hint: "Check the address.",
      cause: error,
    });
  });
  if (!answer.ok) throw usageError(`${url} was not served: the answer is ${answer.status} ${answer.statusText}.`);
  try {
    for await (const piece of answer.body ?? []) yield piece;
  } catch (error) {
    throw new LonghandError("io", `${url} could not be read: ${reasonOf(error)}.`, {
      hint: "Try again.",
      cause: error,
    });
  }
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
}
