// The fenced blocks of a document, and a folder in which a reader would try them: two short texts, and the package
// installed.

import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { read, root } from "../house/tree.js";
import { emptyFolder } from "../package/project.js";

/** What stands between the fences of `document` that are marked with `language`. */
export function blocks(document: string, language: string): string[] {
  const fences = read(document).matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm);
  return [...fences].filter((fence) => fence[1] === language).map((fence) => fence[2] ?? "");
}

const verse = "To be, or not to be: that is the question.\nWhether tis nobler in the mind to suffer the slings.\n";

/** About `characters` of text with something to learn in it. */
export const text = (characters: number): string => verse.repeat(Math.ceil(characters / verse.length));

/** A folder with my.txt and other.txt, where `import "longhand/node"` finds this package. */
export function readersFolder(name: string): string {
  const folder = emptyFolder(name);
  writeFileSync(join(folder, "my.txt"), text(800));
  writeFileSync(join(folder, "other.txt"), text(300));
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(root, join(folder, "node_modules/longhand"), "junction");
  return folder;
}

/** A clone whose bundled text is a short one. */
export function smallClone(): string {
  const folder = emptyFolder("clone");
  for (const path of ["package.json", "dist", "recipes"]) {
    cpSync(join(root, path), join(folder, path), { recursive: true });
  }
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "junction");
  mkdirSync(join(folder, "data"));
  writeFileSync(join(folder, "data/nietzsche.txt"), text(4000));
  return folder;
}
