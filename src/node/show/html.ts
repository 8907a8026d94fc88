// HTML of the page of `longhand show`: one file with style, script and data that fetches nothing. This module escapes
// everything that comes from the text or from names, in the HTML and in the JSON data.

import { readFileSync } from "node:fs";
import type { ShownPage } from "../../page/shown.js";
import type { Curves } from "./curves.js";
import { contextPanel, drawn, escaped, gradientPanel, PANEL, WIDTH } from "./panels.js";
import { style } from "./style.js";

/** Marks a file as a page of `longhand show`, which may be replaced. */
export const GENERATOR = '<meta name="generator" content="longhand show">';

export interface PageParts {
  readonly title: string;
  /** Names and values under the title. */
  readonly facts: readonly (readonly [name: string, says: string])[];
  readonly page: ShownPage;
  /** The curves, or why there are none. */
  readonly curves: Curves | string;
  /** bptt of the run, which the curves mark. */
  readonly bptt: number | undefined;
  /** Sentences on what the page shows and leaves out. */
  readonly notes: readonly string[];
}

/** The browser fetches nothing, whatever the page holds. */
const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

export function pageHtml({ title, facts, page, curves, bptt, notes }: PageParts): string {
  return `<!doctype html>
<html lang="en" data-theme="auto">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
${GENERATOR}
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
<header>
<h1>${escaped(title)}</h1>
<button id="theme" type="button">Theme: auto</button>
</header>
<dl class="facts">
${facts.map(([name, says]) => `<dt>${escaped(name)}</dt><dd>${escaped(says)}</dd>`).join("\n")}
</dl>
<noscript><p>This page colours its text with a script of its own. Allow scripts to see it.</p></noscript>
<main>
<section class="bar" aria-label="What the colours show">
<div class="choose">
<label>Colour by <select id="what">${options(page)}</select></label>
<span id="units" hidden>
<button id="previous" type="button" aria-label="previous unit">‹</button>
<label>unit <input id="unit" inputmode="numeric" autocomplete="off"></label>
<button id="next" type="button" aria-label="next unit">›</button>
</span>
<div id="legend"></div>
</div>
<div class="plot">
<div class="axis" aria-hidden="true"><span id="high"></span><span id="low"></span></div>
<div id="plot" role="img"><svg id="curve" viewBox="0 0 ${Math.max(1, page.tokens.length)} 100" preserveAspectRatio="none"></svg></div>
</div>
</section>
<div class="columns">
<div id="text"${isCode(page.tokens) ? ' class="code"' : ""} tabindex="0" role="application" aria-label="the text" aria-describedby="keys" dir="auto"></div>
<aside aria-label="The chosen ${page.unit}">
<div id="card" aria-live="polite"></div>
${findsHtml(page)}
</aside>
</div>
</main>
<section class="below">
<h2>Gradient decay and gain of context</h2>
${curvesHtml(curves, page.unit, bptt)}
</section>
<section class="below">
<h2>What is shown</h2>
<p id="keys">In the text, arrow keys go from ${page.unit} to ${page.unit} and from line to line. <kbd>[</kbd> and <kbd>]</kbd> go to the unit before and after,
and so do <kbd>↓</kbd> and <kbd>↑</kbd> in the field of the unit's number.</p>
${notes.map((note) => `<p>${escaped(note)}</p>`).join("\n")}
</section>
<script type="application/json" id="data">${dataText(page)}</script>
<script type="module">
${script()}</script>
</body>
</html>
`;
}

/** Source code and tables: many brackets, operators and tabs. They are set in a monospace font. */
function isCode(tokens: readonly string[]): boolean {
  const text = tokens.join("");
  const signs = text.match(/[{}()[\]<>=;_|\t]|^ {2,}/gm) ?? [];
  return signs.length > 0.04 * text.length;
}

/** JSON in which no tag or comment can begin. */
function dataText(page: ShownPage): string {
  return JSON.stringify(page).replace(/</g, "\\u003c");
}

/** The compiled script of the page. */
function script(): string {
  return readFileSync(new URL("../../page/show.js", import.meta.url), "utf8");
}

function options({ series }: ShownPage): string {
  const layers = [...new Set(series.map(({ layer }) => layer))];
  const groups = layers.map((layer) => {
    const rows = series.flatMap((each, i) =>
      each.layer === layer ? [`<option value="${i}">${escaped(`${each.name}, ${each.label}`)}</option>`] : [],
    );
    return `<optgroup label="Layer ${layer}">${rows.join("")}</optgroup>`;
  });
  return `<option value="surprisal">surprisal</option>${groups.join("")}`;
}

function findsHtml({ finds, series }: ShownPage): string {
  const rows = finds.map(({ feature, series: s, position, first, second }, i) => {
    const { layer, name, units } = series[s]!;
    const who = escaped(`layer ${layer}, ${name} of unit ${units[position]}`);
    const firstHalf = `<small>first half ${signed(first)}</small>`;
    return (
      `<li><button type="button" ` +
      `data-find="${i}"><span>${escaped(feature)}</span><b>${signed(second)}</b><small>${who}</small>${firstHalf}</button></li>`
    );
  });
  const none = "<p>No unit is correlated with a simple feature of this text, or the text is too short.</p>";
  return `<section id="finds"><h2>Units correlated with a feature of the text</h2>
${rows.length === 0 ? none : `<ul>${rows.join("\n")}</ul>`}
<p class="note">The units with the highest correlation in the first half of the text; the number is the correlation in the second half. It does not say what a unit is for.</p>
</section>`;
}

const signed = (x: number) => `${x < 0 ? "−" : "+"}${Math.abs(x).toFixed(2)}`;

function curvesHtml(curves: Curves | string, unit: string, bptt: number | undefined): string {
  if (typeof curves === "string") return `<p>${escaped(curves)}</p>`;
  const { gradientDecay, context, says } = curves;
  const panels = [gradientPanel(gradientDecay, `${unit}s`, bptt), contextPanel(context, `${unit}s`, bptt)];
  const mark = bptt === undefined ? "" : ` The dotted line is the bptt of its training, ${bptt}.`;
  const tops = panels.map((panel, i) => drawn(panel, i * (PANEL + 20)).join("\n"));
  return `<p>${escaped(says + mark)}</p>
<svg viewBox="0 0 ${WIDTH} ${panels.length * (PANEL + 20)}" font-size="12" role="img" aria-label="gradient decay and gain of context">
${tops.join("\n")}
</svg>
${tableHtml(curves, unit)}`;
}

/** The same in numbers. */
function tableHtml({ gradientDecay, context }: Curves, unit: string): string {
  const row = (cells: readonly (string | number)[]) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`;
  const norms = gradientDecay.lags.map((lag, i) => row([lag, gradientDecay.norms[i]!.toPrecision(3)]));
  const losses = context.rows.map(({ tokens, nats }) => row([tokens, nats.toFixed(4)]));
  return `<details><summary>The same in numbers</summary>
<table><caption>Gradient</caption><tr><th>${unit}s back</th><th>norm, nats</th></tr>${norms.join("")}</table>
<table><caption>Context</caption><tr><th>${unit}s kept</th><th>loss, nats</th></tr>${losses.join("")}${row(["all", context.carried.toFixed(4)])}</table>
</details>`;
}
