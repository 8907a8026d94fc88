// The adviser as this Node has it: text from files, the fastest engine, its threads and its memory. What a run and the
// command share.

import type { Cell } from "../../model/cells/cell.js";
import type { Corpus } from "../../text/encoding/corpus.js";
import { type Advice, advise } from "../../training/adviser/adviser.js";
import type { OpenSettings } from "../../training/settings/settings.js";
import { fieldOf } from "../../training/settings/training-settings.js";
import { checkSettings } from "../../training/settings/values.js";
import { nodeEngine } from "../engine/engine.js";
import { nodeThreads } from "../engine/threads.js";
import { findSources, type NamedSource } from "../files/inputs.js";
import { readSources } from "../files/texts.js";
import { usableMemory } from "../system/memory.js";
import { pause } from "../system/pause.js";
import { processorSeconds } from "./processor-time.js";

export interface AdviseTextOptions {
  /** A run's settings; what they say of bptt, batch and clip is taken as it is. */
  readonly settings?: OpenSettings | undefined;
  /** What the run may hold, in bytes; what there is room for where absent. */
  readonly memory?: number | undefined;
  readonly cell?: Cell;
  /** A sentence for the user. */
  readonly notice?: (text: string) => void;
  /** Told what is being done. */
  readonly stage?: (text: string) => void;
}

/**
 * bptt, lanes and clip for a text on this machine, measured now. Without minutes, epochs or steps in the settings: for
 * 5 minutes.
 */
export async function adviseText(paths: readonly NamedSource[], o: AdviseTextOptions = {}): Promise<Advice> {
  const notice = o.notice ?? (() => {});
  const given = o.settings ?? {};
  const lengthSaid = ["minutes", "epochs", "steps"].some((name) => given[name] !== undefined);
  const settings = lengthSaid ? given : { ...given, minutes: 5 };
  const checked = checkSettings(settings, o.cell);
  const options = { field: fieldOf(checked), validFraction: checked.validFraction, notice };
  const corpus = await readSources(await findSources(paths, notice), options);
  return adviseCorpus(corpus, settings, o);
}

/** The same for a corpus that was read. */
export function adviseCorpus(
  corpus: Corpus,
  settings: OpenSettings,
  o: Omit<AdviseTextOptions, "settings">,
): Promise<Advice> {
  const { engine } = nodeEngine(checkSettings(settings, o.cell).engine);
  return advise(corpus, settings, {
    ...{ engine, pause, threads: nodeThreads(), room: usableMemory(), memory: o.memory },
    ...(o.cell && { cell: o.cell }),
    ...(o.stage && { stage: o.stage }),
    resident: () => process.memoryUsage.rss(),
    processor: processorSeconds,
  });
}
