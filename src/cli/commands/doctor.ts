// longhand doctor: prints which engine computes on this machine, and why the others do not.

import { cpus } from "node:os";
import type { Command } from "commander";
import { type EngineName, engineNames } from "../../compute/engines.js";
import { addonName } from "../../node/engine/addon-files.js";
import { nodeEngine } from "../../node/engine/engine.js";
import { loadAddon } from "../../node/engine/native.js";
import { JSON_HELP, printResult } from "../show/json.js";
import { print } from "../show/terminal.js";

export function define(command: Command, exit: (code: number) => void): void {
  command
    .description("Prints which engine computes on this machine, and why the others do not.")
    .option("--json", JSON_HELP)
    .addHelpText("after", "\nExample:\n  npx longhand doctor\n")
    .action(async (options: { json?: boolean }) => {
      const { engine, skipped } = nodeEngine();
      const { places } = loadAddon();
      const engines = engineNames.filter((name) => name !== "auto").map(tryEngine);
      const about = {
        node: process.version,
        platform: addonName().replace(/\.node$/, ""),
        processor: cpus()[0]?.model.trim() ?? "unknown",
        engine: `${engine.name} ${engine.level}`,
        skipped,
        engines,
        addons: places,
      };
      if (options.json === true) {
        await printResult(about);
        return exit(0);
      }
      const width = Math.max(...engineNames.map((name) => name.length));
      const lines = [
        `engine     ${about.engine}`,
        ...skipped.map((each) => `           skipped ${each.name}: ${each.reason}`),
        `machine    ${about.processor}, ${about.platform}, Node ${about.node}`,
        ...places.map(({ path, obstacle }) => `addon      ${path}: ${obstacle ?? "in use"}`),
        ...engines.map(({ name, about: text }) => `  --engine ${name.padEnd(width)}  ${text}`),
      ];
      await print(`${lines.join("\n")}\n`);
      exit(0);
    });
}

/** Whether an engine can be used here, with its level or the obstacle. */
function tryEngine(name: EngineName): { name: EngineName; usable: boolean; about: string } {
  try {
    const { engine } = nodeEngine(name);
    return { name, usable: true, about: `${engine.name} ${engine.level}` };
  } catch (error) {
    const message = (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
    return { name, usable: false, about: message.replace(/^.*cannot be used here: (?:\S+: )?/, "no: ") };
  }
}
