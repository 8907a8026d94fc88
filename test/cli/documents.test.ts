// Documents on the command line: trained by line, generate ends, score ranks, info tells.

import { beforeAll, expect, test } from "vitest";
import { folder, lines, longhand, tiny } from "../helpers/cli.js";

const names = ["ana", "anna", "nan", "ann", "hanna"];
const text = Array.from({ length: 300 }, (_, i) => names[(i * i) % 5]).join("\n");
const cwd = folder({ "n.txt": `${text}\n\n`, "new.txt": "anna\n\nhhhhhh\nana\n", "p.txt": "ana\nann\n\n".repeat(60) });
let opening = "";
beforeAll(async () => {
  const { code, err } = await longhand(cwd, `train n.txt ${tiny} --documents line --lr 0.02 --steps 60 --json`);
  expect([code, err]).toEqual([0, ""]);
  const paragraphs = await longhand(cwd, `train p.txt ${tiny} --documents blank-line --lr 0.02 --steps 30`);
  expect(paragraphs.code).toBe(0);
  opening = paragraphs.out;
});

test("train says at its opening how many documents each part is; of texts to validate on it does not know", async () => {
  expect(opening).toMatch(
    /^text {4}p\.txt: \d+ bytes\n {8}\d+ training tokens.*, \d+ validation tokens;\n {8}54 documents for training, 6 for validation, drawn$/m,
  );
  const apart = await longhand(cwd, `train p.txt --valid n.txt --out runs/v ${tiny} --documents blank-line --steps 1`);
  expect(apart.out).toMatch(/^ {8}60 documents for training; 8% of the validation tokens are unknown$/m);
  expect(apart.out).toMatch(/^ {8}validation: n\.txt: 1\.\d KiB$/m);
});

test("generate writes one document a line, as many as asked for; with --json it says which the model ended", async () => {
  const { out } = await longhand(cwd, "generate runs/n --count 12 --length 8");
  expect(lines(out)).toHaveLength(12);
  const rows = lines((await longhand(cwd, "generate runs/n --count 12 --length 8 --json")).out).slice(0, -1);
  const told = rows.map((row) => JSON.parse(row));
  expect(told.map((row) => row.text)).toEqual(lines(out));
  expect(told.some(({ ended }) => ended)).toBe(true);
  for (const { text, ended } of told) expect(ended || text.length === 8).toBe(true);
  const probed = await longhand(cwd, "generate runs/n --length 50 --log-probs");
  expect(lines(probed.out).at(-1)).toMatch(/^"<end>"\t-\d/);
});

test("paragraphs have a blank line between", async () => {
  const { out } = await longhand(cwd, "generate runs/p --count 3 --length 9 --greedy");
  expect(out.split("\n\n")).toHaveLength(3);
});

test("score --documents puts the strangest line first, cut at --top; another model is told of", async () => {
  const { out, err } = await longhand(cwd, "score runs/n new.txt --documents line --json");
  expect(err).toBe("");
  const rows = lines(out).map((row) => JSON.parse(row));
  expect(rows.pop()).toEqual({ kind: "result", documents: rows.length });
  expect(rows.map(({ rank, line }) => [rank, line])[0]).toEqual([1, 3]);
  expect(rows.map(({ nats }) => nats)).toEqual(rows.map(({ nats }) => nats).toSorted((a, b) => b - a));
  expect(rows[0]).toMatchObject({ text: "hhhhhh", characters: 7, bytes: 7, unknown: 0 });
  const top = await longhand(cwd, "score runs/n new.txt --documents line --by character --top 1");
  expect(lines(top.out)[1]).toMatch(/^ {5}1 {7}3 .* hhhhhh$/);
  const other = await longhand(cwd, "score runs/p new.txt --documents line");
  expect(other.err).toMatch(/^This model was trained with --documents blank-line/);
});

test("score, line by line, sums to what evaluate gives with one lane; info tells of the documents", async () => {
  const total = JSON.parse(lines((await longhand(cwd, "score runs/n new.txt --json")).out).at(-1)!);
  const { out } = await longhand(cwd, "evaluate runs/n new.txt --batch 1 --json");
  expect(total).toMatchObject(JSON.parse(out).model);
  expect((await longhand(cwd, "info runs/n")).out).toMatch(/\ndocuments {2}27\d for training/);
});

test("the lesson's sampling is refused in a sentence", async () => {
  const { code, err } = await longhand(cwd, "generate runs/n --lesson-sampling");
  expect([code, err.includes("keeps documents apart")]).toEqual([2, true]);
});
