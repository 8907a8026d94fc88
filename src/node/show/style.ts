// Style sheet of the page of `longhand show`, with the colours of colours.ts. A level of colour is a class: s for
// surprisal, p for values above and n for values below the middle of their range. Each level has a bar whose height
// grows with it, below the token, or above it for n.

import { STEPS, type Theme, themes } from "./colours.js";

function variables(theme: Theme, scheme: string): string {
  const plain = (["paper", "ink", "faint", "line", "card", "accent"] as const).map(
    (name) => `--${name}:${theme[name]}`,
  );
  const levels = (letter: string, colours: readonly string[]) =>
    colours.map((colour, i) => `--${letter}${i}:${colour}`);
  return [
    `color-scheme:${scheme}`,
    ...plain,
    ...levels("s", theme.surprisal),
    ...levels("p", theme.positive),
    ...levels("n", theme.negative),
    ...Object.entries(theme.marks).map(([name, colour]) => `--mark-${name}:${colour}`),
  ].join(";");
}

/** A CSS rule for each level. The bar is at most 2 px high. */
function levels(letter: string, count: number, mark: string, above: boolean): string {
  return Array.from({ length: count + 1 }, (_, i) => {
    const high = Math.round((4 * i) / count) / 2;
    const bar = high === 0 ? "" : `;box-shadow:inset 0 ${above ? "" : "-"}${high}px 0 var(--mark-${mark})`;
    return `.${letter}${i}{background:var(--${letter}${i})${bar}}`;
  }).join("\n");
}

export const style = `
:root{${variables(themes.light, "light")}}
@media (prefers-color-scheme:dark){:root:not([data-theme="light"]){${variables(themes.dark, "dark")}}}
:root[data-theme="dark"]{${variables(themes.dark, "dark")}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:76rem;padding:2.5rem 1.5rem 4rem;background:var(--paper);color:var(--ink);
  font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif}
h1{font:600 1.75rem/1.2 "Iowan Old Style","Palatino Linotype",Palatino,Georgia,"DejaVu Serif",serif;margin:0}
h2{font-size:1rem;margin:0 0 .5rem}
header{display:flex;gap:1rem;align-items:baseline;justify-content:space-between}
.facts{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem;margin:1rem 0 1.5rem;color:var(--ink)}
.facts dt{color:var(--faint)}
.facts dd{margin:0;overflow-wrap:anywhere}
button,select,input{font:inherit;color:inherit;background:var(--card);border:1px solid var(--faint);border-radius:6px;
padding:.25rem .6rem}
button{cursor:pointer}
input{width:5.5rem}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.bar{position:sticky;top:0;z-index:1;background:var(--paper);margin:0 -.5rem;padding:.75rem .5rem;
border-bottom:1px solid var(--line)}
.choose{display:flex;flex-wrap:wrap;gap:.5rem 1.25rem;align-items:center}
.choose label{display:inline-flex;gap:.5rem;align-items:center}
#units{display:inline-flex;gap:.4rem;align-items:center}
#units[hidden]{display:none}
#legend{margin:0 0 0 auto;font-size:.8rem;color:var(--faint);min-width:20rem}
.swatches{display:flex;border:1px solid var(--line)}
.swatches .t{flex:1;height:1.15rem}
.ends{display:flex;justify-content:space-between}
.plot{display:grid;grid-template-columns:3rem 1fr;gap:.5rem;margin-top:.6rem;font-size:.75rem;color:var(--faint)}
.axis{display:flex;flex-direction:column;justify-content:space-between;text-align:right;line-height:1}
#plot{cursor:crosshair;border-left:1px solid var(--line)}
#curve{display:block;width:100%;height:4.25rem;overflow:visible}
#curve path{fill:none;vector-effect:non-scaling-stroke}
.each{stroke:var(--faint);stroke-width:.6;opacity:.55}
.mean{stroke:var(--ink);stroke-width:1.6;stroke-linejoin:round}
.middle{stroke:var(--line)}
.here{stroke:var(--accent);stroke-width:2}
.columns{display:grid;grid-template-columns:minmax(0,1fr) 19rem;gap:2.5rem;margin-top:1.5rem;align-items:start}
#text{position:relative;scroll-margin-top:12.5rem;
font:1.1rem/2 "Iowan Old Style","Palatino Linotype",Palatino,Georgia,"DejaVu Serif",serif;
  max-width:47rem;white-space:pre-wrap;overflow-wrap:anywhere;tab-size:4;border-radius:4px;forced-color-adjust:none;
color:var(--ink);
  background:var(--paper)}
#text.code{font-family:ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.92rem}
.t{padding:.12em 0;scroll-margin:12rem 0 4rem}
.unknown{outline:1px dotted var(--ink);outline-offset:-1px}
.cursor{outline:2px solid var(--ink);outline-offset:1px;position:relative}
aside{position:sticky;top:11.5rem;max-height:calc(100vh - 12rem);overflow:auto;font-size:.92rem}
#card{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:.9rem 1.1rem;min-height:17.5rem}
#card p{margin:.15rem 0}
#card .head{font:1.25rem/1.4 "Iowan Old Style","Palatino Linotype",Palatino,Georgia,"DejaVu Serif",serif;
white-space:pre;overflow:hidden}
#card .before{color:var(--faint)}
#card .head b{border-bottom:2px solid var(--accent)}
#card .position,.label,.note{color:var(--faint);font-size:.85rem}
#card .label{margin-top:.6rem}
.guesses{list-style:none;margin:.2rem 0 0;padding:0}
.guesses li{display:grid;grid-template-columns:4.5rem 1fr 3.2rem 4rem;gap:.4rem;align-items:center}
.name{font-family:"Iowan Old Style","Palatino Linotype",Palatino,Georgia,"DejaVu Serif",serif;white-space:pre;
overflow:hidden;text-overflow:ellipsis}
.share{height:.55rem;
background:linear-gradient(var(--accent),var(--accent)) no-repeat 0/calc(100% * var(--p)) 100%,var(--line);
border-radius:3px}
.p{text-align:right;font-variant-numeric:tabular-nums}
.came{font-weight:600}
#finds{margin-top:1.5rem}
#finds ul{list-style:none;margin:.4rem 0;padding:0}
#finds button{display:grid;grid-template-columns:1fr max-content;gap:0 .75rem;width:100%;text-align:left;
margin:.3rem 0;padding:.35rem .7rem}
#finds button small{color:var(--faint)}
#finds button :nth-child(even){text-align:right}
#finds button[aria-pressed="true"]{border-color:var(--accent);box-shadow:inset 3px 0 0 var(--accent)}
.below{margin-top:3rem;border-top:1px solid var(--line);padding-top:1.5rem;max-width:52rem}
.below svg{width:100%;height:auto;display:block}
.below text{fill:var(--ink)}
.below .faint{fill:var(--faint)}
details table{display:inline-table;margin:.75rem 2.5rem .5rem 0;vertical-align:top;font-variant-numeric:tabular-nums}
caption{text-align:left;font-weight:600}
th,td{text-align:right;padding:.05rem .6rem;border-bottom:1px solid var(--line)}
th{font-weight:400;color:var(--faint)}
kbd{font:inherit;font-size:.85em;border:1px solid var(--faint);border-radius:4px;padding:0 .35em}
@media (max-height:34rem){.bar,aside{position:static;max-height:none}}
@media (max-width:58rem){
  .columns{display:flex;flex-direction:column;align-items:stretch;gap:1.5rem}
  aside{display:contents}
  #card{min-height:0;order:-1}
  #legend{margin-left:0;width:100%}
}
${levels("s", STEPS.surprisal, "surprisal", false)}
${levels("p", STEPS.signed, "positive", false)}
${levels("n", STEPS.signed, "negative", true)}
`;
