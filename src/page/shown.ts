// What the page of `longhand show` is given: the text, and what went on inside the model while it read it. Plain data,
// written by node/show and read by show.ts here.

/** One value of some units over the text. */
export interface ShownSeries {
  /** From 1, as people count. */
  readonly layer: number;
  readonly name: string;
  readonly label: string;
  readonly range: "share" | "signed";
  /** The units that are here, by their numbers in the model, rising. */
  readonly units: readonly number[];
  /** A unit's value is middle + half · (byte − 127) / 127; the middle is 1/2 of a share, else 0. */
  readonly halves: readonly number[];
  /** Bytes 0 to 254 in base64: unit after unit, for each a byte a token. */
  readonly bytes: string;
}

export interface ShownFind {
  readonly feature: string;
  readonly series: number;
  /** Its place among the units of the series. */
  readonly place: number;
  readonly first: number;
  readonly second: number;
}

export interface ShownPage {
  /** What a token is. */
  readonly unit: string;
  /** Tokens as they are to be seen, without marks for what is invisible. */
  readonly tokens: readonly string[];
  /** Places of tokens that the vocabulary lacks. */
  readonly unknown: readonly number[];
  /** −log p in nats; null where nothing stands before. */
  readonly nats: readonly (number | null)[];
  /** The probability it had before it was read; 0 where nothing stands before. */
  readonly chances: readonly number[];
  /** ln V, the surprisal of every token to a guess that favours nothing: where the colours end. */
  readonly uniform: number;
  /** The tokens that the guesses are numbers of. */
  readonly names: readonly string[];
  /** For each place: number, probability, number, probability … */
  readonly guesses: readonly (readonly number[])[];
  /** Which of the guesses came, from 0; −1 where none did. */
  readonly came: readonly number[];
  readonly series: readonly ShownSeries[];
  readonly finds: readonly ShownFind[];
  /** Steps of colour from nothing to the most. */
  readonly steps: { readonly surprisal: number; readonly signed: number };
}
