// The report of reading, as data: facts about texts that a user may want to know and need not decide on.

/** How texts were read. */
export interface ReadingReport {
  /** Number of texts. */
  readonly files: number;
  /** Bytes of the texts as they lie there: packed, in their own encoding. */
  readonly bytes: number;
  /** Number of texts by encoding. What is not decoded has none: a string, or bytes that are tokens. */
  readonly encodings: Readonly<Record<string, number>>;
  /** Number of texts that gzip compressed. */
  readonly gzip: number;
  /** Number of U+FEFF: dropped at the start of a text or of a line, and kept within lines. */
  readonly marks: { readonly dropped: number; readonly kept: number };
  /** Number of line ends that are no LF, and whether they were kept. */
  readonly lineEnds: { readonly crlf: number; readonly cr: number; readonly kept: boolean };
  /** Number of texts that normalization changed. */
  readonly composed: number;
  /** Number of rows of a column without a text. */
  readonly emptyRows: number;
  /** Number of blank lines, where each line is a document. */
  readonly blankLines: number;
  /** Entries of folders that were skipped. */
  readonly skipped: SkippedEntries;
}

/** How the texts of a corpus were read. */
export interface CorpusReading {
  readonly train: ReadingReport;
  /** Of a validation text of its own. */
  readonly valid?: ReadingReport | undefined;
}

/** Why an entry of a folder is skipped. */
export type SkipReason = "hidden" | "copies" | "binary" | "encoded" | "excluded";

/** The reasons in words: one, and several. */
const skipReasons: Readonly<Record<SkipReason, readonly [one: string, several: string]>> = {
  hidden: ["hidden entry", "hidden entries"],
  copies: ["editor's copy", "editors' copies"],
  binary: ["file that is no text", "files that are no texts"],
  encoded: ["file in another encoding", "files in other encodings"],
  excluded: ["file by `include` and `exclude`", "files by `include` and `exclude`"],
};

export interface SkippedEntries extends Readonly<Partial<Record<SkipReason, number>>> {
  /** The first file in another encoding, and which that may be. */
  readonly example?: string;
}

/** "3 hidden entries", "1 editor's copy" … */
export function describeSkipped(skipped: SkippedEntries): string[] {
  return (Object.keys(skipReasons) as SkipReason[]).flatMap((reason) => {
    const count = skipped[reason];
    if (count === undefined) return [];
    const example = reason === "encoded" && skipped.example !== undefined ? ` (${skipped.example})` : "";
    return [`${count} ${skipReasons[reason][count === 1 ? 0 : 1]}${example}`];
  });
}

/** What a stage finds in one text. */
export interface Facts {
  readonly gzip: true;
  /** `by`: the setting, a byte order mark, the look of its bytes, or nothing: it is UTF-8. */
  readonly encoding: { readonly name: string; readonly by: "setting" | "mark" | "look" | "default" };
  readonly marks: { readonly first: boolean; readonly lines: number; readonly within: number };
  readonly lineEnds: { readonly crlf: number; readonly cr: number; readonly kept: boolean };
  readonly composed: true;
  readonly emptyRows: { readonly count: number; readonly column: string };
  readonly blankLines: number;
}

/** Collects a report while texts are read. */
export interface ReportBuilder {
  add<Kind extends keyof Facts>(kind: Kind, fact: Facts[Kind]): void;
  /** Counts a text. */
  file(): void;
  /** Counts bytes as they lie there. */
  bytes(count: number): void;
  skipped(entries: SkippedEntries): void;
  finish(): ReadingReport;
}

export function reportBuilder(): ReportBuilder {
  const all = {
    files: 0,
    bytes: 0,
    encodings: {} as Record<string, number>,
    gzip: 0,
    marks: { dropped: 0, kept: 0 },
    lineEnds: { crlf: 0, cr: 0, kept: false },
    composed: 0,
    emptyRows: 0,
    blankLines: 0,
    skipped: {} as Partial<Record<SkipReason, number>> & { example?: string },
  };
  const adders: { readonly [Kind in keyof Facts]: (fact: Facts[Kind]) => void } = {
    gzip() {
      all.gzip += 1;
    },
    encoding({ name }) {
      all.encodings[name] = (all.encodings[name] ?? 0) + 1;
    },
    marks({ first, lines, within }) {
      all.marks.dropped += (first ? 1 : 0) + lines;
      all.marks.kept += within;
    },
    lineEnds({ crlf, cr, kept }) {
      all.lineEnds = { crlf: all.lineEnds.crlf + crlf, cr: all.lineEnds.cr + cr, kept };
    },
    composed() {
      all.composed += 1;
    },
    emptyRows({ count }) {
      all.emptyRows += count;
    },
    blankLines(count) {
      all.blankLines += count;
    },
  };
  return {
    add: (kind, fact) => adders[kind](fact),
    file() {
      all.files += 1;
    },
    bytes(count) {
      all.bytes += count;
    },
    skipped({ example, ...entries }) {
      if (example !== undefined) all.skipped.example ??= example;
      for (const reason of Object.keys(entries) as SkipReason[]) {
        all.skipped[reason] = (all.skipped[reason] ?? 0) + (entries[reason] ?? 0);
      }
    },
    finish: () => structuredClone(all),
  };
}
