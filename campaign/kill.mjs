// kill -9 at random moments: a killed run that is resumed ends with the bits of one that was never killed.

import { existsSync, readdirSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { finish, hasState, lackOf, longhand, pause, place, run, small, undisturbed, wrongWith } from "./kit.mjs";

export async function prepare(root) {
  const { whole, ms } = await undisturbed(root);
  /** A life that ends by kill -9 within the time of a whole run, or by itself. */
  const life = (cwd, { below }, how = longhand) => {
    const words = hasState(join(cwd, "r")) ? "resume r" : `train t.txt ${small} --force --out r`;
    return how(cwd, `${words} --quiet`, { began: (child) => setTimeout(() => child.kill("SIGKILL"), below(ms)) });
  };
  const killed = (times, how) => async (dice, folder) => {
    place(folder);
    for (let lives = times(dice); lives > 0; lives--) {
      const wrong = wrongWith(await life(folder, dice, how), [0, "SIGKILL"]);
      if (wrong !== undefined) return wrong;
      ageLocks(join(folder, "r"));
    }
    return finish(folder, "r", whole);
  };
  const isolated = (cwd, words, options) =>
    run(cwd, "unshare", ["-p", "-f", "--mount-proc", "--kill-child", process.execPath, ...mainWords(words)], options);
  const lacking = lackOf("unshare", "-p", "-f", "--mount-proc", "--kill-child", "true");
  return {
    cases: [
      { name: "killed once", attempt: killed(() => 1) },
      { name: "killed two to five times", attempt: killed(({ below }) => 2 + below(4)) },
      { name: "killed in a PID namespace of its own", lacking, attempt: killed(() => 2, isolated) },
      {
        name: "two at once in one folder: one is refused, the other ends with the same bits",
        attempt: (dice, folder) => twoAtOnce(folder, dice, longhand, whole),
      },
      {
        name: "the same in two PID namespaces",
        lacking,
        attempt: (dice, folder) => twoAtOnce(folder, dice, isolated, whole),
      },
    ],
  };
}

/** A lock of another PID namespace counts for a minute, which is over now. */
function ageLocks(folder) {
  if (!existsSync(folder)) return;
  const before = Date.now() / 1000 - 120;
  for (const name of readdirSync(folder)) if (name.endsWith(".lock")) utimesSync(join(folder, name), before, before);
}

function mainWords(words) {
  return [new URL("../dist/cli/main.js", import.meta.url).pathname, ...words.split(" ")];
}

async function twoAtOnce(folder, { below }, how, whole) {
  place(folder);
  const words = `train t.txt ${small} --out r --quiet`;
  const first = how(folder, words);
  await pause(below(300));
  const ended = await Promise.all([first, how(folder, words)]);
  const wrong = ended.map((each) => wrongWith(each, [0, 2])).find((each) => each !== undefined);
  if (wrong !== undefined) return wrong;
  if (ended.every(({ code }) => code === 0)) return "both were let in";
  ageLocks(join(folder, "r"));
  return ended.some(({ code }) => code === 0) ? finish(folder, "r", whole) : undefined; // both may be refused
}
