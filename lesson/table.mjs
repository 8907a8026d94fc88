// The table of the stages as Markdown, from the runs in a folder, which may be finished, stopped or missing.

import { meanAfter, recordsOf } from "./record.mjs";
import { oneLine, PROMPT, sampleOf } from "./samples.mjs";

const COLUMNS = ["stage", "parameters", "the lesson", "ours", "seconds", `what it writes after “${PROMPT}”`];
const marks = { "its training text": "†", "other windows": "‡" };
const SAMPLE = 60;

/** The table of all stages. `quick`: states that the runs are shortened. */
export async function table(stages, folder, { quick }) {
  const rows = [];
  for (const stage of stages) rows.push(await row(stage, recordsOf(folder, stage)));
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [
    ...(quick
      ? [
          "**Quick**: fewer epochs, overlapping sections left out, a small LSTM. None " +
            "of our figures here is to be compared with the lesson's.",
          "",
        ]
      : []),
    line(COLUMNS),
    line(COLUMNS.map(() => "---")),
    ...rows.map(line),
    "",
    "Nats a character on the validation part (the last fifth of the text), after " +
      "so many epochs in brackets; the mean of the seeds there are.",
    "Seconds are of the clock, of all processes of a run together: on a " +
      "busy machine they are more than a free one would take.",
    "‡ The lesson validated on windows drawn from among its training text, so " +
      "its figure is of another text. † It held nothing out.",
    ...levels(stages, folder),
  ].join("\n");
}

async function row(stage, records) {
  const lesson = stage.lesson.map(({ epochs, nats, of }) => `${nats}${of ? marks[of] : ""} (${epochs})`).join(", ");
  const start = [stage.name, parameters(records), lesson || "–"];
  if (stage.command !== undefined) return [...start, `the rnn's bits: \`${stage.command}\``, "–", "–"];
  if (!records[0]?.epochs) return [...start, "not run yet", "–", "–"];
  const sample = await sampleOf(records[0].folder, SAMPLE);
  return [...start, ours(stage, records), seconds(records), sample === undefined ? "–" : cell(sample)];
}

const parameters = ([first]) => first?.parameters?.toLocaleString("en") ?? "–";

/** Our losses after the epochs of the lesson's figures and after the last epoch. */
function ours(stage, records) {
  const whole = records[0].epochs;
  const epochCounts = [...new Set([...stage.lesson.map(({ epochs }) => epochs), whole])].filter(
    (epochs) => epochs <= whole,
  );
  const means = epochCounts.flatMap((epochs) => {
    const mean = meanAfter(records, epochs);
    if (mean === undefined) return [];
    return `${mean.nats.toFixed(4)} (${epochs}${mean.seeds > 1 ? `, ${mean.seeds} seeds` : ""})`;
  });
  const open = records.filter(({ finished }) => !finished);
  const stopped = [...new Set(open.map(({ validations }) => validations.length))].map((epochs) => {
    const seeds = open.filter(({ validations }) => validations.length === epochs).map(({ seed }) => seed);
    return `seed${seeds.length > 1 ? "s" : ""} ${seeds.join(", ")} stopped after ${epochs} of ${whole} epochs`;
  });
  return [...means, ...stopped].join(", ");
}

/** Mean seconds of the finished runs, or of all runs if none is finished. */
function seconds(records) {
  const whole = records.filter(({ finished }) => finished);
  const counted = whole.length > 0 ? whole : records;
  const sum = counted.reduce((total, record) => total + record.seconds, 0);
  return Math.round(sum / counted.length).toLocaleString("en");
}

const cell = (text) => `\`${oneLine(text).replaceAll("|", "\\|").replaceAll("`", "'")}\``;

/** The losses of the n-gram and the uniform guess, for each vocabulary. */
function levels(stages, folder) {
  const lines = levelsOf(stages, folder).map(
    ({ vocabulary, ngram, uniform }) =>
      `of ${vocabulary} characters: ${ngram.order}-gram ${ngram.nats.toFixed(4)}, uniform ${uniform.toFixed(4)}`,
  );
  return lines.length === 0 ? [] : [`To beat, with a vocabulary ${lines.join("; ")}.`];
}

export function levelsOf(stages, folder) {
  const all = stages.flatMap((stage) => recordsOf(folder, stage)).filter(({ ngram }) => ngram !== undefined);
  return [...new Map(all.map((record) => [record.vocabulary, record])).values()].sort(
    (a, b) => a.vocabulary - b.vocabulary,
  );
}
