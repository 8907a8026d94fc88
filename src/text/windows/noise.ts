// Slips of a hand on what a model reads: letters in their other case, keys struck beside the one that was meant, neighbours in the
// wrong order. The targets stay as they are, so the model learns to say the right thing after a wrong one. (Xie et al., "Data
// noising as smoothing in neural network language models", 2017, replaces input words so.) Specials and line ends are left alone.

import { draw, Purpose } from "../../base/random.js";
import type { Vocab } from "../encoding/vocab.js";
import type { LaneReader, Window } from "./lanes.js";

export interface NoiseOptions {
  /** The chance that a character is read in its other case. */
  readonly caseRate: number;
  /** The chance that a hand slips at a character: half the slips strike a neighbouring key, half come too early by one. */
  readonly typingRate: number;
  readonly seed: number;
  /** Whether a lane goes on from window to window. */
  readonly carried: boolean;
}

/** What may become of each id of a vocabulary of characters: only ids of the same vocabulary. */
export interface SlipTable {
  /** The id in the other case; its own where there is none. */
  readonly otherCase: Int32Array;
  /** The ids on the keys around it. */
  readonly around: readonly (readonly number[])[];
  /** 1 where it may change places with its neighbour. */
  readonly moves: Uint8Array;
}

/** Rows of a keyboard, each half a key to the right of the one above. */
const ROWS = ["1234567890-", "qwertyuiop[", "asdfghjkl;'", "zxcvbnm,./"];

/** The keys around one: left and right, above it two, below it two. */
export function keysAround(key: string): string[] {
  const row = ROWS.findIndex((keys) => keys.includes(key));
  if (key === "" || row < 0) return [];
  const column = ROWS[row]!.indexOf(key);
  const near = [
    [row, column - 1],
    [row, column + 1],
    [row - 1, column],
    [row - 1, column + 1],
    [row + 1, column - 1],
    [row + 1, column],
  ] as const;
  return near.map(([r, c]) => ROWS[r]?.[c]).filter((found) => found !== undefined);
}

export function slipTable(vocab: Vocab): SlipTable {
  const { itos, stoi, specials, size } = vocab;
  const idOf = (token: string) => {
    const id = stoi.get(token);
    return id !== undefined && id >= specials ? id : undefined;
  };
  const inOtherCase = (token: string) => (token === token.toLowerCase() ? token.toUpperCase() : token.toLowerCase());
  const text = (id: number) => id >= specials && itos[id] !== "\n";
  return {
    otherCase: Int32Array.from({ length: size }, (_, id) => (text(id) ? (idOf(inOtherCase(itos[id]!)) ?? id) : id)),
    around: itos.map((token, id) => {
      const lower = token.toLowerCase();
      const keys = text(id) ? keysAround(lower) : [];
      const struck = token === lower ? keys : keys.map((key) => key.toUpperCase());
      return struck.map(idOf).filter((found) => found !== undefined);
    }),
    moves: Uint8Array.from({ length: size }, (_, id) => (text(id) ? 1 : 0)),
  };
}

const WORDS = 2 ** 32;

/**
 * The same windows with slips in their inputs. What happens at position p of lane b is drawn for the lane's position counted over
 * all epochs, so it does not depend on where windows are cut. Two characters change places where a hand comes too early at the
 * first and did not at the one before; what moved is not struck wrongly besides.
 */
export function noisy<R extends LaneReader>(reader: R, table: SlipTable, o: NoiseOptions): R {
  const slips = { swap: false, hit: false, which: 0, cased: false };
  const at = (token: number, lane: number) => {
    const words = draw(o.seed, Purpose.noise, token, lane, 0);
    slips.hit = words[0]! < o.typingRate * WORDS;
    slips.swap = slips.hit && (words[1]! & 1) === 1;
    slips.which = words[2]!;
    slips.cased = words[3]! < o.caseRate * WORDS;
    return slips;
  };

  /** `first` is the token number of the clean window's first position, `begin` that of what can be read before it. */
  function spoil(clean: Window, dropped: number, first: number, begin: number): Window {
    const { lanes } = clean;
    const inputs = clean.inputs.slice(dropped * lanes);
    for (let b = 0; b < lanes; b++) {
      let before = first > begin && at(first - 1, b).swap; // a hand came too early one position before
      let moved = -1; // the id that the position before gave away
      for (let t = 0; t < clean.steps; t++) {
        const [meant, next] = [clean.inputs[t * lanes + b]!, clean.targets[t * lanes + b]!];
        const { hit, swap, which, cased } = at(first + t, b);
        let id = meant;
        let given = -1;
        if (moved >= 0) id = moved;
        else if (swap && !before && next >= 0 && table.moves[meant] === 1 && table.moves[next] === 1) {
          id = next;
          given = meant;
        } else if (hit && !swap) {
          const near = table.around[meant]!;
          if (near.length > 0) id = near[Math.floor((which / WORDS) * near.length)]!;
        }
        if (t >= dropped) inputs[(t - dropped) * lanes + b] = cased ? table.otherCase[id]! : id;
        before = swap;
        moved = given;
      }
    }
    const targets = clean.targets.slice(dropped * lanes);
    const counted = targets.reduce((n, y) => (y < 0 ? n : n + 1), 0);
    const { starts } = clean;
    return { steps: clean.steps - dropped, lanes, inputs, targets, counted, ...(starts && { starts: starts.slice(dropped * lanes) }) }; // biome-ignore format: one line
  }

  return {
    ...reader,
    window(place: number, steps: number, epoch = 0) {
      const dropped = o.carried && place > 0 ? 1 : 0;
      const passed = epoch * reader.positions;
      const first = passed + place - dropped;
      const begin = o.carried ? passed : first;
      const window = reader.window(place - dropped, steps + dropped, epoch);
      return window instanceof Promise
        ? window.then((clean) => spoil(clean, dropped, first, begin))
        : spoil(window, dropped, first, begin);
    },
  };
}
