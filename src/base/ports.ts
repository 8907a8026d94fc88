// Ports: the interfaces to files, hashes and threads that portable code uses. node/ and browser/ implement them; tests
// implement them in memory, with injected faults.

import { LonghandError } from "./errors.js";

/** A file that is written from its start. Every call may fail; after a failure the state of the file is unknown. */
export interface WriteHandle {
  /** Writes a part of `bytes` and returns its length. As with write(2), a short write is no error. */
  write(bytes: Uint8Array): Promise<number>;
  /** Overwrites bytes from offset `at`, as `write`. */
  writeAt(bytes: Uint8Array, at: number): Promise<number>;
  /** Makes written bytes durable (fsync). */
  sync(): Promise<void>;
  /** The size of the file in bytes, from the operating system. */
  size(): Promise<number>;
  close(): Promise<void>;
}

/** A file that is read in any order. */
export interface ReadHandle {
  /**
   * Reads bytes from offset `at` into `into` and returns their number. A short read is no error; 0 is the end of the
   * file.
   */
  read(into: Uint8Array, at: number): Promise<number>;
  close(): Promise<void>;
}

/** Paths are plain strings with "/" between parts. Errors carry a `code` ("ENOENT", "ENOSPC" …) as Node's do. */
export interface FileSystem {
  /** The whole file. */
  read(path: string): Promise<Uint8Array>;
  /** Opens a file for reading in parts. */
  open(path: string): Promise<ReadHandle>;
  /** Creates the file or empties it. */
  create(path: string): Promise<WriteHandle>;
  /** Opens a file for appending, and creates it if it does not exist. */
  append(path: string): Promise<WriteHandle>;
  /** Renames a file, replacing `to` atomically. */
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Makes the entries of a folder durable (fsync of a folder); does nothing if the operating system cannot. */
  syncFolder(path: string): Promise<void>;
  makeFolder(path: string): Promise<void>;
  /** The names in a folder, in byte order. */
  list(path: string): Promise<{ name: string; kind: "file" | "folder" | "other" }[]>;
  /** Undefined if the path does not exist. `modified`: when it was last written, in ms of the file system's clock. */
  stat(path: string): Promise<{ kind: "file" | "folder" | "other"; size: number; modified?: number } | undefined>;
}

/** An incremental SHA-256. */
export interface Hash {
  update(bytes: Uint8Array): void;
  /** The digest in lower-case hexadecimal. It ends the hash. */
  hex(): Promise<string>;
}
export type NewHash = () => Hash;

/** Bytes in order, in pieces of any size. */
export type ByteStream = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/**
 * Joins parts with single slashes. The first part may be a Windows path: a backslash at its end separates too, and two
 * slashes at its beginning stay, since they name a server.
 */
export function joinPath(...parts: string[]): string {
  const [first = "", ...rest] = parts.filter((part) => part !== "");
  const inner = rest.map((part) => part.replace(/^\/+|\/+$/g, ""));
  const folder = first.replace(/[\\/]+$/, "");
  return folder === "" && first !== "" ? `${first[0]}${inner.join("/")}` : [folder, ...inner].join("/");
}

/**
 * The `code` of a system error; undefined for other errors, also for a LonghandError, whose `code` means something
 * else.
 */
export function errorCode(error: unknown): string | undefined {
  if (error instanceof LonghandError || typeof error !== "object" || error === null || !("code" in error))
    return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** A running thread. */
export interface Thread {
  /** Ends the thread immediately. */
  end(): void;
}

/**
 * Starts a thread with plain data; shared memory is passed without a copy. Throws if no thread can be started. `failed`
 * is called once if the thread throws or ends by itself; with `started` false if its module could not be loaded. A
 * thread does not keep the process alive.
 */
export type Spawn = (data: unknown, failed: ThreadFailed) => Thread;
export type ThreadFailed = (error: unknown, started?: boolean) => void;

/** The threads of a platform. */
export interface Threads {
  /** Number of cores that this process may use. */
  readonly available: number;
  /** Starts a thread that calls `servePool` with its setup. */
  readonly spawn: Spawn;
  /** Memory in bytes of a thread of an engine of that name, without the arena. */
  readonly bytes?: (engine: string) => number;
}
