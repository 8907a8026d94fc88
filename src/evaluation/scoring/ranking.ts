// Surprisal of each document of a text, for finding anomalies. Every document is read from a state of zeros, so
// documents may lie in any number of lanes, and no result depends on how many.

import { usageError } from "../../base/errors.js";
import type { WorkerPool } from "../../compute/worker-pool.js";
import type { LanguageModel } from "../../model/language-model.js";
import type { ModelItem } from "../../model/work-items.js";
import { documentsOf } from "../../text/encoding/document-marks.js";
import { type DocumentRule, END } from "../../text/encoding/documents.js";
import { type Field, tokenize } from "../../text/encoding/field.js";
import { spellingNats, tokenSize } from "../../text/encoding/sizes.js";
import type { Vocab } from "../../text/encoding/vocab.js";
import { bytesAsText, type Notice, textOf } from "../../text/reading/utf8.js";
import { interleave, type LaneReader } from "../../text/windows/lanes.js";
import { evaluate } from "./evaluate.js";

/** Surprisal of one document: a line, or a paragraph. */
export interface DocumentSurprisal {
  /** Line in which the document begins, from 1. */
  readonly line: number;
  /** The document. */
  readonly text: string;
  /** −log p of the document and of its end, in nats. */
  readonly nats: number;
  /** Nats that spell its unknown tokens: the document costs `nats + spelling`. */
  readonly spelling: number;
  /** Code points, including those of its end. */
  readonly characters: number;
  /** Bytes, including those of its end. */
  readonly bytes: number;
  /** Tokens outside the vocabulary. */
  readonly unknown: number;
}

export interface RankOptions {
  readonly pool?: WorkerPool<ModelItem>;
  readonly between?: () => boolean | Promise<boolean>;
  /** Called with a notice about a dropped byte order mark or odd line ends. */
  readonly notice?: Notice | undefined;
}

/**
 * The surprisal of each document of a text, in order. The model must be planned for documents, with any number of
 * lanes. A model that keeps documents apart is fed `<end>` before each document, another model a newline, as if each
 * document were a text of its own. Throws a usage error for a vocabulary that has neither, and for a text that is not
 * UTF-8 (unless the unit is byte).
 */
export async function documentSurprisals(
  model: LanguageModel,
  about: { readonly field: Field; readonly vocab: Vocab },
  rule: DocumentRule,
  bytes: Uint8Array,
  name: string,
  options: RankOptions = {},
): Promise<DocumentSurprisal[]> {
  const { field, vocab } = about;
  const mark = vocab.endId ?? vocab.newlineId;
  if (mark === undefined) {
    throw usageError(
      "This model's vocabulary has no newline and no <end>, so the model cannot score lines by themselves.",
      'Train a model with `documents: "line"`.',
    );
  }
  const notice = options.notice ?? (() => {});
  const isBytes = field.unit === "byte";
  const text = isBytes ? bytesAsText(bytes) : textOf(bytes, name, notice);
  const { documents } = documentsOf(rule, text, isBytes);
  const counted = { ...field, documents: rule };
  const read = documents.map(({ text, line }) => {
    const tokens = field.unit === "byte" ? [...text] : tokenize(field, text);
    const sizes = [...tokens, END].map((token) => tokenSize(token, counted));
    const sum = (of: "characters" | "bytes") => sizes.reduce((total, size) => total + size[of], 0);
    const unknown = tokens.filter((token) => vocab.idOf(token) === undefined);
    const spelling = tokens.reduce((total, token) => total + spellingNats(token, field, vocab), 0);
    return {
      about: { line, text, spelling, characters: sum("characters"), bytes: sum("bytes"), unknown: unknown.length },
      ids: vocab.encode(tokens),
    };
  });
  const nats = await scoreApart(model, mark, read.map(({ ids }) => ids), options); // biome-ignore format: one line
  return read.map(({ about }, i) => ({ ...about, nats: nats[i]! }));
}

/**
 * −log p of each list of ids and of the mark after it, each from a zero state after a mark. Lanes hold whole documents
 * and are about equally long.
 */
async function scoreApart(
  model: LanguageModel,
  mark: number,
  all: readonly Int32Array[],
  o: RankOptions,
): Promise<number[]> {
  const { lanes } = model.plan.options;
  const total = all.reduce((sum, ids) => sum + ids.length + 1, 0);
  const rows: number[][] = Array.from({ length: lanes }, () => [mark]);
  const owners: number[][] = rows.map(() => []); // for each target of a lane, its document
  const starts: number[][] = rows.map(() => []); // 1 at the first target of a document
  let lane = 0;
  let placed = 0;
  for (const [d, ids] of all.entries()) {
    if (placed >= ((lane + 1) * total) / lanes) lane += 1;
    for (const id of ids) rows[lane]!.push(id);
    rows[lane]!.push(mark);
    for (let i = 0; i <= ids.length; i++) {
      owners[lane]!.push(d);
      starts[lane]!.push(i === 0 ? 1 : 0);
    }
    placed += ids.length + 1;
  }
  const ids = rows.map((row) => Int32Array.from(row));
  const reader: LaneReader = {
    lanes,
    positions: Math.max(...owners.map((each) => each.length)),
    window(at, steps) {
      // biome-ignore format: one line
      const window = interleave(ids.map((row) => row.subarray(at, at + steps + 1)), steps);
      // Not from the marks: a newline may also stand inside a document.
      return { ...window, starts: window.inputs.map((_, i) => starts[i % lanes]![at + Math.floor(i / lanes)] ?? 0) };
    },
  };
  const nats = all.map(() => 0);
  let at = 0;
  const each = ({ steps, targets }: { steps: number; targets: Int32Array }, losses: ArrayLike<number>) => {
    for (const [i, target] of targets.entries()) {
      if (target >= 0) nats[owners[i % lanes]![at + Math.floor(i / lanes)]!]! += losses[i]!;
    }
    at += steps;
  };
  await evaluate(model, reader, { ...o, each });
  return nats;
}
