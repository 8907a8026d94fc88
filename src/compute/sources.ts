// Made by kernels/build.mjs: do not edit. Which C the engines of this version were made from, so that an addon built from
// other sources is known.

/** SHA-256 of the C in kernels/. */
export const sources = "48855eb4351a405469fb49f1fff0858c129314fa2c7de0460a660966bb18e163";
