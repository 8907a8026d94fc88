// Made by kernels/build.mjs: do not edit. Which C the engines of this version were made from, so that an addon built from
// other sources is known.

/** SHA-256 of the C in kernels/. */
export const sources = "7802460af0de658e5362ba5dd662f0e89a2b6078138332c62c7948ff0adce4ed";
