// Quick looks at bytes: Node's own functions.

import { isAscii } from "node:buffer";
import type { ByteSearch } from "../../text/reading/rules.js";

export const nodeSearch: ByteSearch = {
  isAscii,
  indexOf: (bytes, byte) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(byte),
};
