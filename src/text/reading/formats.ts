// Files that are no plain text, by their first bytes, each with the command that takes their text out.

/** What a file is. */
export interface Format {
  /** "a PDF document" */
  readonly name: string;
  /** The command that makes a text of the file `$`. */
  readonly command: string;
  /** It is read, with its markup, and a notice. */
  readonly markup?: true;
}

interface Row extends Format {
  /** The bytes at `at` (0), as Latin-1. */
  readonly begins: string;
  readonly at?: number;
  /** What stands in the first bytes besides. */
  readonly holds?: RegExp;
}

const ZIP = "PK\x03\x04";
const PANDOC = "pandoc $ -t plain -o text.txt";
const OFFICE = "libreoffice --headless --convert-to txt:Text $";
const image = { name: "an image", command: "tesseract $ text" };
const sound = { name: "a sound", command: "whisper $ --output_format txt" };
const program = { name: "a program", command: "strings $ > text.txt" };
const utf32 = { name: "a text in UTF-32", command: "iconv -f UTF-32 -t UTF-8 $ > text.txt" };

const rows: readonly Row[] = [
  { begins: "%PDF-", name: "a PDF document", command: "pdftotext $ text.txt" },
  { begins: "%!PS", name: "a PostScript document", command: "ps2ascii $ text.txt" },
  { begins: "{\\rtf", name: "an RTF document", command: "pandoc $ -f rtf -t plain -o text.txt" },
  { begins: ZIP, holds: /word\//, name: "a Word document (docx)", command: PANDOC },
  { begins: ZIP, holds: /application\/epub/, name: "an EPUB book", command: PANDOC },
  { begins: ZIP, holds: /opendocument\.text/, name: "an OpenDocument text (odt)", command: PANDOC },
  { begins: ZIP, holds: /xl\/|opendocument\.spreadsheet/, name: "a spreadsheet", command: OFFICE },
  { begins: ZIP, holds: /ppt\/|opendocument\.presentation/, name: "a presentation", command: OFFICE },
  { begins: ZIP, name: "a zip archive", command: "unzip $" },
  { begins: "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", name: "an old Office document", command: OFFICE },
  { begins: "BZh", holds: /^BZh[1-9]1AY/, name: "compressed by bzip2", command: "bunzip2 -k $" },
  { begins: "\xfd7zXZ\0", name: "compressed by xz", command: "unxz -k $" },
  { begins: "\x28\xb5\x2f\xfd", name: "compressed by zstd", command: "unzstd $" },
  { begins: "7z\xbc\xaf\x27\x1c", name: "a 7z archive", command: "7z x $" },
  { begins: "Rar!\x1a\x07", name: "a RAR archive", command: "unrar x $" },
  { begins: "ustar", at: 257, name: "a tar archive", command: "tar -xf $" },
  { begins: "SQLite format 3\0", name: "an SQLite database", command: "sqlite3 $ .dump > text.txt" },
  { begins: "PAR1\x15", name: "a Parquet file", command: "parquet-tools csv $ > text.csv" },
  { begins: "\x89PNG\r\n", ...image },
  { begins: "\xff\xd8\xff", ...image },
  { begins: "GIF8", holds: /^GIF8[79]a/, ...image },
  { begins: "RIFF", holds: /^.{8}WEBP/s, ...image },
  { begins: "RIFF", holds: /^.{8}WAVE/s, ...sound },
  { begins: "ID3", holds: /^ID3[^ -~]/, ...sound },
  { begins: "OggS\0", ...sound },
  { begins: "fLaC\0", ...sound },
  { begins: "ftyp", at: 4, name: "a video", command: sound.command },
  { begins: "\x7fELF", ...program },
  { begins: "\0asm", ...program },
  { begins: "MZ", holds: /^MZ.{2,1000}PE(?![ -~])/s, ...program },
  { begins: "\xff\xfe\0\0", ...utf32 },
  { begins: "\0\0\xfe\xff", ...utf32 },
  {
    begins: "",
    holds: /^(\xef\xbb\xbf)?\s*(<!--.*?-->\s*)*(<\?xml[^>]*\?>\s*)?<(!doctype html|html[\s>])/is,
    name: "an HTML page",
    command: "pandoc $ -f html -t plain -o text.txt",
    markup: true,
  },
];

/** The format of a file that begins so; undefined for plain text and what is not known. */
export function formatOf(head: Uint8Array): Format | undefined {
  let text = "";
  for (const byte of head.subarray(0, 4096)) text += String.fromCharCode(byte);
  return rows.find(({ begins, at = 0, holds }) => text.startsWith(begins, at) && (holds?.test(text) ?? true));
}

/** Its command for a file of a name. */
export function commandFor({ command }: Format, name: string): string {
  return command.replace("$", () => (/^[\w./-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`));
}
