// The campaigns in small: each case of each campaign once. `npm run campaign` runs them for longer.

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const campaign = fileURLToPath(new URL("../../campaign/main.mjs", import.meta.url));

test.skipIf(process.platform !== "linux").each(["kill", "files", "terminal", "disk"])(
  "the campaign %s finds nothing",
  (name) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [campaign, name, "--seconds", "10", "--seed", "7"], {
      encoding: "utf8",
    });
    if (stderr !== "") console.warn(stderr.trim()); // what is left out here, and why
    expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringMatching(/\| all \| \d+ \| 0 \|/) });
  },
);
