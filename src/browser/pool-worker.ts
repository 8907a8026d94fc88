// A thread of a crew: it computes its parts until it is ended. An error is posted, since the caller hears no rejection.

import { engineOf } from "../compute/engines.js";
import { servePool } from "../training/step/threads.js";

addEventListener("message", ({ data }) => void servePool(data, engineOf).catch((error) => postMessage(error)), {
  once: true,
});
