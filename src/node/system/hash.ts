// SHA-256 by node:crypto.

import { createHash } from "node:crypto";
import type { NewHash } from "../../base/ports.js";

const MOST_AT_ONCE = 2 ** 30; // Node's own limit is 2^31 − 1 bytes per call

export const nodeHash: NewHash = () => {
  const hash = createHash("sha256");
  return {
    update(bytes) {
      for (let at = 0; at < bytes.length; at += MOST_AT_ONCE) hash.update(bytes.subarray(at, at + MOST_AT_ONCE));
    },
    hex: async () => hash.digest("hex"),
  };
};
