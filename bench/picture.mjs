// Charts as SVG text: bars with their spread, and lines over two logarithmic axes.

const WIDTH = 720;
const colours = ["#2f6f9f", "#c8553d", "#588b4c", "#8a5a9e", "#b08900", "#4d4d4d"];
/** In dark mode the paper is dark and the text light. */
const STYLE =
  "<style>@media(prefers-color-scheme:dark){.paper{fill:#16181c}text:not([fill]){fill:#ececec}" +
  "[stroke='#000']{stroke:#ececec}}</style>";
export const escaped = (text) => String(text).replace(/&/g, "&amp;").replace(/</g, "&lt;");
export const text = (x, y, words, more = "") =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${more}>${escaped(words)}</text>`;

function page(title, height, body) {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ` +
      `${height}" font-family="sans-serif" font-size="12" role="img">`,
    `<title>${escaped(title)}</title>${STYLE}<rect width="100%" height="100%" fill="#fff" class="paper"/>`,
    text(12, 20, title, 'font-weight="bold" font-size="14"'),
    ...body,
    "</svg>\n",
  ].join("\n");
}

/** A bar chart of rows `{ label, series, median, min, max }`, coloured by series; a thin line shows the spread. */
export function bars(title, unit, rows) {
  const left = 330;
  const step = 22;
  const most = Math.max(...rows.map((row) => row.max));
  const x = (value) => (value / most) * (WIDTH - left - 90);
  const series = [...new Set(rows.map((row) => row.series))];
  const body = rows.flatMap((row, i) => {
    const y = 40 + i * step;
    const colour = colours[series.indexOf(row.series) % colours.length];
    return [
      text(left - 8, y + 12, row.label, 'text-anchor="end"'),
      `<rect x="${left}" y="${y}" width="${x(row.median).toFixed(1)}" height="${step - 7}" fill="${colour}"/>`,
      `<path d="M${(left + x(row.min)).toFixed(1)} ${y + 7.5}H${(left + x(row.max)).toFixed(1)}" stroke="#000"/>`,
      text(left + x(row.max) + 6, y + 12, `${row.shown} ${unit}`),
    ];
  });
  return page(title, 50 + rows.length * step, body);
}

/** A line chart over logarithmic axes, of lines `{ name, points: [[x, y], …] }`. */
export function lines(title, xName, yName, series) {
  const left = 60;
  const right = WIDTH - 150;
  const top = 45;
  const bottom = 315;
  const height = 360;
  const scale = (values, from, to) => {
    const low = Math.log(Math.min(...values));
    const high = Math.log(Math.max(...values));
    return (value) => from + ((Math.log(value) - low) / (high - low || 1)) * (to - from);
  };
  const xs = [...new Set(series.flatMap(({ points }) => points.map(([x]) => x)))].sort((a, b) => a - b);
  const ys = series.flatMap(({ points }) => points.map(([, y]) => y));
  const lowest = Math.min(...ys);
  const highest = Math.max(...ys, 2 * lowest); // a range of at least 2, so that 10% looks small
  const x = scale(xs, left, right);
  const y = scale([lowest, highest], bottom, top);
  const body = [
    `<path d="M${left} ${top}V${bottom}H${right}" fill="none" stroke="#999"/>`,
    ...xs.map((value) => text(x(value), bottom + 16, value, 'text-anchor="middle"')),
    ...[lowest, Math.sqrt(lowest * highest), highest].map((value) =>
      text(left - 6, y(value) + 4, value.toPrecision(2), 'text-anchor="end"'),
    ),
    text((left + right) / 2, height - 10, xName, 'text-anchor="middle"'),
    text(12, top - 10, yName),
    ...series.flatMap(({ name, points }, i) => {
      const path = points.map(([px, py]) => `${x(px).toFixed(1)} ${y(py).toFixed(1)}`).join("L");
      const [, lastY] = points.at(-1);
      return [
        `<path d="M${path}" fill="none" stroke="${colours[i % colours.length]}" stroke-width="2"/>`,
        text(right + 8, y(lastY) + 4, name, `fill="${colours[i % colours.length]}"`),
      ];
    }),
  ];
  return page(title, height, body);
}
