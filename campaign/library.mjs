// The library in a process that is watched, for campaigns with many trials: one process answers until it fails.
//
// As a child process this file runs what it is asked; imported, it starts such a child.

import { fork } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { peakOf } from "./kit.mjs";

const own = fileURLToPath(import.meta.url);
const LONGEST_MS = 60_000;
const MOST_MEMORY = 2 ** 30;

/** What a trial may do with the run r of a folder. */
export const acts = {
  async resume(longhand, folder) {
    for await (const _ of longhand.resume(join(folder, "r"), { saveEvery: 1000 }));
  },
  info: (longhand, folder) => longhand.info(join(folder, "r")),
  generate: withModel((model) => model.generate("a", { length: 30 })),
  evaluate: withModel((model, folder) => model.evaluate(pathToFileURL(join(folder, "t.txt")))),
  score: withModel((model, folder) => model.score(pathToFileURL(join(folder, "t.txt")))),
  copied: (longhand, folder) => longhand.copied(join(folder, "r"), pathToFileURL(join(folder, "t.txt"))),
};

function withModel(act) {
  return async (longhand, folder) => {
    const model = await longhand.load(join(folder, "r"));
    try {
      await act(model, folder);
    } finally {
      model.close();
    }
  };
}

/** Starts the library; `attempt` does one act, and returns the exit code and the message that the command line has. */
export function startLibrary() {
  let child;
  const stop = () => {
    child?.kill("SIGKILL");
    child = undefined;
  };
  function attempt(act, folder) {
    child ??= fork(own, ["child"], { stdio: ["ignore", "pipe", "pipe", "ipc"] });
    const present = child;
    return new Promise((resolve) => {
      const end = (result) => {
        clearInterval(watch);
        clearTimeout(late);
        present.removeAllListeners();
        // A process that failed, or that has grown by many trials, is replaced.
        if (result.excess !== undefined || result.code === 1 || peakOf(present.pid) > MOST_MEMORY / 2) stop();
        resolve({ signal: null, out: "", ...result });
      };
      const watch = setInterval(() => {
        if (peakOf(present.pid) > MOST_MEMORY) end({ code: null, excess: "more than 1 GiB of memory" });
      }, 100);
      const late = setTimeout(() => end({ code: null, excess: "more than a minute" }), LONGEST_MS);
      present.once("message", end);
      present.once("exit", (code, signal) => end({ code, excess: `the process ended by ${signal ?? code}` }));
      present.send({ act, folder });
    });
  }
  return { attempt, close: stop };
}

if (process.argv[2] === "child") {
  const longhand = await import("../dist/node.js");
  process.on("message", async ({ act, folder }) => {
    try {
      await acts[act](longhand, folder);
      process.send({ code: 0, err: "" });
    } catch (error) {
      process.send({ code: codeOf(longhand, error), err: told(longhand, error) });
    }
  });
}

function codeOf({ LonghandError }, error) {
  const codes = { usage: 2, text: 2, io: 3, diverged: 4, "model-file": 5 };
  if (error instanceof LonghandError) return codes[error.code];
  return error?.syscall === undefined ? 1 : 3;
}

/** The message; control characters are the command line's to escape. */
function told({ LonghandError }, error) {
  if (error instanceof LonghandError) return error.message.replaceAll(/\p{C}/gu, "?");
  return String(error?.stack ?? error);
}
