// How a trainer in a browser lets the event loop turn.

/**
 * Resolves in a later task, so that messages are heard and the page is painted. Not by setTimeout: called again and
 * again it takes at least 4 ms, and a second in a page that is not in sight.
 */
export function pause(): Promise<void> {
  return new Promise((go) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      go();
    };
    port2.postMessage(undefined);
  });
}
