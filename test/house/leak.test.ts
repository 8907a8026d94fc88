// The project stands alone: nothing in it names a machine it was written on, a place packages come from, or a neighbour
// folder of the clone. Binary files are read too, for what their metadata may say.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { projectFiles, root } from "./tree.js";

// Written in pieces, so that this file does not find itself.
const forbidden: readonly RegExp[] = [
  new RegExp("/(work|home|root|Users)/" + "[a-z]", "i"),
  new RegExp("[a-z]:\\\\" + "Users\\\\", "i"),
  new RegExp("\\.\\./" + "shared\\b"),
  new RegExp("registry\\." + "[a-z]+|npmjs\\." + "(org|com)|pypi\\." + "org|deb\\.debian", "i"),
  /^[<>]{7} \S/m, // the marks of an unfinished merge
  new RegExp("sub" + "-?agent|coding" + " agent|clau" + "de|anthro" + "pic", "i"),
];

/** What of the forbidden stands in a text. */
const found = (text: string): string[] => forbidden.flatMap((pattern) => pattern.exec(text)?.[0] ?? []);

describe("the project stands alone", () => {
  it("no file names a developer's folder, a package registry or a tool that wrote it", () => {
    // A text to train on names whom it will: a list of first names has every one.
    const leaks = projectFiles()
      .filter((path) => !path.startsWith("data/"))
      .flatMap((path) => {
        const hits = found(readFileSync(join(root, path), "latin1"));
        return hits.length > 0 ? [`${path}: ${hits.join(", ")}`] : [];
      });
    expect(leaks).toEqual([]);
  });

  it("this test would notice: each pattern finds what it is for", () => {
    const samples = [
      "/ho" + "me/jo/x",
      "C:\\" + "Users\\jo",
      "../" + "shared/x",
      "https://regis" + "try.x.org",
      "Sub" + "agent",
      `${"<".repeat(7)} HEAD`,
    ];
    expect(samples.map((text) => found(text).length)).toEqual(samples.map(() => 1));
    expect(found("/usr/bin/chromium, runs/my, model.safetensors")).toEqual([]);
  });
});
