// The keys of `using` and `await using`, also where the runtime does not have them yet.
/// <reference lib="esnext.disposable" preserve="true" />

/** `Symbol.dispose`, or a stand-in of that name. */
export const dispose: typeof Symbol.dispose = Symbol.dispose ?? Symbol.for("Symbol.dispose");

/** `Symbol.asyncDispose`, or a stand-in of that name. */
export const asyncDispose: typeof Symbol.asyncDispose = Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose");
