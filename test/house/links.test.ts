// Every link in the documents that leads into the project leads somewhere: the file is there, and the heading too.

import { existsSync } from "node:fs";
import { join, posix } from "node:path";
import { describe, expect, it } from "vitest";
import { linksOf } from "./markdown.js";
import { projectFiles, read, root } from "./tree.js";

/** The anchor a heading gets: lower case, punctuation dropped, spaces to hyphens; a repeated one is numbered. */
function anchorsOf(text: string): Set<string> {
  const headings = [...text.replace(/^( *)(```|~~~)[\s\S]*?^\1\2/gm, "").matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)];
  const anchors = new Set<string>();
  for (const [, heading = ""] of headings) {
    const words = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase();
    const slug = words.replace(/[^\p{L}\p{N}\p{M}_ -]/gu, "").replaceAll(" ", "-");
    let anchor = slug;
    for (let n = 1; anchors.has(anchor); n++) anchor = `${slug}-${n}`;
    anchors.add(anchor);
  }
  return anchors;
}

function broken(file: string): string[] {
  return linksOf(read(file)).filter((link) => {
    const [path = "", anchor] = link.split("#");
    const target = path === "" ? file : posix.join(posix.dirname(file), decodeURI(path));
    if (target.startsWith("..") || !existsSync(join(root, target))) return true;
    return anchor !== undefined && target.endsWith(".md") && !anchorsOf(read(target)).has(anchor);
  });
}

describe("the documents", () => {
  it("every relative link and every anchor resolves", () => {
    const documents = projectFiles().filter((path) => path.endsWith(".md"));
    expect(documents.flatMap((file) => broken(file).map((link) => `${file}: ${link}`))).toEqual([]);
  });

  it("this test would notice: links and anchors are read as a forge reads them", () => {
    expect(linksOf("[a](docs/x.md#y) `[b](no)` [c](https://a.b)\n```\n[d](no)\n```\n[e]: ./z.md")).toEqual([
      "docs/x.md#y",
      "./z.md",
    ]);
    expect([...anchorsOf("# A `b`: c-d!\n## Twice\n## Twice\n")]).toEqual(["a-b-c-d", "twice", "twice-1"]);
  });
});
