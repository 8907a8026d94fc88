// How do others do the same work on this machine? Each peer at the fastest of its settings, found on the case itself; then all
// in turn, round after round, and longhand's speed as a multiple of theirs within each round.

import { best, threadCounts } from "../engines.mjs";
import { peers } from "../peers/list.mjs";
import { bars } from "../picture.mjs";
import { number, withSpread } from "../report.mjs";
import { ours, ratio, rounds, runRecord, spreadOf } from "../rounds.mjs";
import { configs, textPath } from "../work.mjs";

const speedOf = { train: "tokens_per_s", generate: "chars_per_s" };
const lengths = { S: { steps: 30, warmup: 5 }, M: { steps: 2, warmup: 1 }, L: { steps: 1, warmup: 1 } };

export async function measure({ quick, tell }) {
  const rows = [];
  for (const c of casesOf(quick)) {
    const name = `${c.config} ${c.cell} ${c.mode}`;
    const racers = threadCounts().map((threads) => ({
      who: `longhand, ${best()}`,
      ...ours({ ...c, engine: best(), threads }),
    }));
    const absent = [];
    for (const peer of peers) {
      tell(`${name}: ${peer.name}`);
      const reason = peer.missing() ?? (peer.does(c) ? undefined : "does not do this");
      if (reason === undefined)
        racers.push({ ...c, ...(await fastest(peer, { ...configs[c.config], ...c, text: textPath }, quick)) });
      else absent.push({ ...c, who: peer.name, records: [{ error: reason }] });
    }
    rows.push(...(await rounds(racers, quick ? 2 : 5, (where) => tell(`${name}: ${where}`))), ...absent);
  }
  return rows;
}

function casesOf(quick) {
  const cases = [];
  for (const mode of ["train", "generate"]) {
    for (const config of quick ? ["S"] : ["S", "M", "L"]) {
      for (const cell of quick ? ["gru"] : ["gru", "lstm", "rnn"]) {
        cases.push({ config, cell, mode, ...(mode === "train" ? lengths[config] : { chars: quick ? 500 : 2000 }) });
      }
    }
  }
  return cases;
}

/** Runs each setting of a peer once, short; the fastest one is raced. */
async function fastest(peer, c, quick) {
  const short = { ...c, ...(c.mode === "train" ? { steps: c.config === "S" ? 5 : 1, warmup: 1 } : { chars: 200 }) };
  const speeds = [];
  for (const { command } of peer.variants(short, { quick }))
    speeds.push((await runRecord(command))[speedOf[c.mode]] ?? 0);
  const variants = peer.variants(c, { quick });
  const { label, threads, command } = variants[speeds.indexOf(Math.max(...speeds))];
  return {
    who: peer.name,
    label,
    threads,
    tried: variants.map((each, i) => [each.label, speeds[i]]),
    run: () => runRecord(command),
  };
}

export function tables(rows) {
  return groups(rows).map(({ name, mode, members }) => ({
    title: `${name}: ${mode === "train" ? "tokens" : "characters"} a second, and longhand's as a multiple`,
    columns: ["who", "settings", "speed", "longhand is", "peak memory, MiB"],
    rows: members.map((row) => {
      const error = row.records.find((record) => record.error)?.error;
      if (error !== undefined) return [row.who, "–", error, "–", "–"];
      const own = fastestOwn(members, mode);
      const times = own === row ? undefined : ratio(own, row, speedOf[mode]);
      return [
        row.who,
        row.label ?? `${row.threads} thread${row.threads > 1 ? "s" : ""}`,
        withSpread(spreadOf(row, speedOf[mode])),
        times ? `${withSpread(times)} ×` : "–",
        number(spreadOf(row, "rss_mb").median),
      ];
    }),
  }));
}

function groups(rows) {
  const nameOf = (row) => `${row.config} ${row.cell}, ${row.mode === "train" ? "training" : "generation"}`;
  return [...new Set(rows.map(nameOf))].map((name) => {
    const members = rows.filter((row) => nameOf(row) === name);
    return { name, mode: members[0].mode, members };
  });
}

const isOwn = (row) => row.who.startsWith("longhand");
function fastestOwn(members, mode) {
  const speed = (row) => spreadOf(row, speedOf[mode])?.median ?? 0;
  return members.filter(isOwn).sort((a, b) => speed(b) - speed(a))[0];
}

export function pictures(rows) {
  const bar = (mode, row) => ({
    label: `${row.config} ${row.cell}, ${row.who}`,
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
