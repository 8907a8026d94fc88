// Made by kernels/build.mjs: do not edit. Which C the engines of this version were made from, so that an addon built from
// other sources is known.

/** SHA-256 of the C in kernels/. */
export const sources = "216ad30d1f8b1d6f223f1363e383ea0de2aee70282e2beba1a4e1597d0459559";
