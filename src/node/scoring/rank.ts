// Surprisal of each document of a file, with the engine and threads of Node.

import type { EngineName } from "../../compute/engines.js";
import { type DocumentSurprisal, documentSurprisals } from "../../evaluation/scoring/ranking.js";
import type { TextReading } from "../../face/text-source.js";
import type { StoredModel } from "../../model/file/model-file.js";
import type { DocumentRule } from "../../text/encoding/documents.js";
import { readingOf } from "../../text/encoding/field.js";
import { wholeAsRead } from "../../text/reading/reading.js";
import { createPool } from "../../training/step/threads.js";
import { nodeEngine } from "../engine/engine.js";
import { nodeThreads } from "../engine/threads.js";
import { gunzip } from "../files/gunzip.js";
import { readWhole } from "../files/inputs.js";

const SIZES = { lanes: 32, steps: 64, documents: true } as const;

/** How a text is ranked. */
export interface RankTextOptions extends TextReading {
  readonly engine?: EngineName;
  readonly notice?: (text: string) => void;
}

/** `path` is a file, or `-` for standard input. Returns the documents in the text's order. */
export async function rankText(
  stored: StoredModel,
  rule: DocumentRule,
  path: string,
  o: RankTextOptions = {},
): Promise<DocumentSurprisal[]> {
  const name = path === "-" ? "standard input" : path;
  const input = { name, bytes: [await readWhole(path)] };
  const bytes = await wholeAsRead([input], readingOf(stored.field, o), { notice: o.notice, gunzip });
  return rankBytes(stored, rule, bytes, name, o);
}

/** The same for the bytes of a text as read, which `name` names in messages. */
export async function rankBytes(
  stored: StoredModel,
  rule: DocumentRule,
  bytes: Uint8Array,
  name: string,
  o: RankTextOptions = {},
): Promise<DocumentSurprisal[]> {
  const { engine } = nodeEngine(o.engine);
  const { model, pool } = createPool(stored.spec, engine, SIZES, {
    threads: nodeThreads(),
    ...(o.notice && { notice: o.notice }),
  });
  model.setWeights(stored.weights);
  return documentSurprisals(model, stored, rule, bytes, name, { pool, notice: o.notice }).finally(() => pool.end());
}
