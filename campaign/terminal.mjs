// Terminals, pipes, devices and signals that end at random moments: the run is saved, the exit code is the promised
// one. After a resume it ends with the bits of an undisturbed run.

import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { finish, lackOf, longhand, main, pause, place, run, small, undisturbed, wrongWith } from "./kit.mjs";

const node = `"${process.execPath}" "${main}"`;
/** Ways of a run that print differently. */
const ways = ["", "--quiet", "--json"];

export async function prepare(root) {
  const { whole, ms } = await undisturbed(root);
  const train = (how = "") => `train t.txt ${small} ${how} --out r`;
  const ended = async (cwd, result, codes) => wrongWith(result, codes) ?? (await finish(cwd, "r", whole));

  /** Closes a terminal after `after` ms; `inside` runs on it, and writes what it says to err and its code to code. */
  async function closeTerminal(cwd, words, after) {
    // The shell hands the hangup on, and tells how longhand ended.
    const inside =
      `${node} ${words} 2>err & run=$!; trap "kill -HUP $run" HUP; wait $run; code=$?; ` +
      "while kill -0 $run 2>/dev/null; do wait $run; code=$?; done; echo $code >code";
    let script;
    const running = run(cwd, "script", ["-qec", inside, "/dev/null"], { began: (child) => (script = child) });
    await Promise.race([running, pause(after)]);
    script.kill("SIGKILL");
    for (let waited = 0; !(existsSync(join(cwd, "code")) && statSync(join(cwd, "code")).size > 0); waited += 20) {
      if (waited > 60_000) return { code: null, signal: null, excess: "more than a minute" };
      // Closed before the shell began: nothing happened.
      if (waited > 2000 && !existsSync(join(cwd, "err"))) return undefined;
      await pause(20);
    }
    return {
      code: Number(readFileSync(join(cwd, "code"), "utf8")),
      signal: null,
      err: readFileSync(join(cwd, "err"), "utf8"),
    };
  }

  const noTerminal = lackOf("script", "-qec", "true", "/dev/null");
  const noFull = existsSync("/dev/full") ? undefined : "there is no /dev/full";
  const signals = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };
  return {
    cases: [
      ...ways.map((how) => ({
        name: `a terminal is closed under train ${how}`.trim(),
        lacking: noTerminal,
        async attempt({ below }, folder) {
          place(folder);
          const result = await closeTerminal(folder, train(how), below(ms));
          return result && ended(folder, result, [0, 129]);
        },
      })),
      {
        name: "a terminal is closed under generate, score, info or evaluate",
        lacking: noTerminal,
        async attempt({ below, pick }, folder) {
          place(folder);
          const words = [
            "generate ../whole --length 100000",
            "score ../whole t.txt",
            "info ../whole",
            "evaluate ../whole t.txt --force",
          ];
          const result = await closeTerminal(folder, pick(words), below(ms));
          return result && wrongWith(result, [0, 129]);
        },
      },
      {
        name: "the reader of a pipe goes: train ends with 0",
        async attempt({ below, pick }, folder) {
          place(folder);
          const words = train(pick(["", "--json"]));
          const command = `(${node} ${words}; echo $? >code) | head -c ${below(3000)} >/dev/null`;
          const piped = await run(folder, "bash", ["-c", command]);
          const code = Number(readFileSync(join(folder, "code"), "utf8"));
          return ended(folder, { ...piped, code, signal: null }, [0]);
        },
      },
      {
        name: "the reader of a pipe goes: other commands end with 0",
        async attempt({ below, pick }, folder) {
          place(folder);
          const words = pick(["generate ../whole --length 9999999", "score ../whole t.txt --json", "info ../whole"]);
          const command = `(${node} ${words}; echo $? >code) | head -c ${below(3000)} >/dev/null`;
          const piped = await run(folder, "bash", ["-c", command]);
          return wrongWith({ ...piped, code: Number(readFileSync(join(folder, "code"), "utf8")), signal: null }, [0]);
        },
      },
      {
        name: "standard output is a full device: train saves and ends with 3",
        lacking: noFull,
        async attempt({ pick }, folder) {
          place(folder);
          const result = await run(folder, "bash", ["-c", `${node} ${train(pick(["", "--json"]))} >/dev/full`]);
          return ended(folder, result, [3]);
        },
      },
      ...Object.entries(signals).map(([signal, code]) => ({
        name: `${signal} once or twice`,
        async attempt({ below, pick }, folder) {
          place(folder);
          const began = (child) => {
            for (let times = 1 + below(2); times > 0; times--) setTimeout(() => child.kill(signal), below(ms));
          };
          const result = await longhand(folder, train(pick(ways)), { began });
          return ended(folder, result, [0, code, signal]); // by the signal itself, where it comes before Node listens
        },
      })),
    ],
  };
}
