// Made by kernels/build.mjs: do not edit. Which C the engines of this version were made from, so that an addon built from
// other sources is known.

/** SHA-256 of the C in kernels/. */
export const sources = "b1af229ebeb77fec8f94ee5b70986a078b315e2aa6923b3d6bf064e1926d7b57";
