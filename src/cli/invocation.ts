// The commands that a user is told to type next: they begin with `npx longhand`, and paths are quoted where a shell
// needs it.

/** `npx longhand resume 'runs/my text'`. Flags and their values are words too. */
export function commandLine(...words: readonly string[]): string {
  return ["npx", "longhand", ...words.map(quoted)].join(" ");
}

/** A command once more with some flags, each with a value, in place of those that it had. */
export function againWith(words: readonly string[], flags: readonly string[]): string {
  const replaced = flags.filter((_, i) => i % 2 === 0);
  const isOld = (word: string | undefined) => replaced.some((flag) => word === flag || word?.startsWith(`${flag}=`));
  const kept = words.filter((word, i) => !isOld(word) && !replaced.includes(words[i - 1] ?? ""));
  return commandLine(...kept, ...flags);
}

/** Inside quotes, PowerShell and POSIX shells both take a path as it stands. */
function quoted(word: string): string {
  if (/^[\w@%+=:,./\\-]+$/.test(word)) return word;
  return word.includes("'") ? `"${word}"` : `'${word}'`;
}
