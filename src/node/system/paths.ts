// Native paths as they are recorded in files that another system may read.

/**
 * The path with "/" between its parts, which Windows opens as well. On other systems a backslash is part of a name, and
 * stays.
 */
export function recordedPath(path: string, platform: string = process.platform): string {
  return platform === "win32" ? path.replaceAll("\\", "/") : path;
}
