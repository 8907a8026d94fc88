// longhand completion: prints a script with which a shell completes commands, flags and their values.

import type { Command } from "commander";
import { Argument } from "commander";
import { settingRows } from "../../training/settings/table.js";
import { flagOf } from "../flags.js";
import { print } from "../show/terminal.js";

interface Completed {
  readonly name: string;
  readonly summary: string;
  readonly flags: readonly { readonly flag: string; readonly help: string; readonly values: readonly string[] }[];
}

export function define(command: Command, exit: (code: number) => void): void {
  command
    .description("Prints a script with which a shell completes longhand's commands, flags and their values.")
    .addArgument(new Argument("<shell>", "the shell that reads the script").choices(Object.keys(scripts)))
    .addHelpText("after", EXAMPLES)
    .action(async (shell: keyof typeof scripts) => {
      await print(scripts[shell](command.parent!.commands.map(completed)));
      exit(0);
    });
}

const EXAMPLES = `
Examples:
  npx longhand completion bash >> ~/.bashrc
  npx longhand completion zsh >> ~/.zshrc
  npx longhand completion fish > ~/.config/fish/completions/longhand.fish

A shell completes the command longhand: install it with npm install --global, or define alias longhand='npx longhand'.
`;

/** What can follow a command. */
function completed(command: Command): Completed {
  const flags = command.options.map((option) => ({
    flag: option.long!,
    help: option.description,
    values: option.argChoices ?? valuesOf(option.long!),
  }));
  return { name: command.name(), summary: command.summary(), flags };
}

/** The values of a setting's flag, where they can be listed. */
function valuesOf(flag: string): readonly string[] {
  const row = settingRows.find((each) => flagOf(each) === flag);
  if (row?.type === "choice") return row.choices;
  return row?.type === "flag" ? ["on", "off"] : [];
}

const scripts = { bash, zsh, fish } as const;

/** A command's flags and files are offered after it, the values of a flag after the flag. */
function bash(commands: readonly Completed[]): string {
  const cases = commands.flatMap(({ name, flags }) =>
    flags
      .filter(({ values }) => values.length > 0)
      .map(({ flag, values }) => `      ${name}:${flag}) words="${values.join(" ")}" ;;`),
  );
  const flags = commands.map(
    (each) => `      ${each.name}) words="${each.flags.map(({ flag }) => flag).join(" ")}" ;;`,
  );
  return `# Completion of longhand for bash.
_longhand() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" command="\${COMP_WORDS[1]}" words=""
  if [ "$COMP_CWORD" -eq 1 ]; then
    words="${commands.map(({ name }) => name).join(" ")} --help --version"
  elif [[ "$word" == -* ]]; then
    case "$command" in
${flags.join("\n")}
    esac
  else
    case "$command:$before" in
${cases.join("\n")}
    esac
  fi
  if [ -n "$words" ]; then
    COMPREPLY=($(compgen -W "$words" -- "$word"))
  else
    COMPREPLY=($(compgen -f -- "$word"))
  fi
}
complete -o filenames -F _longhand longhand
`;
}

function zsh(commands: readonly Completed[]): string {
  const cases = commands.map(({ name, flags }) => {
    const specs = flags.map(({ flag, help, values }) => {
      const about = `${flag}[${help.replace(/[[\]:]/g, "\\$&")}]`;
      return `        ${inSingleQuotes(values.length > 0 ? `${about}:value:(${values.join(" ")})` : about)}`;
    });
    return `      ${name}) _arguments ${["'*:file:_files'", ...specs.map((each) => each.trim())].join(" \\\n        ")} ;;`;
  });
  return `#compdef longhand
# Completion of longhand for zsh.
_longhand() {
  if (( CURRENT == 2 )); then
    local -a commands=(
${commands.map(({ name, summary }) => `      ${inSingleQuotes(`${name}:${summary}`)}`).join("\n")}
    )
    _describe command commands
  else
    local command=$words[2]
    shift words
    (( CURRENT-- ))
    case $command in
${cases.join("\n")}
    esac
  fi
}
if [ "$funcstack[1]" = "_longhand" ]; then
  _longhand "$@"
else
  compdef _longhand longhand
fi
`;
}

function fish(commands: readonly Completed[]): string {
  const lines = commands.flatMap(({ name, summary, flags }) => [
    `complete -c longhand -n __fish_use_subcommand -f -a ${name} -d ${inSingleQuotes(summary)}`,
    ...flags.map(({ flag, help, values }) => {
      const words = values.length > 0 ? ` -x -a ${inSingleQuotes(values.join(" "))}` : "";
      const when = inSingleQuotes(`__fish_seen_subcommand_from ${name}`);
      return `complete -c longhand -n ${when} -l ${flag.slice(2)}${words} -d ${inSingleQuotes(help)}`;
    }),
  ]);
  return `# Completion of longhand for fish.\n${lines.join("\n")}\n`;
}

/** Quoted for a POSIX shell, and for fish, where a text has no backslash before a quote. */
function inSingleQuotes(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
