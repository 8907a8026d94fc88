// SHA-256 by crypto.subtle. Browsers give it to secure contexts only: pages from https or from the visitor's own
// machine.

import { joinBytes } from "../base/bytes.js";
import { usageError } from "../base/errors.js";
import type { NewHash } from "../base/ports.js";

/** Whether this page, or this worker, may hash. */
export function canHash(): boolean {
  return globalThis.crypto?.subtle !== undefined;
}

/**
 * crypto.subtle takes all bytes at once, so the pieces are kept, not copied, until the end: leave them as they are.
 * Throws a usage error where the page is no secure context.
 */
export const browserHash: NewHash = () => {
  if (!canHash()) {
    throw usageError(
      "This page is not a secure context, and browsers give SHA-256 to no other.",
      "Serve it over https, or open it from localhost.",
    );
  }
  const pieces: Uint8Array[] = [];
  return {
    update(bytes) {
      pieces.push(bytes);
    },
    async hex() {
      const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", joinBytes(pieces)));
      return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
    },
  };
};
