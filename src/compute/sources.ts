// Made by kernels/build.mjs: do not edit. Which C the engines of this version were made from, so that an addon built from
// other sources is known.

/** SHA-256 of the C in kernels/. */
export const sources = "b7fe059b4c35c632b30fee863ea18ecc844412dda0012423bfa5182dd16aecb8";
