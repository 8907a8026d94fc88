// Made by kernels/build.mjs: do not edit. Which C the engines of this version were made from, so that an addon built from
// other sources is known.

/** SHA-256 of the C in kernels/. */
export const sources = "59618691fd58586c82d00b620d1d41e4b3e5e292a3be103f7e39d7565f86f63a";
