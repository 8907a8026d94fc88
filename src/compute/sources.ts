// Made by kernels/build.mjs: do not edit. Which C the engines of this version were made from, so that an addon built from
// other sources is known.

/** SHA-256 of the C in kernels/. */
export const sources = "1ade4f87d09f2c818ec80c654dbfdea5a548cf7b17f2b392b4ab2620a7f0fe5e";
