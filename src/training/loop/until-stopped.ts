// Waiting for a promise without growing deaf: a run that is to stop gives up.

/** Between two looks at whether to stop. */
export const SLICE_MS = 50;

/** What the promise gives; undefined where `stopping` came first. */
export async function unlessStopped<T>(promise: Promise<T>, stopping?: () => boolean): Promise<T | undefined> {
  while (!stopping?.()) {
    const slice = new Promise<undefined>((go) => setTimeout(() => go(undefined), SLICE_MS));
    const first = await Promise.race([promise, slice]);
    if (first !== undefined) return first;
  }
  return undefined;
}
