// Threads as browsers have them: workers, and of use only where the page is cross-origin isolated, for no other has memory that
// threads share.

import type { Threads } from "../base/ports.js";

/** All cores that the browser tells of. */
export function browserThreads(): Threads {
  return {
    available: navigator.hardwareConcurrency,
    spawn(data, failed) {
      const worker = new Worker(new URL("./pool-worker.js", import.meta.url), { type: "module" });
      worker.onmessage = ({ data }) => failed(data); // it has no other word to say
      worker.onerror = ({ message }) => failed(new Error(message || "A thread that computes could not be loaded."));
      worker.postMessage(data);
      return { end: () => worker.terminate() };
    },
  };
}
