// Disks that fail: system calls that return errors (strace), a full disk, a limit on the size of files, and a limit on
// memory (control groups). The run ends with 3 and a sentence; resumed, it ends with the right bits.

import { existsSync, mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { finish, hasState, lackOf, main, place, run, small, undisturbed, wrongWith } from "./kit.mjs";

/** System calls, and the errors that they may return. */
const faults = [
  { call: "write", names: "write,pwrite64,writev", errors: ["ENOSPC", "EIO", "EDQUOT"] },
  { call: "fsync", names: "fsync,fdatasync", errors: ["EIO", "ENOSPC"] },
  { call: "rename", names: "rename,renameat,renameat2", errors: ["EIO", "EACCES", "ENOSPC"] },
  { call: "mkdir", names: "mkdir,mkdirat", errors: ["EROFS", "ENOSPC", "EACCES"] },
  { call: "unlink", names: "unlink,unlinkat", errors: ["EIO", "EACCES", "EROFS"] },
  { call: "getdents", names: "getdents64", errors: ["EIO"] },
  { call: "open", names: "open,openat", errors: ["EMFILE", "EACCES", "ENOSPC", "EIO"] },
  { call: "read", names: "read,pread64", errors: ["EIO"] },
];
const files = [
  "state.safetensors",
  "state.safetensors.tmp",
  "state.safetensors.previous",
  "model.safetensors",
  "model.safetensors.tmp",
  "tokens.safetensors",
  "log.jsonl",
  "config.json",
  "config.json.tmp",
];

export async function prepare(root) {
  const { whole } = await undisturbed(root);
  const words = (cwd) => (hasState(join(cwd, "r")) ? "resume r" : `train t.txt ${small} --force --out r`);
  const command = (cwd) => [process.execPath, main, ...words(cwd).split(" "), "--quiet"];
  const after = async (cwd, ended, codes, part) => wrongWith(ended, codes) ?? (await finish(cwd, "r", whole, part));

  const injected =
    ({ names, errors }) =>
    async ({ below, pick }, folder) => {
      place(folder);
      // Only calls that touch the run's own folder.
      const paths = ["r", ...files.map((name) => `r/${name}`)].flatMap((path) => ["-P", join(folder, path)]);
      const fault = `inject=${names}:error=${pick(errors)}:when=${1 + below(40)}${pick(["", "+"])}`;
      const strace = ["-f", "--seccomp-bpf", "-qq", "-o", "/dev/null", ...paths, "-e", `trace=${names}`, "-e", fault];
      return after(folder, await run(folder, "strace", [...strace, ...command(folder)]), [0, 2, 3, 5]);
    };
  const noStrace = lackOf(
    "strace",
    "-f",
    "--seccomp-bpf",
    "-qq",
    "-o",
    "/dev/null",
    "-e",
    "inject=write:error=EIO:when=99",
    "true",
  );
  const mount = 'mount -t tmpfs -o size=64k tmpfs "$(mktemp -d)"';
  const group = `/sys/fs/cgroup/memory/longhand-${process.pid}`;
  return {
    close() {
      if (existsSync(group)) rmdirSync(group);
    },
    cases: [
      ...faults.map((fault) => ({ name: `${fault.call} fails`, lacking: noStrace, attempt: injected(fault) })),
      {
        name: "a disk with little room",
        lacking: lackOf("unshare", "-rm", "sh", "-c", mount),
        // In a mount of its own: the run is copied out before it goes.
        async attempt({ below }, folder) {
          place(folder);
          const inside =
            `mkdir m && mount -t tmpfs -o size=${4 * (8 + below(60))}k tmpfs m && cd m && cp ../t.txt . && ` +
            '"$@"; code=$?; cp -r r .. 2>/dev/null; exit $code';
          const ended = await run(folder, "unshare", ["-rm", "sh", "-c", inside, "sh", ...command(folder)]);
          return after(folder, ended, [0, 3]);
        },
      },
      {
        name: "a limit on the size of files",
        async attempt({ below }, folder) {
          place(folder);
          const ended = await run(folder, "bash", [
            "-c",
            `ulimit -f ${1 + below(80)}; "$@"`,
            "bash",
            ...command(folder),
          ]);
          return after(folder, ended, [0, 3]);
        },
      },
      {
        name: "a limit on memory, by a control group",
        lacking: lackOfGroup(group),
        async attempt({ below }, folder) {
          place(folder);
          writeFileSync(join(group, "memory.limit_in_bytes"), String((40 + below(60)) * 2 ** 20));
          const inside = `echo $$ >${group}/cgroup.procs && exec "$@"`;
          const ended = await run(folder, "sh", ["-c", inside, "sh", ...command(folder)]);
          // Refused before it begins, with the sum; or killed by the system.
          // The n-gram may be left out for want of memory, so the logs may differ.
          return after(folder, ended, [0, 2, 3, "SIGKILL"], (all) => JSON.parse(all).model);
        },
      },
    ],
  };
}

/** Control groups of version 1, which a root user may make. */
function lackOfGroup(group) {
  try {
    mkdirSync(group);
    return undefined;
  } catch (error) {
    return error.message;
  }
}
