// longhand start: trains for a minute on the bundled text, goes on where it was stopped, and generates a passage.

import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { createSession } from "../../generation/create-session.js";
import { writePieces } from "../../generation/write.js";
import { nodeEngine } from "../../node/engine/engine.js";
import { loadModel } from "../../node/files/models.js";
import { nodeRunPorts, resumeRun, startRun } from "../../node/runs/runs.js";
import { hasRun, loadRun } from "../../training/run/run.js";
import { readRecipe } from "../recipe.js";
import { print, visible } from "../show/terminal.js";
import { showRun } from "../train.js";

const FOLDER = "runs/start";

export function define(command: Command, exit: (code: number) => void): void {
  command
    .description(
      "Trains on a bundled text by Nietzsche for about a minute, then generates a passage. If it was stopped " +
        "before, it goes on; if it has finished, it only generates.",
    )
    .addHelpText("after", "\nExample:\n  npx longhand start\n")
    .action(async () => {
      const there = await hasRun(nodeRunPorts.fs, FOLDER);
      const ended = there && (await loadRun(nodeRunPorts, FOLDER, () => {})).trainer.ended;
      if (!ended) {
        const { text, settings } = await readRecipe(
          fileURLToPath(new URL("../../../recipes/start.json", import.meta.url)),
        );
        const code = await showRun(
          (control) =>
            there ? resumeRun(FOLDER, control) : startRun({ ...control, paths: text, out: FOLDER, settings }),
          {},
        );
        if (code !== 0) return exit(code);
      }
      const stored = await loadModel(FOLDER);
      const session = createSession(stored, nodeEngine().engine);
      await print("\n");
      // Another passage each time: the only seed that comes from the clock.
      for (const piece of writePieces(session, { length: 600, temperature: 0.7, seed: Date.now() }))
        await print(visible(piece.text));
      await print(
        `\n\n${ended ? `This run had finished before. To train anew, delete the folder ${FOLDER} and start again.\n` : ""}Now ` +
          "train on your own text: npx longhand train my.txt\n",
      );
      exit(0);
    });
}
