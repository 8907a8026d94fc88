// longhand build: compiles the native engine's addon for this machine, into the user's cache folder.

import type { Command } from "commander";
import { LonghandError } from "../../base/errors.js";
import { cacheFolder } from "../../node/engine/addon-files.js";
import { buildAddon, sayOutcome } from "../../node/engine/build-addon.js";
import { print } from "../show/terminal.js";

export function define(command: Command, exit: (code: number) => void): void {
  command
    .description(
      "Compiles the native engine with this machine's C compiler: $CC, cc, gcc or clang. Nothing is downloaded.",
    )
    .option("--force", "compile again, even if it was built before")
    .addHelpText("after", "\nExample:\n  npx longhand build\n")
    .action(async (options: { force?: boolean }) => {
      const folder = cacheFolder();
      const build = buildAddon(folder, options.force === true);
      if (build.kind === "skipped") {
        throw new LonghandError("usage", `The native engine was not built: ${build.reason}.`, {
          hint:
            "Install a C compiler, or name one in the environment variable CC. Without it the WebAssembly " +
            "engine computes.",
        });
      }
      const { searchAddon } = await import("../../node/engine/native.js"); // needed when the addon is there
      const search = searchAddon([folder]);
      if (search.kind === "absent") throw new Error(`the addon that was just built cannot be used: ${search.reason}`);
      const usable = search.addon.levels.filter((level) => level.usable).map((level) => level.name);
      await print(`${sayOutcome(build)}\nThis processor can run: ${usable.join(", ")}.\n`);
      exit(0);
    });
}
