// Flags from settings: the library's messages name settings and options, and the command line shows them as flags.

/** The flag of a setting or option: `minFreq` → `--min-freq`. */
export function flagOf({ name }: { readonly name: string }): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** A value as a flag takes it. */
export function flagValue(value: unknown): string {
  return value === true ? "on" : value === false ? "off" : String(value);
}

/**
 * A message of the library with flags in place of settings: `` `tied` `` → `--tied`, `` `tied: true` `` → `--tied on`,
 * and at the beginning `tied wants …` → `--tied wants …`, where `setting` is "tied".
 */
export function withFlags(text: string, setting?: string): string {
  const named = text.replace(IN_BACKTICKS, (_, name: string, value?: string) =>
    value === undefined ? flagOf({ name }) : `${flagOf({ name })} ${wordOf(value)}`,
  );
  const begins = setting !== undefined && named.startsWith(`${setting} `);
  return begins ? flagOf({ name: setting }) + named.slice(setting.length) : named;
}
const IN_BACKTICKS = /`([a-z][A-Za-z0-9]*)(?:: ([^`]+))?`/g;

/** A JavaScript value in a message as a shell takes it. */
function wordOf(value: string): string {
  if (value === "true" || value === "false") return flagValue(value === "true");
  return /^"[\w.:/-]*"$/.test(value) ? value.slice(1, -1) : value;
}
