export interface Command {
  readonly key: string
  readonly label: string
  readonly group: string
  readonly run: () => void
}

/** Commands that hold every word of the query, in any case; those that start with it come first. */
export function filterCommands(commands: readonly Command[], query: string): readonly Command[] {
  const wanted = query.trim().toLowerCase()
  if (wanted === '') return commands
  const words = wanted.split(/\s+/)
  const found = commands.filter(({ label, group }) => {
    const text = `${label} ${group}`.toLowerCase()
    return words.every((word) => text.includes(word))
  })
  const starts = (command: Command) => (command.label.toLowerCase().startsWith(wanted) ? 0 : 1)
  return found.toSorted((left, right) => starts(left) - starts(right))
}
