// Made by kernels/build.mjs: do not edit. Which C the engines of this version were made from, so that an addon built
// from other sources is known.

/** SHA-256 of the C in kernels/. */
export const sources = "06038f0e0bfade435f92c6371d4003b0092d721490cd309f4c5c59513bad6d15";
