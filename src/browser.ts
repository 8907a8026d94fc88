// longhand in a browser, in a page or a worker: the front, with models and texts from addresses and files of the
// visitor.

export { type LoadOptions, load, train } from "./browser/face.js";
export * from "./index.js";
