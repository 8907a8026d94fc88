// Output of `generate`: the order of the samples, the separator between two, and three forms of a sample: text, a table
// of tokens, a line of JSON.

import type { SamplePiece } from "../../generation/samples.js";
import type { StoredModel } from "../../model/file/model-file.js";
import type { DocumentRule } from "../../text/encoding/documents.js";
import { jsonLine } from "./json.js";
import { visible } from "./terminal.js";

/** One form of output. */
export interface Form {
  /** Text before the first piece of a sample. */
  head(sample: number): string;
  piece(piece: SamplePiece): string;
  /** Text after its last piece. */
  end(sample: number): string;
}

export interface FormInput {
  readonly stored: StoredModel;
  readonly prompt: string;
  /** The prompt as it is printed before the text; "" where it is not. */
  readonly echo: string;
  /** A character is a byte. */
  readonly binary: boolean;
  readonly seed: number;
  readonly count: number;
}

/** The form that the flags ask for. */
export function formOf(options: Readonly<Record<string, unknown>>, about: FormInput): Form {
  if (options.json === true) return jsonForm(about, options.logProbs === true);
  const form = options.logProbs === true ? tableForm(about) : textForm(about, options.raw === true);
  if (about.count === 1) return form;
  const between = options.logProbs === true ? undefined : separatorOf[about.stored.field.documents];
  if (between !== undefined) return { ...form, head: (n) => `${n > 0 ? between : ""}${form.head(n)}` };
  return { ...form, head: (sample) => `${sample > 0 ? "\n" : ""}--- sample ${sample} ---\n${form.head(sample)}` };
}

/** Separator of documents, as in a text file; undefined: each sample gets a title. */
const separatorOf: Readonly<Record<DocumentRule, string | undefined>> = {
  none: undefined,
  line: "",
  "blank-line": "\n",
  file: undefined,
};

function textForm({ echo, binary, count }: FormInput, raw: boolean): Form {
  const show = process.stdout.isTTY === true && !raw ? visible : (text: string) => text;
  return {
    head: () => show(echo),
    piece: ({ text }) => show(text),
    end: () => (binary && count === 1 ? "" : "\n"), // the very bytes, and nothing after them
  };
}

function tableForm({ stored }: FormInput): Form {
  return {
    head: () => "",
    piece: ({ tokens }) =>
      tokens
        .map(
          ({ id, logProbability }) =>
            `${visible(JSON.stringify(stored.vocab.itos[id]))}\t${logProbability.toFixed(6)}\n`,
        )
        .join(""),
    end: () => "",
  };
}

/** One line for each complete sample; `ended` tells whether the model ended the document. */
function jsonForm({ stored, prompt, seed }: FormInput, logProbs: boolean): Form {
  const { itos, endId } = stored.vocab;
  let text = "";
  let ended = false;
  let tokens: { token: string; logProbability: number }[] = [];
  return {
    head() {
      text = "";
      ended = false;
      tokens = [];
      return "";
    },
    piece(piece) {
      text += piece.text;
      ended ||= endId !== undefined && piece.tokens.at(-1)?.id === endId;
      if (!logProbs) return "";
      for (const { id, logProbability } of piece.tokens) tokens.push({ token: itos[id]!, logProbability });
      return "";
    },
    end(sample) {
      const ending = endId !== undefined && { ended };
      const scores = logProbs && { tokens };
      return jsonLine("sample", { sample, seed, prompt, text, ...ending, ...scores });
    },
  };
}

/** Shows the first incomplete sample piece by piece; pieces of later samples wait. */
export function* inOrder(pieces: Iterable<SamplePiece>, form: Form): Generator<string, void, void> {
  const waiting = new Map<number, SamplePiece[]>();
  let shown = 0;
  let begun = false;
  function* show(piece: SamplePiece): Generator<string, void, void> {
    if (!begun) yield form.head(shown);
    yield form.piece(piece);
    if (piece.last) yield form.end(shown);
    begun = !piece.last;
    if (piece.last) shown += 1;
  }
  for (const piece of pieces) {
    if (piece.sample === shown) yield* show(piece);
    else if (!waiting.get(piece.sample)?.push(piece)) waiting.set(piece.sample, [piece]);
    for (let held = waiting.get(shown); held !== undefined; held = waiting.get(shown)) {
      waiting.delete(shown);
      for (const each of held) yield* show(each);
    }
  }
}
