// The module of a browser's worker thread: it computes its parts of each work item until it is ended. It posts an error
// that it catches, because the caller is not told of a rejected promise.

import { engineOf } from "../compute/engines.js";
import { servePool } from "../training/step/threads.js";

addEventListener("message", ({ data }) => void servePool(data, engineOf).catch((error) => postMessage(error)), {
  once: true,
});
