// Comparison with other libraries: each peer runs with its fastest setting for the case, all in turn for several
// rounds, and longhand's speed is a multiple of theirs within each round.

import { kinds, threadCounts } from "../engines.mjs";
import { peers } from "../peers/list.mjs";
import { bars } from "../picture.mjs";
import { number, threadsOf, withSpread } from "../report.mjs";
import { ours, picks, ratio, rounds, runRecord, spreadOf } from "../rounds.mjs";
import { configs, textPath } from "../work.mjs";

const speedOf = { train: "tokens_per_s", generate: "chars_per_s" };
// Long enough that the warm-up of a just-in-time compiler is a small part.
export const written = { S: 40_000, M: 8000, L: 1000 };
const lengths = { S: { steps: 100, warmup: 40 }, M: { steps: 2, warmup: 1 }, L: { steps: 1, warmup: 1 } };

export async function measure({ quick, tell, only, times }) {
  const rows = [];
  for (const c of casesOf(quick).filter(picks(only))) {
    const name = `${c.config} ${c.cell} ${c.mode}`;
    // One stream is written on one thread.
    const counts = c.mode === "train" ? threadCounts() : [1];
    const racers = kinds().flatMap((engine) =>
      counts.map((threads) => ({ who: `longhand, ${engine}`, ...ours({ ...c, engine, threads }) })),
    );
    const absent = [];
    for (const peer of peers) {
      tell(`${name}: ${peer.name}`);
      const reason = peer.missing() ?? (peer.does(c) ? undefined : "does not do this");
      if (reason === undefined)
        racers.push({ ...c, ...(await fastest(peer, { ...configs[c.config], ...c, text: textPath }, quick)) });
      else absent.push({ ...c, who: peer.name, records: [{ error: reason }] });
    }
    rows.push(...(await rounds(racers, times, (where) => tell(`${name}: ${where}`))), ...absent);
  }
  return rows;
}

function casesOf(quick) {
  const cases = [];
  for (const mode of ["train", "generate"]) {
    for (const config of quick ? ["S"] : ["S", "M", "L"]) {
      for (const cell of quick ? ["gru"] : ["gru", "lstm", "rnn"]) {
        cases.push({ config, cell, mode, ...(mode === "train" ? lengths[config] : { chars: written[config] }) });
      }
    }
  }
  return cases;
}

/** The fastest of a peer's settings: each runs a shortened case once. */
async function fastest(peer, c, quick) {
  const variants = peer.variants(c, { quick });
  const tried = variants.map(({ label }) => [label]);
  if (variants.length > 1) {
    const short = {
      ...c,
      ...(c.mode === "train" ? { steps: c.config === "S" ? 5 : 1, warmup: 1 } : { chars: written[c.config] / 10 }),
    };
    for (const [i, { command }] of peer.variants(short, { quick }).entries()) {
      tried[i].push((await runRecord(command))[speedOf[c.mode]] ?? 0);
    }
  }
  const speeds = tried.map(([, speed = 0]) => speed);
  const { label, threads, command } = variants[speeds.indexOf(Math.max(...speeds))];
  return { who: peer.name, label, threads, tried, run: () => runRecord(command) };
}

export function tables(rows) {
  return groups(rows).map(({ name, mode, members }) => {
    const engines = [...new Set(members.filter(isOwn).map(({ engine }) => engine))];
    const times = (engine, row) => withSpread(ratio(fastestOwn(members, engine, mode), row, speedOf[mode]), " ×");
    return {
      title: `${name}: ${mode === "train" ? "tokens" : "characters"} a second, and longhand's as a multiple`,
      columns: ["who", "settings", "speed", ...engines.map((engine) => `${engine} is`), "peak memory, MiB"],
      rows: members.map((row) => {
        const error = row.records.find((record) => record.error)?.error;
        if (error !== undefined) return [row.who, "–", error, ...engines.map(() => "–"), "–"];
        return [
          row.who,
          row.label ?? threadsOf(row),
          withSpread(spreadOf(row, speedOf[mode])),
          ...engines.map((engine) => (isOwn(row) ? "–" : times(engine, row))),
          number(spreadOf(row, "rss_mb").median),
        ];
      }),
    };
  });
}

function groups(rows) {
  const nameOf = (row) => `${row.config} ${row.cell}, ${row.mode === "train" ? "training" : "generation"}`;
  return [...new Set(rows.map(nameOf))].map((name) => {
    const members = rows.filter((row) => nameOf(row) === name);
    return { name, mode: members[0].mode, members };
  });
}

const isOwn = (row) => row.who.startsWith("longhand");
function fastestOwn(members, engine, mode) {
  const speed = (row) => spreadOf(row, speedOf[mode])?.median ?? 0;
  return members.filter((row) => row.engine === engine).sort((a, b) => speed(b) - speed(a))[0];
}

export function pictures(rows) {
  const bar = (mode, row) => ({
    label: `${row.config} ${row.cell}, ${row.who}, ${row.label ?? threadsOf(row)}`,
    series: isOwn(row) ? "longhand" : "others",
    ...spreadOf(row, speedOf[mode]),
    shown: number(spreadOf(row, speedOf[mode]).median),
  });
  const of = (mode) =>
    rows.filter((row) => row.mode === mode && spreadOf(row, speedOf[mode])).map((row) => bar(mode, row));
  return {
    "peers-training": bars("The same training elsewhere: tokens a second", "", of("train")),
    "peers-generation": bars("The same generation elsewhere: characters a second", "", of("generate")),
  };
}
