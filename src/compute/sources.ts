// Made by kernels/build.mjs: do not edit. The digest of the C sources, by which an addon of other sources is detected.

/** SHA-256 of the C in kernels/. */
export const sources = "dc05f8b2bb50e0d339a2f64bfb2b203b298b59f07db5346643b3605114a0b2ed";
