// longhand doctor: which engine computes here, which were skipped and why, and what of the native engine was found.

import { cpus } from "node:os";
import type { Command } from "commander";
import { type EngineName, engineNames } from "../../compute/engines.js";
import { addonName } from "../../node/engine/addon-files.js";
import { nodeEngine } from "../../node/engine/engine.js";
import { loadAddon } from "../../node/engine/native.js";
import { print } from "../show/terminal.js";

export function define(command: Command, exit: (code: number) => void): void {
  command
    .description("Tells what computes here, what was skipped, and why.")
    .option("--json", "print one JSON object")
    .addHelpText("after", "\nExample:\n  longhand doctor\n")
    .action(async (options: { json?: boolean }) => {
      const { engine, skipped } = nodeEngine();
      const { places } = loadAddon();
      const engines = engineNames.filter((name) => name !== "auto").map(tried);
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
        await print(`${JSON.stringify(about)}\n`);
        return exit(0);
      }
      const width = Math.max(...engineNames.map((name) => name.length));
      const lines = [
        `computes   ${about.engine}`,
        ...skipped.map((each) => `           skipped ${each.name}: ${each.reason}`),
        `machine    ${about.processor}, ${about.platform}, Node ${about.node}`,
        ...places.map(({ path, obstacle }) => `addon      ${path}: ${obstacle ?? "in use"}`),
        ...engines.map(({ name, says }) => `  --engine ${name.padEnd(width)}  ${says}`),
      ];
      await print(`${lines.join("\n")}\n`);
      exit(0);
    });
}

/** What asking for an engine by name comes to here. */
function tried(name: EngineName): { name: EngineName; usable: boolean; says: string } {
  try {
    const { engine } = nodeEngine(name);
    return { name, usable: true, says: `${engine.name} ${engine.level}` };
  } catch (error) {
    const says = (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
    return { name, usable: false, says: says.replace(/^--engine \S+ cannot be used here: /, "no: ") };
  }
}
