// longhand ablate: trains variants of a base with several seeds, and prints each difference with its interval.

import type { Command } from "commander";
import { joinPath } from "../../base/ports.js";
import type { SettingRow } from "../../base/setting.js";
import { ablate } from "../../node/ablation/ablate.js";
import type { Ablated, VariantScore } from "../../node/ablation/result.js";
import { textName } from "../../node/files/inputs.js";
import { runsOf } from "../../training/settings/ablation.js";
import { requireFolderFree } from "../folders.js";
import { commandLine } from "../invocation.js";
import { addSettings } from "../options.js";
import { readAblationRecipe } from "../recipe.js";
import { JSON_HELP, printResult } from "../show/json.js";
import { counted, createTerminal, duration, grouped, print, tell, visibleLine } from "../show/terminal.js";
import { listenForStop } from "../signals.js";

const jobsSetting: SettingRow = {
  name: "jobs",
  group: "run",
  type: "integer",
  default: 1,
  min: 1,
  max: 256,
  help: "runs at a time, each on one thread",
};

export function define(command: Command, exit: (code: number) => void): void {
  command
    .description(
      "Trains a base and its variants with several seeds, each for the same processor seconds, and prints the " +
        "difference of each on held-out text. After Ctrl-C, the same command goes on.",
    )
    .argument("<recipe>", "a JSON file: text, base, variants, seeds, seconds")
    .option("--out <folder>", "folder of the runs (default: runs/ and the recipe's name)")
    .option("--json", JSON_HELP)
    .option("--quiet", "print only the table")
    .addHelpText(
      "after",
      "\nExamples:\n  npx longhand ablate my-ablation.json --jobs 4\n  npx longhand ablate my-ablation.json " +
        "--out runs/mine --json\n",
    );
  addSettings(command, [jobsSetting]);
  command.action(async (path: string, options: Record<string, unknown>) => {
    const recipe = await readAblationRecipe(path);
    const out = typeof options.out === "string" ? options.out : (recipe.out ?? joinPath("runs", textName([path])));
    const jobs = typeof options.jobs === "number" ? options.jobs : undefined;
    await requireFolderFree(out);
    const terminal = createTerminal(process.stdout, options.quiet === true || options.json === true);
    const stop = listenForStop();
    try {
      stop.begin(() => terminal.line("Stopping after this window, then saving. Press Ctrl-C again to stop at once."));
      const notice = (text: string) => {
        terminal.done();
        if (options.quiet !== true) tell(text);
      };
      const runs = runsOf(recipe).length;
      const nameOf = (number: number, { variant, seed }: { readonly variant: string; readonly seed: number }) =>
        `run ${number} of ${runs}: ${variant}, seed ${seed}`;
      const running = new Map<number, string>();
      for await (const event of ablate(recipe, out, { stopping: stop.asked, notice, jobs })) {
        switch (event.kind) {
          case "measuring":
            terminal.line(`Measuring how many windows of each of ${event.runs} fit in ${recipe.seconds} s …`);
            break;
          case "measured":
            break;
          case "training": {
            const { number, task, window, nats, seconds } = event;
            const progress =
              `${grouped(window)} of ${grouped(task.windows)} windows  ${nats.toFixed(3)} nats  ` +
              `${duration(seconds)}`;
            running.set(number, `${nameOf(number, task)}  ${progress}`);
            const others = running.size > 1 ? `  and ${running.size - 1} more at the same time` : "";
            terminal.status(`${running.values().next().value}${others}`);
            break;
          }
          case "scored":
            running.delete(event.number);
            terminal.line(
              `${nameOf(event.number, event.score)}: ` +
                `${event.score.diverged ?? `${natsOf(event.score).toFixed(4)} nats`}`,
            );
            break;
          case "result":
            terminal.done();
            await (options.json === true ? printResult(event.result) : print(table(event.result)));
            return exit(0);
          default:
            event satisfies never;
        }
      }
      if (stop.failure() !== undefined) throw stop.failure();
      terminal.line(`Stopped. Go on with: ${commandLine("ablate", path, "--out", out)}`);
      exit(stop.code());
    } finally {
      terminal.done();
      stop.release();
    }
  });
}

function natsOf({ blocks }: { readonly blocks: readonly { sum: number; size: number }[] }): number {
  const total = (of: "sum" | "size") => blocks.reduce((all, each) => all + each[of], 0);
  return total("sum") / total("size");
}

function table(r: Ablated): string {
  const columns = ["variant", "windows", "seconds", "nats", "bits/char", "minus base", "95% from", "to"];
  const rows = r.variants.map((v) => [
    v.variant,
    grouped(v.windows),
    v.seconds === null ? "–" : v.seconds.toFixed(1),
    four(v.nats),
    four(v.bpc),
    ...(v.against ? [signed(v.against.difference), signed(v.against.low), signed(v.against.high)] : ["", "", ""]),
  ]);
  const widths = columns.map((name, i) => Math.max(name.length, ...rows.map((row) => row[i]!.length)));
  const line = (cells: readonly string[], verdict = "") =>
    "  " +
    `${cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join("  ")}${verdict && `  ${verdict}`}`.trimEnd();
  return [
    `${r.heldOut}: ${grouped(r.tokens)} held-out tokens, scored once with the last weights of each run; ` +
      "nothing was chosen on them",
    `${r.seconds} s of processor time and ${counted(r.seeds.length, "seed")} for each variant, in ` +
      `${r.folder}; differences are paired by seed and by block of text`,
    line(columns),
    ...rows.map((row, i) => line(row, verdictOf(r.variants[i]!))),
    ...r.variants.flatMap((v) => unequal(v, r.variants[0]!)),
    ...(r.seeds.length === 1
      ? ["With one seed the intervals cover only the choice of text: another seed may differ more."]
      : []),
    "",
  ]
    .map(visibleLine)
    .join("\n");
}

function verdictOf({ against, diverged }: VariantScore): string {
  const lost = diverged.length > 0 ? `diverged with seed ${diverged.join(", ")}` : "";
  if (against === undefined) return lost;
  const { low, high } = against;
  return [high < 0 ? "better" : low > 0 ? "worse" : "no clear difference", lost].filter(Boolean).join("; ");
}

/** Seconds that differ by less count as equal. */
const EQUAL = 0.03;

/** Seconds are measured before the runs. A run that took longer gets a line, since the interval does not cover that. */
function unequal(v: VariantScore, base: VariantScore): string[] {
  if (v.seconds === null || base.seconds === null || Math.abs(v.seconds / base.seconds - 1) <= EQUAL) return [];
  return [
    `${v.variant} took ${v.seconds.toFixed(1)} s and base ${base.seconds.toFixed(1)} s: part of the ` +
      "difference may come from the time.",
  ];
}

function four(x: number): string {
  return Number.isFinite(x) ? x.toFixed(4) : "–";
}

function signed(x: number): string {
  return Number.isFinite(x) ? `${x < 0 ? "−" : "+"}${Math.abs(x).toFixed(4)}` : "–";
}
