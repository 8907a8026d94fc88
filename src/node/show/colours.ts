// Colours of the page of `longhand show`, for a light and a dark theme: a scale from paper to violet for surprisal, and
// one from blue through paper to orange for signed values. Text is readable on every level of both, and a bar on the
// token shows the level without hue.

export const STEPS = { surprisal: 12, signed: 8 } as const;

type Colour = readonly [red: number, green: number, blue: number];

export interface Theme {
  readonly paper: string;
  readonly ink: string;
  readonly faint: string;
  readonly line: string;
  readonly card: string;
  readonly accent: string;
  /** Backgrounds by level, from the lowest to the highest. */
  readonly surprisal: readonly string[];
  readonly positive: readonly string[];
  readonly negative: readonly string[];
  /** Colours of the bar below or above a token. */
  readonly marks: { readonly surprisal: string; readonly positive: string; readonly negative: string };
}

export const themes: Readonly<Record<"light" | "dark", Theme>> = {
  light: {
    paper: "#fcfbf8",
    ink: "#1d1c1a",
    faint: "#66635c",
    line: "#dedbd2",
    card: "#f4f2ec",
    accent: "#7b2d74",
    surprisal: scale(STEPS.surprisal, "#fcfbf8", "#f4e1ef", "#dda7ce", "#bd6fb0"),
    positive: scale(STEPS.signed, "#fcfbf8", "#f9dcb8", "#f2b36b", "#e08a2c"),
    negative: scale(STEPS.signed, "#fcfbf8", "#cfe2f3", "#8fbde3", "#5596cf"),
    marks: { surprisal: "#5a1d55", positive: "#6b3800", negative: "#0b3a60" },
  },
  dark: {
    paper: "#17181c",
    ink: "#ecebe6",
    faint: "#a19f98",
    line: "#35363c",
    card: "#1f2025",
    accent: "#e3a6da",
    surprisal: scale(STEPS.surprisal, "#17181c", "#40283f", "#6b3967", "#924a8b"),
    positive: scale(STEPS.signed, "#17181c", "#452d14", "#6f4413", "#945810"),
    negative: scale(STEPS.signed, "#17181c", "#1a3350", "#204f7d", "#2867a4"),
    marks: { surprisal: "#f3cdee", positive: "#ffca85", negative: "#a9d5ff" },
  },
};

/** `steps` + 1 colours, interpolated between the anchors at equal distances. */
function scale(steps: number, ...anchors: readonly string[]): string[] {
  const points = anchors.map(channels);
  return Array.from({ length: steps + 1 }, (_, i) => {
    const at = (i / steps) * (points.length - 1);
    const k = Math.min(Math.floor(at), points.length - 2);
    const from = points[k]!;
    const to = points[k + 1]!;
    return hex(from.map((x, c) => Math.round(x + (at - k) * (to[c]! - x))));
  });
}

function channels(colour: string): Colour {
  const at = (from: number) => Number.parseInt(colour.slice(from, from + 2), 16);
  return [at(1), at(3), at(5)];
}

function hex(channels: readonly number[]): string {
  return `#${channels.map((x) => x.toString(16).padStart(2, "0")).join("")}`;
}
