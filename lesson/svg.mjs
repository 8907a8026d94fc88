// An SVG page for light and dark themes, with the colours of Okabe and Ito that have contrast on both and that
// colour-blind readers can distinguish, and a dash pattern for each.

import { escaped, text } from "../bench/picture.mjs";

export { text };

export const PALETTE = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "var(--ink)"];
export const DASHES = ["", "7 3", "2 3", "9 3 2 3"];

const STYLE = `
svg { --ink: #1b1b1b; --paper: #ffffff; --faint: #767676 }
@media (prefers-color-scheme: dark) { svg { --ink: #ececec; --paper: #16181c; --faint: #9a9a9a } }
text { fill: var(--ink); stroke: var(--paper); stroke-width: 3px; paint-order: stroke; stroke-linejoin: round }
.faint { fill: var(--faint) }
`;

/** The page. `body`: lines of SVG; `about`: a description for screen readers. */
export function page({ width, height, title, about, body }) {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ` +
      `${height}" font-family="sans-serif" font-size="12" role="img">`,
    `<title>${escaped(title)}</title><desc>${escaped(about)}</desc><style>${STYLE}</style>`,
    '<rect width="100%" height="100%" fill="var(--paper)"/>',
    text(12, 22, title, 'font-weight="bold" font-size="14"'),
    ...body,
    "</svg>\n",
  ].join("\n");
}
