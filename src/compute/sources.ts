// Made by kernels/build.mjs: do not edit. Which C the engines of this version were made from, so that an addon built from
// other sources is known.

/** SHA-256 of the C in kernels/. */
export const sources = "77711eb92a0a70eed51f8b7b09959b5200f683fd9bec5f58e1775aa50d35b855";
