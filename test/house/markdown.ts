// What a Markdown document links to: for the tests that follow links, in the clone and in the package.

/** The text without fenced blocks and inline code, whose brackets are no links. */
export const withoutCode = (text: string): string =>
  text.replace(/^( *)(```|~~~)[\s\S]*?^\1\2/gm, "").replace(/`[^`\n]*`/g, "");

/** The targets of `[text](target)` and `[name]: target` that are not addresses of the web. */
export function linksOf(text: string): string[] {
  const body = withoutCode(text);
  const inline = [...body.matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g)];
  const named = [...body.matchAll(/^\s*\[[^\]]+\]:\s*(\S+)/gm)];
  return [...inline, ...named].map((match) => match[1] ?? "").filter((target) => !/^[a-z]+:/i.test(target));
}
