// longhand/browser: everything of the portable door, and what a page adds.

export * from "./index.js";
