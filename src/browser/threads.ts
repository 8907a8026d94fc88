// Threads of a browser: module workers. They need a page that is cross-origin isolated, since no other page has memory
// that threads can share.

import type { Threads } from "../base/ports.js";

/** All cores that the browser reports. Bundlers find the worker's module by `new URL(…, import.meta.url)`. */
export function browserThreads(): Threads {
  return {
    available: navigator.hardwareConcurrency,
    spawn(data, failed) {
      const worker = new Worker(new URL("./pool-worker.js", import.meta.url), { type: "module" });
      worker.onmessage = ({ data }) => failed(data); // its only message is an error that it caught
      // What a running worker throws comes as a message, so that this event means that its module could not be loaded.
      worker.onerror = (event) => {
        event.preventDefault();
        failed(new Error(event.message || "the worker's module, pool-worker.js, could not be loaded"), false);
      };
      worker.postMessage(data);
      return { end: () => worker.terminate() };
    },
  };
}
