// Script of the page that `longhand show` writes: colours the text by surprisal or by a unit's value, and describes the
// chosen token. It is compiled by itself and embedded in the page, so it imports only types and uses no network.

import type { ShownPage, ShownSeries } from "./shown.js";

const page = JSON.parse(of("data").textContent ?? "") as ShownPage;
const text = of("text");
const card = of("card");
const what = of("what");
const unit = of("unit");
const plot = of("plot");
const chooser = what as HTMLSelectElement;
const numberField = unit as HTMLInputElement;
const { tokens, nats, series, steps } = page;
const unknown = new Set(page.unknown);
/** The bold line of the plot is a mean over this many tokens on each side (look.ts explains it on the page). */
const MEAN = 12;
const decoded = new Map<ShownSeries, Uint8Array>();

/** The series that colours the text, with one of its units; undefined: surprisal. */
let shown: ShownSeries | undefined;
let position = 0;
/** Index of the chosen token. */
let cursor = 0;

const spans = tokens.map((token, i) => {
  const span = make("span", "t", visible(token));
  span.dataset.i = String(i);
  if (unknown.has(i)) span.classList.add("unknown");
  return span;
});
text.append(...spans);

function bytesOf(each: ShownSeries): Uint8Array {
  let bytes = decoded.get(each);
  if (bytes === undefined) {
    bytes = Uint8Array.from(atob(each.bytes), (character) => character.charCodeAt(0));
    decoded.set(each, bytes);
  }
  return bytes;
}

/** Distance of the chosen unit from the middle of its range at token i, from −1 to 1. */
function away(each: ShownSeries, i: number): number {
  return (bytesOf(each)[position * tokens.length + i]! - 127) / 127;
}

function valueAt(each: ShownSeries, i: number): number {
  return (each.range === "share" ? 0.5 : 0) + each.halves[position]! * away(each, i);
}

/** The class that colours token i. */
function colourOf(i: number): string {
  if (shown === undefined) {
    const share = Math.min(1, (nats[i] ?? 0) / page.uniform);
    return `s${Math.round(share * steps.surprisal)}`;
  }
  return signedLevel(Math.round(away(shown, i) * steps.signed));
}

const signedLevel = (level: number) => (level < 0 ? `n${-level}` : `p${level}`);

function show(next: ShownSeries | undefined, at = position): void {
  shown = next;
  position = next === undefined ? 0 : Math.max(0, Math.min(next.units.length - 1, at));
  for (const [i, span] of spans.entries()) {
    span.className = `t ${colourOf(i)}${unknown.has(i) ? " unknown" : ""}`;
  }
  chooser.value = shown === undefined ? "surprisal" : String(series.indexOf(shown));
  of("units").hidden = shown === undefined;
  if (shown !== undefined) numberField.value = String(shown.units[position]);
  const hash = shown === undefined ? "#surprisal" : `#${shown.layer}.${shown.name}.${shown.units[position]}`;
  if (location.hash !== hash) history.replaceState(null, "", hash);
  drawLegend();
  drawPlot();
  describe(cursor);
  for (const button of document.querySelectorAll<HTMLElement>("#finds button")) {
    const find = page.finds[Number(button.dataset.find)]!;
    button.setAttribute("aria-pressed", String(series[find.series] === shown && find.position === position));
  }
}

/** Index of the unit nearest to a number; some units may be left out. */
function positionOf(each: ShownSeries, wanted: number): number {
  const distance = (at: number) => Math.abs(each.units[at]! - wanted);
  return each.units.reduce((best, _, at) => (distance(at) < distance(best) ? at : best), 0);
}

function fromHash(): void {
  const [layer, name, number] = decodeURIComponent(location.hash.slice(1)).split(".");
  const named = series.find((each) => String(each.layer) === layer && each.name === name);
  show(named, named === undefined ? 0 : positionOf(named, Number(number) || 0));
}

function drawLegend(): void {
  const swatch = (level: string) => make("span", `t ${level}`, " ");
  const row = (levels: string[]) => {
    const bar = make("span", "swatches");
    bar.append(...levels.map(swatch));
    return bar;
  };
  const words = make("span", "ends");
  const range = Array.from({ length: 2 * steps.signed + 1 }, (_, i) => i - steps.signed);
  const size = short(shown?.halves[position] ?? 0);
  const signed = shown?.range === "share" ? ["0 shut", "½", "1 open"] : [`−${size}`, "0", `+${size}`];
  const ends = shown ? signed : ["0 nats: certain", `${page.uniform.toFixed(2)} or more: a uniform guess`];
  const surprisal = Array.from({ length: steps.surprisal + 1 }, (_, i) => `s${i}`);
  words.append(...ends.map((end) => make("span", "", end)));
  of("legend").replaceChildren(row(shown ? range.map(signedLevel) : surprisal), words);
}

function drawPlot(): void {
  const highest = Math.max(1e-9, ...nats.map((each) => each ?? 0));
  const y = (i: number) => (shown === undefined ? 100 * (1 - (nats[i] ?? 0) / highest) : 50 * (1 - away(shown, i)));
  const half = shown?.halves[position] ?? highest;
  const low = shown?.range === "signed" ? -half : 0;
  const high = shown?.range === "share" ? 1 : half;
  const middle = shown === undefined ? "" : `<path class="middle" d="M0 50H${tokens.length}"/>`;
  of("curve").innerHTML =
    `${middle}<path class="each" d="M${lineOf(y, 0)}"/><path class="mean" ` +
    `d="M${lineOf(y, MEAN)}"/><path id="here" class="here" d="M0 0V100"/>`;
  of("high").textContent = short(high);
  of("low").textContent = short(low);
  const name = shown && `layer ${shown.layer}, ${shown.name} (${shown.label}) of unit ${shown.units[position]}`;
  const range = `from ${short(low)} to ${short(high)}`;
  plot.setAttribute("aria-label", `${name ?? "surprisal in nats"} along the text, ${range}`);
}

/** A path through all tokens; each point is the mean of those up to `around` tokens away. */
function lineOf(y: (i: number) => number, around: number): string {
  const sums = [0];
  for (let i = 0; i < tokens.length; i++) sums.push(sums[i]! + y(i));
  const mean = (from: number, to: number) => (sums[to]! - sums[from]!) / (to - from);
  const at = (i: number) => mean(Math.max(0, i - around), Math.min(tokens.length, i + around + 1));
  return tokens.map((_, i) => `${i + 0.5} ${at(i).toFixed(1)}`).join("L");
}

/** Describes token i; with `move` it becomes the chosen one. */
function describe(i: number, move = false): void {
  if (move) {
    spans[cursor]?.classList.remove("cursor");
    cursor = i;
    spans[i]?.scrollIntoView({ block: "nearest" });
  }
  if (spans.length === 0) return;
  spans[cursor]!.classList.add("cursor");
  of("here").setAttribute("transform", `translate(${i + 0.5} 0)`);
  const before = tokens
    .slice(Math.max(0, i - 12), i)
    .map(visible)
    .join("")
    .replace(/\n/g, "");
  const head = make("p", "head");
  head.append(make("span", "before", before), make("b", "", named(tokens[i]!)));
  const rows: HTMLElement[] = [head];
  rows.push(
    make("p", "position", `${page.unit} ${(i + 1).toLocaleString("en")} of ${tokens.length.toLocaleString("en")}`),
  );
  if (unknown.has(i)) rows.push(make("p", "", "The vocabulary lacks it; the model read <unk>."));
  const cost = nats[i];
  if (cost === null || cost === undefined) rows.push(make("p", "", "It is the first token and was not predicted."));
  else rows.push(make("p", "", `Surprisal ${cost.toFixed(2)} nats; probability ${percent(page.chances[i]!)}.`));
  const value = shown && `${shown.name}, unit ${shown.units[position]}: ${short(valueAt(shown, i))}`;
  if (value !== undefined) rows.push(make("p", "value", value));
  const guesses = page.guesses[i] ?? [];
  if (guesses.length > 0) {
    const list = make("ol", "guesses");
    for (let g = 0; g < guesses.length; g += 2)
      list.append(guessRow(page.names[guesses[g]!]!, guesses[g + 1]!, page.came[i] === g / 2));
    rows.push(make("p", "label", "Predictions"), list);
  }
  card.replaceChildren(...rows);
}

function guessRow(name: string, p: number, came: boolean): HTMLElement {
  const row = make("li", came ? "came" : "");
  const bar = make("span", "share");
  bar.style.setProperty("--p", String(p));
  row.append(make("span", "name", named(name)), bar, make("span", "p", percent(p)));
  if (came) row.append(make("span", "tick", "✓ actual"));
  return row;
}

/** The token nearest below or above the chosen one, in the displayed lines. */
function inLine(direction: 1 | -1): number {
  const left = spans[cursor]!.offsetLeft;
  const top = spans[cursor]!.offsetTop;
  let nearest: number | undefined;
  for (let i = cursor + direction; i >= 0 && i < spans.length; i += direction) {
    const span = spans[i]!;
    if (span.offsetTop === top) continue;
    if (nearest !== undefined && span.offsetTop !== spans[nearest]!.offsetTop) break;
    const distance = (at: number) => Math.abs(spans[at]!.offsetLeft - left);
    if (nearest === undefined || distance(i) < distance(nearest)) nearest = i;
  }
  return nearest ?? cursor;
}

function lineEnd(direction: 1 | -1): number {
  let i = cursor;
  while (spans[i + direction]?.offsetTop === spans[cursor]!.offsetTop) i += direction;
  return i;
}

const moves: Readonly<Record<string, () => number>> = {
  ArrowLeft: () => cursor - 1,
  ArrowRight: () => cursor + 1,
  ArrowUp: () => inLine(-1),
  ArrowDown: () => inLine(1),
  Home: () => lineEnd(-1),
  End: () => lineEnd(1),
  PageUp: () => cursor - 200,
  PageDown: () => cursor + 200,
};

text.addEventListener("keydown", (event) => {
  const move = moves[event.key];
  if (move === undefined || event.altKey || event.metaKey || event.ctrlKey || spans.length === 0) return;
  event.preventDefault();
  describe(Math.max(0, Math.min(spans.length - 1, move())), true);
});
const tokenAt = (event: Event) => (event.target as HTMLElement).dataset?.i;
text.addEventListener("click", (event) => {
  const i = tokenAt(event);
  if (i !== undefined) describe(Number(i), true);
});
text.addEventListener("pointerover", (event) => {
  const i = tokenAt(event);
  if (i !== undefined && event.pointerType === "mouse") describe(Number(i));
});
text.addEventListener("pointerleave", () => describe(cursor));
plot.addEventListener("click", (event) => {
  const box = plot.getBoundingClientRect();
  const i = Math.floor(((event.clientX - box.left) / box.width) * tokens.length);
  if (tokens.length > 0) describe(Math.max(0, Math.min(tokens.length - 1, i)), true);
});
chooser.addEventListener("change", () => show(series[Number(chooser.value)], position));
numberField.addEventListener("change", () => show(shown, shown && positionOf(shown, Number(numberField.value) || 0)));
numberField.addEventListener("keydown", (event) => {
  const by = event.key === "ArrowUp" ? 1 : event.key === "ArrowDown" ? -1 : 0;
  if (by === 0) return;
  event.preventDefault();
  show(shown, position + by);
});
of("previous").addEventListener("click", () => show(shown, position - 1));
of("next").addEventListener("click", () => show(shown, position + 1));
document.addEventListener("keydown", (event) => {
  const by = event.key === "]" ? 1 : event.key === "[" ? -1 : 0;
  if (by === 0 || event.target === unit || event.altKey || event.metaKey || event.ctrlKey) return;
  if (shown !== undefined) show(shown, position + by);
});
const choices = ["auto", "light", "dark"];
of("theme").addEventListener("click", () => {
  const { dataset } = document.documentElement;
  dataset.theme = choices[(choices.indexOf(dataset.theme ?? "auto") + 1) % choices.length]!;
  of("theme").textContent = `Theme: ${dataset.theme}`;
});
for (const button of document.querySelectorAll<HTMLElement>("#finds button")) {
  const find = page.finds[Number(button.dataset.find)]!;
  button.addEventListener("click", () => show(series[find.series], find.position));
}
addEventListener("hashchange", fromHash);
fromHash();

function of(id: string): HTMLElement {
  return document.getElementById(id)!;
}

function make(tag: string, name: string, words = ""): HTMLElement {
  const element = document.createElement(tag);
  element.className = name;
  element.textContent = words;
  return element;
}

/** Shows line ends, tabs and other control characters as signs. */
function visible(token: string): string {
  return token
    .replace(/\t/g, "⇥\t")
    .replace(/\n/g, "⏎\n")
    .replace(/(?![\t\n])\p{Cc}/gu, (c) => (c < " " ? String.fromCharCode(0x2400 + c.charCodeAt(0)) : "␡"));
}

/** A token by itself, with visible spaces. */
function named(token: string): string {
  return visible(token)
    .replace(/[\n\t]/g, "")
    .replace(/ /g, "␣");
}

/** Two decimals, or more where there would be nothing but zeros. */
function short(x: number): string {
  const size = Math.abs(x);
  return (size > 0 && size < 0.1 ? x.toPrecision(2) : x.toFixed(2)).replace("-", "−");
}

function percent(p: number): string {
  return `${p < 0.001 ? (100 * p).toPrecision(1) : (100 * p).toFixed(p < 0.1 ? 1 : 0)}%`;
}
