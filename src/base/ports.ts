// The small interfaces through which the portable floors reach the world. The doors (node.ts, browser.ts) implement them;
// tests implement them in memory, with faults.

/** A file being written from its start. Every call may fail, and a failed one leaves the file in an unknown state. */
export interface WriteHandle {
  /** Writes some of `bytes` and returns how many: as with write(2), fewer than asked is no error. */
  write(bytes: Uint8Array): Promise<number>;
  /** The same over bytes that were written before, from `at` on. */
  writeAt(bytes: Uint8Array, at: number): Promise<number>;
  /** Makes what was written durable (fsync). */
  sync(): Promise<void>;
  /** The file's size in bytes as the system sees it. */
  size(): Promise<number>;
  close(): Promise<void>;
}

/** A file being read, in any order. */
export interface ReadHandle {
  /** Fills `into` from byte `at` on and returns how many bytes came: fewer than asked is no error, none is the end. */
  read(into: Uint8Array, at: number): Promise<number>;
  close(): Promise<void>;
}

/** Paths are plain strings with "/" between parts. Errors carry a `code` ("ENOENT", "ENOSPC" …) as Node's do. */
export interface FileSystem {
  /** The whole file. */
  read(path: string): Promise<Uint8Array>;
  /** Opens for reading in parts. */
  open(path: string): Promise<ReadHandle>;
  /** Creates the file or empties it. */
  create(path: string): Promise<WriteHandle>;
  /** Opens for appending; creates it where absent. */
  append(path: string): Promise<WriteHandle>;
  /** Replaces `to` in one step. */
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Makes the folder's entries durable (fsync of a folder); does nothing where the system has no such act. */
  syncFolder(path: string): Promise<void>;
  makeFolder(path: string): Promise<void>;
  /** Names in a folder, in byte order. */
  list(path: string): Promise<{ name: string; kind: "file" | "folder" | "other" }[]>;
  /** Undefined where nothing is there. */
  stat(path: string): Promise<{ kind: "file" | "folder" | "other"; size: number } | undefined>;
}

/** SHA-256, fed in pieces. */
export interface Hash {
  update(bytes: Uint8Array): void;
  /** Lower-case hexadecimal; ends the hash. */
  hex(): Promise<string>;
}
export type NewHash = () => Hash;

/** Bytes in order, in pieces of any size. */
export type ByteStream = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** Joins parts with single slashes. */
export function joinPath(...parts: string[]): string {
  return parts
    .filter((part) => part !== "")
    .map((part, i) => (i === 0 ? part.replace(/(.)\/+$/, "$1") : part.replace(/^\/+|\/+$/g, "")))
    .join("/")
    .replace(/^\/\//, "/");
}

/** The `code` of a system error, or undefined. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** A thread that was started. */
export interface Thread {
  /** Ends it at once, whatever it does. */
  end(): void;
}

/**
 * Starts a thread on plain data; memory that is shared goes along as itself. `failed` is called once where the thread throws,
 * cannot start, or ends without having been asked to. A thread never keeps a process from ending.
 */
export type Spawn = (data: unknown, failed: (error: unknown) => void) => Thread;

/** Threads as a platform has them. */
export interface Threads {
  /** Cores that this process may use. */
  readonly available: number;
  /** Starts a thread that calls `servePool` with what it is given. */
  readonly spawn: Spawn;
  /** Memory that a thread of an engine of that name takes beside the arena. */
  readonly bytes?: (engine: string) => number;
}
