// How long does a person wait? Measures the time until a command ends, or until the first window of a run on 1 MB of
// text, and the ratio of each to a Node that does nothing.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { withSpread } from "../report.mjs";
import { ratio, rounds, spreadOf } from "../rounds.mjs";
import { textPath } from "../work.mjs";

const cli = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

export async function measure({ quick, tell }) {
  const folder = mkdtempSync(join(tmpdir(), "longhand-bench-"));
  const train = [cli, "train", textPath, "--out", join(folder, "run"), "--force", "--json", "--log-every", "1"];
  const cases = [
    { what: "node -e 0", run: () => secondsUntil(["-e", "0"]) },
    { what: "longhand --help", run: () => secondsUntil([cli, "--help"]) },
    { what: "longhand doctor", run: () => secondsUntil([cli, "doctor"]) },
    {
      what: "longhand train, 1.1 MB of text, until the first window",
      run: () => secondsUntil(train, '"kind":"window"'),
    },
  ];
  try {
    return await rounds(cases, quick ? 3 : 11, tell);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Until its end, or until `sign` stands in its output, after which it is interrupted. */
function secondsUntil(args, sign) {
  return new Promise((done) => {
    const begun = performance.now();
    let out = "";
    let seconds;
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    child.stdout.on("data", (data) => {
      out += data;
      if (sign === undefined || seconds !== undefined || !out.includes(sign)) return;
      seconds = (performance.now() - begun) / 1e3;
      child.kill("SIGINT");
    });
    child.on("close", () => {
      if (sign === undefined) done({ seconds: (performance.now() - begun) / 1e3 });
      else done(seconds === undefined ? { error: `${sign} was never printed` } : { seconds });
    });
  });
}

export function tables(rows) {
  const [idle] = rows;
  return [
    {
      title: "Start-up, seconds",
      columns: ["command", "seconds", "ratio to `node -e 0`"],
      rows: rows.map((row) => [
        `\`${row.what}\``,
        withSpread(spreadOf(row, "seconds")),
        withSpread(ratio(row, idle, "seconds")),
      ]),
    },
  ];
}
