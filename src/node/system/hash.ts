// SHA-256 by node:crypto.

import { createHash } from "node:crypto";
import type { NewHash } from "../../base/ports.js";

export const nodeHash: NewHash = () => {
  const hash = createHash("sha256");
  return {
    update(bytes) {
      hash.update(bytes);
    },
    hex: async () => hash.digest("hex"),
  };
};
