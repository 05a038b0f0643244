/** Reads what a package's README promises: how it is installed, and the example. */

/** The text of the first fenced block of that language; undefined when there is none. */
export function firstBlock(markdown, language) {
  const [, text] =
    new RegExp(String.raw`^\`\`\`${language}\n([\s\S]*?)^\`\`\`$`, 'm').exec(markdown) ?? []
  return text
}

/** The packages that the README's `npm install` line names; undefined when it has none. */
export function installed(markdown) {
  const [, words] =
    /^(?:\$ )?npm (?:install|i|add) (.+)$/m.exec(firstBlock(markdown, '(?:sh|bash|shell)') ?? '') ??
    []
  return words?.split(/\s+/).filter((word) => word !== '' && !word.startsWith('-'))
}
