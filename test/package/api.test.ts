// The reports of the public API, api/*.api.md, against the declarations in dist/.

import { join } from "node:path";
import { expect, it } from "vitest";
import { root } from "../house/tree.js";
import { node } from "./project.js";

it("exports the names and signatures that api/*.api.md list; `npm run api` rewrites them", () => {
  const { status, stdout, stderr } = node(root, join(root, "api/report.mjs"), "--check");
  expect(status, `${stdout}${stderr}`).toBe(0);
});
