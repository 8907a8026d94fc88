// Encodings: which one a text has, by its bytes, and which one a text that is no UTF-8 may have.

import { LonghandError, shown, usageError } from "../../base/errors.js";
import type { SettingRow } from "../../base/setting.js";

export const encodingSetting = {
  name: "encoding",
  group: "text",
  type: "text",
  default: "auto",
  form: "auto, or a name such as utf-16le, windows-1252, shift_jis, gb18030",
  help: "encoding of the text; auto: UTF-8, or UTF-16 if it looks like it",
} as const satisfies SettingRow;

/** Throws a usage error for an encoding that this platform does not know. */
export function checkEncoding(encoding: string): void {
  if (encoding === "auto") return;
  try {
    new TextDecoder(encoding);
  } catch {
    throw usageError(
      `encoding wants auto, or the name of an encoding that TextDecoder knows; got ${shown(encoding)}.`,
      "Names are for example utf-8, utf-16le, windows-1252, shift_jis, euc-jp, gb18030, big5, euc-kr, koi8-r.",
      "encoding",
    );
  }
}

/** The encoding that the mark at a text's start names. */
export function markedEncoding(head: Uint8Array): "utf-16le" | "utf-16be" | undefined {
  if (head[0] === 0xff && head[1] === 0xfe) return "utf-16le";
  return head[0] === 0xfe && head[1] === 0xff ? "utf-16be" : undefined;
}

const utf16 = ["utf-16le", "utf-16be"] as const;

/**
 * Whether bytes with a NUL among them are UTF-16 without a mark: all of them are assigned characters and no controls.
 * Where both byte orders are possible, the one with more spaces, line ends and ASCII letters.
 */
export function unmarkedUtf16(head: Uint8Array, whole: boolean): (typeof utf16)[number] | undefined {
  if ((whole && head.length % 2 === 1) || asciiPairs(head) > MOST_ASCII) return undefined;
  const found = utf16.flatMap((encoding) => {
    // The last pair may be half of a character.
    const text = decoded(head.subarray(0, whole ? head.length : 2 * Math.floor(head.length / 2) - 2), encoding);
    if (text === undefined || text === "" || NO_TEXT.test(text)) return [];
    return [{ encoding, common: text.match(COMMON)?.length ?? 0 }];
  });
  const [best] = found.sort((a, b) => b.common - a.common);
  return best !== undefined && best.common > 0 ? best.encoding : undefined;
}
/** The share of pairs of bytes that are both visible ASCII: nearly all of ASCII text, a fifth of Chinese UTF-16. */
function asciiPairs(bytes: Uint8Array): number {
  const isVisible = (byte: number | undefined) => byte !== undefined && byte >= 0x20 && byte < 0x7f;
  let count = 0;
  for (let at = 0; at < bytes.length; at += 2) if (isVisible(bytes[at]) && isVisible(bytes[at + 1])) count += 1;
  return (2 * count) / bytes.length;
}
const MOST_ASCII = 0.5;

// biome-ignore lint/suspicious/noControlCharactersInRegex: a control character is what makes it no text
const NO_TEXT = /[\0-\x08\x0e-\x1a\x1c-\x1f\x7f-\x84\x86-\x9f\p{Cn}\p{Co}]/u;
const COMMON = /[ \t\r\n\w.,;:!?'"-]/g;

function decoded(bytes: Uint8Array, encoding: string): string | undefined {
  for (const length of [bytes.length, bytes.length - 2]) {
    try {
      return new TextDecoder(encoding, { fatal: true }).decode(bytes.subarray(0, Math.max(0, length)));
    } catch {
      // Its last two bytes may be the first half of a pair.
    }
  }
  return undefined;
}

/** The likeliest encoding of bytes that are no UTF-8, which decodes them; undefined where none is likely. */
export async function likelyEncoding(bytes: Uint8Array): Promise<string | undefined> {
  if (bytes.length < FEWEST) return undefined;
  const { analyse } = await import("../../libraries/chardet.js");
  const likely = analyse(bytes.subarray(0, 65536)).filter(({ confidence }) => confidence >= LIKELY);
  for (const { name } of likely) {
    const label = name === "ISO-8859-1" ? "windows-1252" : name.toLowerCase();
    try {
      const decoder = new TextDecoder(label, { fatal: true });
      decoder.decode(bytes, { stream: true });
      if (label !== "utf-8") return label;
    } catch {
      // Not this one: unknown to the platform, or it does not decode the bytes.
    }
  }
  return undefined;
}
const LIKELY = 10;
/** Fewer bytes say nothing. */
const FEWEST = 16;

/** The same error, which says what the encoding of the bytes may be. */
export async function withLikelyEncoding(error: unknown, bytes: Uint8Array): Promise<unknown> {
  if (!(error instanceof LonghandError) || error.code !== "text") return error;
  const likely = await likelyEncoding(bytes);
  if (likely === undefined) return error;
  return new LonghandError("text", error.message, { hint: encodingHint(likely) });
}

function encodingHint(encoding: string): string {
  return (
    `It looks like ${encoding}: read it with \`encoding: "${encoding}"\`, or convert it with ` +
    `iconv -f ${encoding.toUpperCase()} -t UTF-8. \`unit: "byte"\` reads any bytes.`
  );
}
