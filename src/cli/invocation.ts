// The commands that a user is told to type next: they begin with `npx longhand`, and paths are quoted where a shell
// needs it.

/** `npx longhand resume 'runs/my text'`. Flags and their values are words too. */
export function commandLine(...words: readonly string[]): string {
  return ["npx", "longhand", ...words.map(quoted)].join(" ");
}

/** Inside quotes, PowerShell and POSIX shells both take a path as it stands. */
function quoted(word: string): string {
  if (/^[\w@%+=:,./\\-]+$/.test(word)) return word;
  return word.includes("'") ? `"${word}"` : `'${word}'`;
}
