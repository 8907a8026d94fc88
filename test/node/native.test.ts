// Finding the addon: what is broken, foreign or outdated is skipped with one line, and the next place is looked at.

import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { chooseEngine } from "../../src/compute/engines.js";
import { sources } from "../../src/compute/sources.js";
import { addonName, digestOfFile, readLabel, writeLabel } from "../../src/node/engine/addon-files.js";
import { loadAddon, searchAddon } from "../../src/node/engine/native.js";

const home = mkdtempSync(join(tmpdir(), "longhand-native-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));

const found = loadAddon();
const good = found.places.at(-1)?.path ?? "";
let folders = 0;

/** A folder with a copy of the good addon, spoilt. */
function spoilt(spoil: (path: string) => void): string {
  const folder = join(home, String(folders++));
  mkdirSync(folder);
  const path = join(folder, addonName());
  copyFileSync(good, path);
  writeLabel(path, readLabel(good)!);
  spoil(path);
  return folder;
}
const relabel = (path: string, changes: object): void => writeLabel(path, { ...readLabel(path)!, ...changes });

const faults: Readonly<Record<string, { spoil: (path: string) => void; says: RegExp }>> = {
  "half a file": {
    spoil: (path) => truncateSync(path, Math.floor(readFileSync(path).length / 2)),
    says: /bytes are not the ones that were built/,
  },
  "one changed byte": {
    spoil(path) {
      const bytes = readFileSync(path);
      bytes[bytes.length >> 1]! ^= 1;
      writeFileSync(path, bytes);
    },
    says: /bytes are not the ones that were built/,
  },
  "an older version's": {
    spoil: (path) => relabel(path, { sources: "older" }),
    says: /other sources than this version's/,
  },
  "no label": { spoil: (path) => rmSync(path.replace(/node$/, "json")), says: /\.json file beside it is missing/ },
  "a broken label": {
    spoil: (path) => writeFileSync(path.replace(/node$/, "json"), "{"),
    says: /\.json file beside it/,
  },
  "another machine's": {
    spoil(path) {
      const bytes = readFileSync(path);
      bytes.writeUInt16LE(0xbeef, 18); // e_machine
      writeFileSync(path, bytes);
      relabel(path, { sha256: digestOfFile(path) });
    },
    says: /cannot be loaded/,
  },
  "not a library": {
    spoil(path) {
      writeFileSync(path, "text");
      relabel(path, { sha256: digestOfFile(path) });
    },
    says: /cannot be loaded/,
  },
};

it.for(Object.entries(faults))(
  "an addon that is %s is skipped in one line, and wasm computes",
  ([, { spoil, says }], context) => {
    if (found.kind === "absent") return context.skip(found.reason);
    const search = searchAddon([spoilt(spoil)]);
    expect(search.kind).toBe("absent");
    const { engine, skipped } = chooseEngine("auto", "f32", search);
    expect(engine.name).toBe("wasm");
    expect(skipped[0]?.reason).toMatch(says);
    expect(skipped[0]?.reason).not.toContain("\n");
  },
);

it("the next place is looked at, and the places tell both", (context) => {
  if (found.kind === "absent") context.skip(found.reason);
  const bad = spoilt(faults["no label"]!.spoil);
  const search = searchAddon([join(home, "nowhere"), bad, dirname(good)]);
  expect(search.kind).toBe("loaded");
  expect(search.places.map(({ path, obstacle }) => [dirname(path), obstacle === undefined])).toEqual([
    [bad, false],
    [dirname(good), true],
  ]);
});

it("where there is none, the reason names the platform and the command", () => {
  const search = searchAddon([home]);
  expect(search.kind === "absent" && search.reason).toMatch(/^no addon for \S+ \(npx longhand build makes one\)$/);
});

it("the addon that was built here is of these sources", (context) => {
  if (found.kind === "absent") context.skip(found.reason);
  expect(readLabel(good)?.sources).toBe(sources);
});
