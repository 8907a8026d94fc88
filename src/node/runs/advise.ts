// The adviser in Node: text from files, the fastest engine, the usable threads and memory.

import type { Cell } from "../../model/cells/cell.js";
import type { Corpus } from "../../text/encoding/corpus.js";
import { type Advice, advise } from "../../training/adviser/adviser.js";
import type { OpenSettings } from "../../training/settings/settings.js";
import { fieldOf, partsOf, readingRulesOf } from "../../training/settings/training-settings.js";
import { checkSettings } from "../../training/settings/values.js";
import { nodeEngine } from "../engine/engine.js";
import { nodeThreads } from "../engine/threads.js";
import { choiceOf } from "../files/folders.js";
import { findSources, type NamedSource } from "../files/inputs.js";
import { readSources } from "../files/texts.js";
import { usableMemory } from "../system/memory.js";
import { pause } from "../system/pause.js";
import { processorSeconds } from "./processor-time.js";

export interface AdviseTextOptions {
  /** Settings of the run; given values of bptt, batch and clip stay. */
  readonly settings?: OpenSettings | undefined;
  /** Memory limit of the run in bytes; by default the usable memory. */
  readonly memory?: number | undefined;
  readonly cell?: Cell;
  /** Receives sentences for the user. */
  readonly notice?: (text: string) => void;
  /** Receives the name of each stage. */
  readonly stage?: (text: string) => void;
}

/** Measures bptt, batch and clip for a text on this machine; for 5 minutes unless the settings give a length. */
export async function adviseText(paths: readonly NamedSource[], o: AdviseTextOptions = {}): Promise<Advice> {
  const notice = o.notice ?? (() => {});
  const given = o.settings ?? {};
  const hasLength = ["minutes", "epochs", "steps"].some((name) => given[name] !== undefined);
  const settings = hasLength ? given : { ...given, minutes: 5 };
  const checked = checkSettings(settings, o.cell);
  const options = { field: fieldOf(checked), ...partsOf(checked), notice };
  const corpus = await readSources(
    await findSources(paths, notice, choiceOf(checked, readingRulesOf(checked))),
    options,
    checked,
  );
  return adviseCorpus(corpus, settings, o);
}

/** The same for a corpus. */
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
