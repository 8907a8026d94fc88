// Made by kernels/build.mjs: do not edit. The digest of the C sources, by which an addon of other sources is detected.

/** SHA-256 of the C in kernels/. */
export const sources = "06038f0e0bfade435f92c6371d4003b0092d721490cd309f4c5c59513bad6d15";
