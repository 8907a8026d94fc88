// Made by kernels/build.mjs: do not edit. Which C the engines of this version were made from, so that an addon built from
// other sources is known.

/** SHA-256 of the C in kernels/. */
export const sources = "f55fdcd35c776a15cf6be18bece7dc99ead795256f451dce689129a27ef45abe";
