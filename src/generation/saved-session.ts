// A session's state as bytes and as JSON, so that another process can go on with the session. Both forms carry the
// digest of the model. The bytes are a safetensors file: one tensor for each state tensor, one for the logits.

import { joinBytes } from "../base/bytes.js";
import { fileError, usageError } from "../base/errors.js";
import { type NamedTensor, readSafetensors, writeSafetensors } from "../checkpoint/safetensors.js";
import type { Reals } from "../compute/arena.js";
import type { State } from "../model/layout/state.js";

/** The state of a session between two tokens. Any session of the same model can be set to it. */
export interface SessionState {
  /** Digest of the model that the state belongs to. */
  readonly model: string;
  /** The carried state of one lane. */
  readonly state: State;
  /** Logits (V) of the next token; undefined before anything is fed. */
  readonly logits: Reals | undefined;
  /** Number of tokens drawn so far: with the seed, it decides the next draw. */
  readonly written: number;
  /** Whether a space that was fed last waits for the next word. */
  readonly space?: boolean | undefined;
  /** The token read last, in a model of tokens with spaces between them. */
  readonly last?: number | undefined;
}

/** A session's state as plain JSON. `model.session(saved)` takes it, also after `JSON.parse(JSON.stringify(saved))`. */
export interface SavedSession {
  /** Version of this form. */
  readonly format: 1;
  /** Digest of the model that the state belongs to. */
  readonly model: string;
  /** Number of tokens drawn so far. */
  readonly written: number;
  /** Whether a space that was fed last waits for the next word. */
  readonly space?: boolean;
  /** The token read last, in a model of tokens with spaces between them. */
  readonly last?: number;
  /** Precision of the numbers. */
  readonly precision: "f32" | "f64";
  /** Values of each state tensor by its name: `{ "rnn.0.h": [0.1, …] }`. */
  readonly state: Readonly<Record<string, readonly number[]>>;
  /** Logits (V) of the next token; absent before anything is fed. */
  readonly logits?: readonly number[];
}

const LOGITS = "logits";
const STATE = "state.";

/** The state as the bytes of a safetensors file. */
export function sessionBytes({ model, state, logits, written, space, last }: SessionState): Uint8Array<ArrayBuffer> {
  const tensors: NamedTensor[] = state.arrays.map(({ name, data }) => tensorOf(`${STATE}${name}`, data));
  if (logits !== undefined) tensors.push(tensorOf(LOGITS, logits));
  const pieces = writeSafetensors(tensors, { session: JSON.stringify({ format: 1, model, written, space, last }) });
  return joinBytes(pieces);
}

/** The state as JSON. */
export function sessionJson({ model, state, logits, written, space, last }: SessionState): SavedSession {
  const wide = state.arrays.some(({ data }) => data instanceof Float64Array);
  return {
    format: 1,
    model,
    written,
    ...(space && { space }),
    ...(last !== undefined && { last }),
    precision: wide ? "f64" : "f32",
    state: Object.fromEntries(state.arrays.map(({ name, data }) => [name, [...data]])),
    ...(logits && { logits: [...logits] }),
  };
}

/** Reads either form. Whether it fits a model is the session's to check. Throws a LonghandError for anything else. */
export function readSession(saved: Uint8Array | SavedSession): SessionState {
  return saved instanceof Uint8Array ? fromBytes(saved) : fromJson(saved);
}

function fromBytes(bytes: Uint8Array): SessionState {
  const { tensors, metadata } = readSafetensors(bytes, "The saved session");
  const about = parse(metadata.session);
  if (about === undefined || !isHead(about)) {
    throw fileError("The saved session has no session in its metadata.", "Give what session.save() returned.");
  }
  const arrays: State["arrays"][number][] = [];
  let logits: Reals | undefined;
  for (const [name, { data, dtype }] of tensors) {
    if (dtype !== "F32" && dtype !== "F64") throw fileError(`The saved session holds ${name} as ${dtype}.`);
    if (name === LOGITS) logits = data;
    else if (name.startsWith(STATE)) arrays.push({ name: name.slice(STATE.length), width: data.length, data });
    else throw fileError(`The saved session holds a tensor ${JSON.stringify(name)} that no session has.`);
  }
  return { ...headOf(about), state: { lanes: 1, arrays }, logits };
}

function fromJson(saved: unknown): SessionState {
  const { state, logits, precision } = (
    typeof saved === "object" && saved !== null ? saved : {}
  ) as Partial<SavedSession>;
  const lists = typeof state === "object" && state !== null ? Object.entries(state) : undefined;
  if (!isHead(saved) || lists === undefined || ![...lists.map(([, list]) => list), logits ?? []].every(isNumbers)) {
    throw usageError(
      "This is no saved session.",
      "Give what session.save() or session.toJSON() returned, or a session's state.",
    );
  }
  const reals = (list: readonly number[]) => (precision === "f64" ? Float64Array.from(list) : Float32Array.from(list));
  const arrays = lists.map(([name, list]) => ({ name, width: list.length, data: reals(list) }));
  return { ...headOf(saved), state: { lanes: 1, arrays }, logits: logits && reals(logits) };
}

type Head = Pick<SavedSession, "model" | "written" | "space" | "last">;

function headOf({ model, written, space, last }: Head): Head {
  return { model, written, ...(space === true && { space }), ...(last !== undefined && { last }) };
}

function isHead(value: unknown): value is Head {
  if (typeof value !== "object" || value === null) return false;
  const { format, model, written, last = 0 } = value as Record<string, unknown>;
  const isCount = (each: unknown) => Number.isSafeInteger(each) && (each as number) >= 0;
  return format === 1 && typeof model === "string" && isCount(written) && isCount(last);
}

function isNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every(Number.isFinite);
}

function parse(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch {
    return undefined;
  }
}

function tensorOf(name: string, data: Reals): NamedTensor {
  const shape = [data.length];
  return data instanceof Float64Array ? { name, shape, dtype: "F64", data } : { name, shape, dtype: "F32", data };
}

/**
 * A state in an engine's precision; `own`: a state of the model. Throws a usage error for a state of another model, or
 * of none.
 */
export function fittingState(
  { model, state, logits, written, space, last }: SessionState,
  digest: string,
  own: State,
  vocabulary: number,
  precision: "f32" | "f64",
): SessionState {
  if (model !== digest) {
    throw usageError(
      typeof model === "string"
        ? `The saved session belongs to another model (digest ${model}; this model has ${digest}).`
        : "This is no session's state.",
      "Open the session with the model that it was saved with.",
    );
  }
  const fits =
    state.lanes === 1 &&
    state.arrays.length === own.arrays.length &&
    (logits === undefined || logits.length === vocabulary);
  const wide = precision === "f64";
  const converted = (data: Reals): Reals =>
    data instanceof Float64Array === wide ? data : wide ? Float64Array.from(data) : Float32Array.from(data);
  const arrays = own.arrays.map(({ name, width }) => {
    const found = state.arrays.find((each) => each.name === name);
    if (!fits || found?.data.length !== width) throw usageError("The saved session does not fit its model's state.");
    return { name, width, data: converted(found.data) };
  });
  return {
    model,
    state: { lanes: 1, arrays },
    logits: logits && converted(logits),
    written,
    ...(space && { space }),
    ...(last !== undefined && { last }),
  };
}
