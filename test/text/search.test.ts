// Looks at bytes without the platform's search: those of the platform and the portable ones find the same.

import { expect, test } from "vitest";
import { nodeSearch } from "../../src/node/system/search.js";
import { scalarSearch } from "../../src/text/reading/search.js";
import { fc, repeats } from "../helpers/random.js";

test("both find the same in bytes at any offset", () => {
  const byte = fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: 0x20, max: 0x7f }) },
    fc.integer({ min: 0, max: 255 }),
  );
  const property = fc.property(fc.array(byte, { maxLength: 80 }), fc.nat(9), byte, (all, from, sought) => {
    const bytes = Uint8Array.from(all).subarray(from);
    expect(scalarSearch.isAscii(bytes)).toBe(nodeSearch.isAscii(bytes));
    for (const each of [sought, 0x0d, 0xef, ...all.slice(-1)]) {
      expect(scalarSearch.indexOf(bytes, each)).toBe(nodeSearch.indexOf(bytes, each));
    }
  });
  fc.assert(property, { numRuns: repeats(500) });
});
