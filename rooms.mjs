// Drawing of the rooms of src/ and the arrows between them: docs/rooms.svg, from the imports of every file. `npm run
// docs` runs it; --print writes the picture to standard output. Floors come from the table in ARCHITECTURE.md.
//
// A box is a room (a folder) or the loose files of a folder. An arrow goes from a room to one that it imports, within
// one folder of src/; an arrow that follows from others is left out. Imports between the floors stand in words below a
// folder's name.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL(".", import.meta.url));
const read = (path) => readFileSync(posix.join(root, path), "utf8");

/** The imports of every source: from "model/layer.ts" to the list of the files it imports. */
function readImports() {
  const files = readdirSync(posix.join(root, "src"), { recursive: true })
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => file.endsWith(".ts") && file !== "portable.d.ts")
    .sort();
  const form = /\b(?:(?:from|import)\s*\(?\s*|new\s+URL\(\s*)["'](\.[^"']*)\.js["']/g;
  return new Map(
    files.map((file) => {
      const code = read(`src/${file}`)
        .replace(/\/\*[\s\S]*?\*\//g, "")
        .replace(/(^|[^:"'`])\/\/.*$/gm, "$1");
      const targets = [...code.matchAll(form)].map((match) => `${posix.join(posix.dirname(file), match[1])}.ts`);
      return [file, targets.filter((target) => files.includes(target))];
    }),
  );
}

/** Floors of the table in ARCHITECTURE.md: from "model" to 3. */
function readFloors() {
  const rows = read("ARCHITECTURE.md").matchAll(/^\| (\d+) \| (.*?) \|/gm);
  return new Map(
    [...rows].flatMap(([, floor, names]) =>
      [...names.matchAll(/`([\w-]+)(?:\/|\.ts)`/g)].map(([, name]) => [name, Number(floor)]),
    ),
  );
}

/** The folder of src/ that a file belongs to: node.ts and node/files/texts.ts both belong to node. */
const folderOf = (file) => file.split("/")[0].replace(/\.ts$/, "");

/**
 * The rooms of a folder with their arrows. Its loose files make up to three boxes: above, between and below its rooms.
 */
function roomsOf(folder, imports) {
  const files = [...imports.keys()].filter((file) => folderOf(file) === folder);
  const isLoose = (file) => file.split("/").length < 3;
  const targets = new Map(files.map((file) => [file, imports.get(file).filter((to) => folderOf(to) === folder)]));
  const closure = (file, seen = new Set()) => {
    for (const target of targets.get(file)) if (!seen.has(target)) closure(target, seen.add(target));
    return seen;
  };
  const used = new Set(files.filter((file) => !isLoose(file)).flatMap((file) => [...closure(file)]));
  const nameOf = (file) => {
    if (!isLoose(file)) return file.split("/").slice(1, -1).join("/");
    if ([...closure(file)].every(isLoose)) return used.has(file) ? "below" : "apart";
    return used.has(file) ? "between" : "above";
  };
  const rooms = new Map();
  for (const file of files) {
    const name = nameOf(file);
    if (!rooms.has(name)) rooms.set(name, { name, files: [], to: new Set(), loose: isLoose(file) });
    rooms.get(name).files.push(file.split("/").at(-1).replace(/\.ts$/, ""));
  }
  for (const file of files) {
    for (const target of targets.get(file)) {
      if (nameOf(target) !== nameOf(file)) rooms.get(nameOf(file)).to.add(nameOf(target));
    }
  }
  return rooms;
}

/** Removes the arrows that follow from others, and gives each room its column: 0 for a room that imports no other. */
function layOut(rooms) {
  const column = (name, path = []) => {
    const next = [...rooms.get(name).to].filter((each) => !path.includes(each));
    return Math.max(-1, ...next.map((each) => column(each, [...path, name]))) + 1;
  };
  const reach = (from, to, seen = new Set()) => {
    if (seen.has(from)) return false;
    seen.add(from);
    return [...rooms.get(from).to].some((next) => next === to || reach(next, to, seen));
  };
  const arrows = [];
  for (const [from, room] of rooms) {
    for (const to of room.to) {
      const follows = [...room.to].some((other) => other !== to && !reach(other, from) && reach(other, to));
      if (!follows) arrows.push([from, to]);
    }
  }
  for (const [name, room] of rooms) room.column = column(name);
  return arrows;
}

const WIDTH = 1160;
const CHARACTER = 7;
const ROW = 34;
const GAP = 46;
const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
const text = (x, y, kind, words) => `<text x="${x}" y="${y}" class="${kind}">${escaped(words)}</text>`;

/** The words in a box: a room's name, or the names of loose files in lines of at most 22 characters. */
function linesOf({ name, files, loose }) {
  if (!loose) return [name];
  const lines = [];
  for (const file of files) {
    if (lines.length > 0 && `${lines.at(-1)} ${file}`.length <= 22) lines[lines.length - 1] += ` ${file}`;
    else lines.push(file);
  }
  return lines.length > 4 ? [...lines.slice(0, 3), `… ${files.length} files`] : lines;
}

/**
 * A folder as a panel: its name, what it imports from other folders, its rooms in columns and the arrows between them.
 */
function drawFolder(folder, imports) {
  const rooms = roomsOf(folder, imports);
  const arrows = layOut(rooms);
  const columns = [];
  for (const room of rooms.values()) {
    room.lines = linesOf(room);
    room.width = Math.max(...room.lines.map((line) => line.length)) * CHARACTER + 18;
    room.height = Math.max(24, 15 * room.lines.length + 10);
    columns[room.column] ??= [];
    columns[room.column].push(room);
  }
  const filled = columns.filter((column) => column !== undefined).reverse(); // an arrow goes from left to right
  const foreign = new Set([...imports].flatMap(([file, to]) => (folderOf(file) === folder ? to.map(folderOf) : [])));
  foreign.delete(folder);
  const uses = foreign.size > 0 ? `imports ${[...foreign].sort().join(", ")}` : "imports no other folder";
  const heightOf = (column) => column.reduce((sum, { height }) => sum + height + 10, -10);
  const inner = Math.max(...filled.map(heightOf), ROW);
  let x = 14;
  for (const column of filled) {
    const width = Math.max(...column.map((room) => room.width));
    let y = 52 + (inner - heightOf(column)) / 2;
    for (const room of column) {
      Object.assign(room, { x, y, boxWidth: width });
      y += room.height + 10;
    }
    x += width + GAP;
  }
  const width = Math.max(x - GAP + 14, uses.length * 6 + 28);
  const parts = [`<rect width="${width}" height="${inner + 66}" class="folder"/>`];
  parts.push(text(14, 22, "name", folder), text(14, 39, "uses", uses));
  for (const [from, to] of arrows) {
    const a = rooms.get(from);
    const b = rooms.get(to);
    const start = `${a.x + a.boxWidth} ${a.y + a.height / 2}`;
    const end = `${b.x - 3} ${b.y + b.height / 2}`;
    const bend = Math.max(20, (b.x - a.x - a.boxWidth) / 2);
    const path = `M${start}C${a.x + a.boxWidth + bend} ${a.y + a.height / 2} ${b.x - bend} ${b.y + b.height / 2} ${end}`;
    parts.push(`<path d="${path}" class="arrow" marker-end="url(#tip)"/>`);
  }
  for (const room of rooms.values()) {
    const kind = room.loose ? "loose" : "room";
    parts.push(`<rect x="${room.x}" y="${room.y}" width="${room.boxWidth}" height="${room.height}" class="${kind}"/>`);
    for (const [i, line] of room.lines.entries()) parts.push(text(room.x + 9, room.y + 17 + 15 * i, kind, line));
  }
  return { width, height: inner + 66, parts };
}

const STYLE = `text{font:12px ui-monospace,Menlo,Consolas,monospace;fill:#222}
.name{font-weight:bold;font-size:14px}.uses{font-size:10px;fill:#666}.floor{font:bold 12px system-ui,sans-serif;fill:#777}
.ground{fill:#fff}.folder{fill:#f4f6f8;stroke:#c5ccd3;rx:6}rect.room{fill:#dbe9f6;stroke:#7fa3c7;rx:4}
rect.loose{fill:#fff;stroke:#b5b5b5;stroke-dasharray:4 3;rx:4}text.loose{fill:#555}.arrow{fill:none;stroke:#44617e;stroke-width:1.3}
@media(prefers-color-scheme:dark){.ground,rect.loose{fill:#16181c}text,.uses,.floor,text.loose{fill:#d5d9de}
.folder{fill:#20242a;stroke:#4a525c}rect.room{fill:#20384f;stroke:#5f86ab}.arrow{stroke:#9ab4cd}}`;

/** The whole picture, the highest floor first. */
export function drawRooms(imports = readImports(), floors = readFloors()) {
  const levels = new Map();
  for (const folder of new Set([...imports.keys()].map(folderOf))) {
    const floor = floors.get(folder);
    if (floor === undefined) throw new Error(`src/${folder} stands on no floor of ARCHITECTURE.md.`);
    levels.set(floor, [...(levels.get(floor) ?? []), folder]);
  }
  const parts = [];
  let y = 12;
  for (const floor of [...levels.keys()].sort((a, b) => b - a)) {
    parts.push(text(12, y + 22, "floor", `floor ${floor}`));
    let x = 80;
    let height = 0;
    for (const folder of levels.get(floor).sort()) {
      const panel = drawFolder(folder, imports);
      if (x > 80 && x + panel.width > WIDTH) {
        x = 80;
        y += height + 10;
        height = 0;
      }
      parts.push(`<g transform="translate(${x} ${y})">`, ...panel.parts, "</g>");
      x += panel.width + 12;
      height = Math.max(height, panel.height);
    }
    y += height + 18;
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH + 20} ${y}" font-size="12">
<title>The rooms of src/: an arrow goes from a room to one that it imports</title>
<style>${STYLE}</style>
<marker id="tip" markerWidth="7" markerHeight="7" refX="5" refY="3.5" orient="auto"><path d="M0 0L7 3.5L0 7z" fill="#44617e"/></marker>
<rect width="100%" height="100%" class="ground"/>
${parts.join("\n")}
</svg>
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes("--print")) process.stdout.write(drawRooms());
  else writeFileSync(posix.join(root, "docs/rooms.svg"), drawRooms());
}
