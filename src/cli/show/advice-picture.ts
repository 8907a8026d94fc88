// Advice as an SVG picture: gradient decay, gain of context, cost of a token. Its colours follow the reader's light or
// dark mode. node/show/panels.ts draws the panels.

import {
  COLOURS,
  contextPanel,
  drawn,
  escaped,
  gradientPanel,
  PANEL,
  type Panel,
  text,
  WIDTH,
} from "../../node/show/panels.js";
import type { Advice } from "../../training/adviser/adviser.js";
import { shownOf } from "./advice.js";

const STYLE = `
svg { --ink: #1b1b1b; --paper: #ffffff; --faint: #767676 }
@media (prefers-color-scheme: dark) { svg { --ink: #ececec; --paper: #16181c; --faint: #9a9a9a } }
text { fill: var(--ink) }
.faint { fill: var(--faint) }
`;

/** The text of an SVG file. */
export function advicePicture(a: Advice): string {
  const panels = panelsOf(a);
  const height = 40 + panels.length * (PANEL + 20);
  const title = `bptt ${a.advised.bptt}, ${a.advised.batch} lanes, clip ${a.advised.clip}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" ` +
      `font-size="12" role="img">`,
    `<title>${escaped(title)}</title><desc>${escaped(Object.values(a.reasons).join(". "))}</desc><style>${STYLE}</style>`,
    '<rect width="100%" height="100%" fill="var(--paper)"/>',
    text(12, 22, title, 'font-weight="bold" font-size="14"'),
    ...panels.flatMap((panel, i) => drawn(panel, 40 + i * (PANEL + 20))),
    "</svg>\n",
  ].join("\n");
}

function panelsOf(a: Advice): Panel[] {
  const { gradientDecay, context, speeds, advised, unit } = a;
  const batches = shownOf(a, "batch").slice(0, COLOURS.length);
  const of = (lanes: number) => speeds.filter(({ batch }) => batch === lanes).sort((a, b) => a.bptt - b.bptt);
  return [
    gradientPanel(gradientDecay, unit, advised.bptt),
    contextPanel(context, unit, advised.bptt),
    {
      title: "Cost: microseconds per token",
      xName: "bptt",
      logarithmic: true,
      lines: batches.map((batch) => ({
        name: `${batch} lanes`,
        points: of(batch).map(({ bptt, seconds }) => [bptt, 1e6 * seconds] as const),
      })),
      mark: advised.bptt,
    },
  ];
}
