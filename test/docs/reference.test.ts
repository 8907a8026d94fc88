// docs/api.md against the sources. The generator is installed apart, by `npm ci --prefix reference`.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { root } from "../house/tree.js";
import { node } from "../package/project.js";

it("describes the library as docs/api.md does; `npm run reference` rewrites the page", (context) => {
  if (!existsSync(join(root, "reference/node_modules/typedoc"))) {
    return context.skip("typedoc is not installed: npm ci --prefix reference");
  }
  const { status, stdout, stderr } = node(root, join(root, "reference/build.mjs"), "--check");
  expect(status, `${stdout}${stderr}`).toBe(0);
});
