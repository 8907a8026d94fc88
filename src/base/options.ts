// Checks the names in an object of options, so that a misspelt one is refused instead of ignored.

import { nearest, usageError } from "./errors.js";

/**
 * Throws a usage error where `options` has a name that is not among `known`. `owner` is what takes the options, as it
 * stands in the message: "generate".
 */
export function checkOptions(options: object, known: readonly string[], owner: string): void {
  if (typeof options !== "object" || options === null) {
    throw usageError(`${owner} takes its options as an object; got ${String(options)}.`);
  }
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    const near = nearest(name, known);
    throw usageError(
      `${owner} has no option ${JSON.stringify(name)}.`,
      near === undefined ? `It takes ${known.join(", ")}.` : `Did you mean ${near}?`,
    );
  }
}
